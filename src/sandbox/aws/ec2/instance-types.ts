import type {
  _InstanceType,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { AwsFault } from '../fault.js';
import { getPage } from '../paging.js';
import type { AwsState } from '../state.js';
import { applyFilters, type FilterTable } from './filters.js';

/** An instance type's processor and size, as far as an image's fit depends on it. */
interface Kind {
  readonly type: _InstanceType;
  readonly architecture: 'x86_64' | 'arm64';
  readonly cpus: number;
  readonly memoryMiB: number;
}

const kinds: readonly Kind[] = [
  { type: 't2.micro', architecture: 'x86_64', cpus: 1, memoryMiB: 1_024 },
  { type: 't2.small', architecture: 'x86_64', cpus: 1, memoryMiB: 2_048 },
  { type: 't2.medium', architecture: 'x86_64', cpus: 2, memoryMiB: 4_096 },
  { type: 't2.large', architecture: 'x86_64', cpus: 2, memoryMiB: 8_192 },
  { type: 't3.micro', architecture: 'x86_64', cpus: 2, memoryMiB: 1_024 },
  { type: 't3.small', architecture: 'x86_64', cpus: 2, memoryMiB: 2_048 },
  { type: 't3.medium', architecture: 'x86_64', cpus: 2, memoryMiB: 4_096 },
  { type: 't3.large', architecture: 'x86_64', cpus: 2, memoryMiB: 8_192 },
  { type: 'm5.large', architecture: 'x86_64', cpus: 2, memoryMiB: 8_192 },
  { type: 'm5.xlarge', architecture: 'x86_64', cpus: 4, memoryMiB: 16_384 },
  { type: 't4g.medium', architecture: 'arm64', cpus: 2, memoryMiB: 4_096 },
  { type: 'm6g.large', architecture: 'arm64', cpus: 2, memoryMiB: 8_192 },
];

const filters: FilterTable<InstanceTypeInfo & { Tags?: undefined }> = {
  'instance-type': (info) => [info.InstanceType],
  'processor-info.supported-architecture': (info) => info.ProcessorInfo?.SupportedArchitectures ?? [],
};

/** DescribeInstanceTypes: a few usual ones. */
export function describeInstanceTypes(
  _state: AwsState,
  input: DescribeInstanceTypesRequest,
): DescribeInstanceTypesResult {
  const wanted = input.InstanceTypes ?? [];
  const unknown = wanted.find((type) => !kinds.some((kind) => kind.type === type));
  if (unknown !== undefined) {
    throw new AwsFault('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown}]`);
  }
  const chosen = wanted.length === 0 ? kinds : kinds.filter((kind) => wanted.includes(kind.type));
  const page = getPage(applyFilters(chosen.map(described), input.Filters, filters), input.NextToken, input.MaxResults, {
    defaultSize: 100,
    maxSize: 100,
  });
  return { InstanceTypes: page.items, NextToken: page.nextToken };
}

function described(kind: Kind): InstanceTypeInfo {
  return {
    InstanceType: kind.type,
    CurrentGeneration: !kind.type.startsWith('t2'),
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    Hypervisor: kind.type.startsWith('t2') ? 'xen' : 'nitro',
    ProcessorInfo: { SupportedArchitectures: [kind.architecture] },
    VCpuInfo: { DefaultVCpus: kind.cpus },
    MemoryInfo: { SizeInMiB: kind.memoryMiB },
    InstanceStorageSupported: false,
    BurstablePerformanceSupported: kind.type.startsWith('t'),
  };
}
