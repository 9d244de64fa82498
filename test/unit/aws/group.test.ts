import type { AutoScalingGroup, LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { removeEmptyFields } from '../../../src/lib/aws/fields.js';
import { toGroup, toGroupInstances } from '../../../src/lib/aws/group.js';
import { resolveLaunchSource } from '../../../src/lib/aws/launch-source.js';
import { toLoadBalancerState } from '../../../src/lib/aws/load-balancers.js';

const SOURCE = {
  launchSource: { kind: 'launch-configuration', name: 'lc-1' },
  imageId: undefined,
  instanceType: undefined,
} as const;
const OWN = { LaunchTemplateId: 'lt-2', Version: '1' };
const LOOK_MS = Date.UTC(2026, 0, 2);

const described: AutoScalingGroup = {
  AutoScalingGroupName: 'consul-1',
  LaunchConfigurationName: 'lc-1',
  MinSize: 3,
  MaxSize: 10,
  DesiredCapacity: 5,
  DefaultCooldown: 300,
  AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
  HealthCheckType: 'EC2',
  CreatedTime: new Date(1_000),
  LoadBalancerNames: ['consul'],
  VPCZoneIdentifier: 'subnet-1, subnet-2',
  SuspendedProcesses: [{ ProcessName: 'Launch' }, { ProcessName: 'AZRebalance' }],
  Tags: [{ Key: 'Name', Value: 'consul' }, { Key: 'bare' }],
  Instances: [
    {
      InstanceId: 'i-1',
      AvailabilityZone: 'eu-west-1a',
      LifecycleState: 'InService',
      HealthStatus: 'Healthy',
      ProtectedFromScaleIn: true,
    },
    {
      InstanceId: 'i-2',
      AvailabilityZone: 'eu-west-1b',
      LifecycleState: 'Pending',
      HealthStatus: 'Healthy',
      LaunchConfigurationName: 'lc-1',
      ProtectedFromScaleIn: false,
    },
  ],
};

describe('a group', () => {
  it('is converted from its description', () => {
    expect(toGroup(described, SOURCE)).toEqual({
      ...SOURCE,
      name: 'consul-1',
      createdAtMs: 1_000,
      minSize: 3,
      maxSize: 10,
      desired: 5,
      protectsNewServers: false,
      suspendedProcesses: ['AZRebalance', 'Launch'],
      balancers: ['consul'],
      targetGroups: [],
      otherTraffic: [],
      retainsAbandoned: false,
      subnets: ['subnet-1', 'subnet-2'],
      zones: ['eu-west-1a', 'eu-west-1b'],
      desiredUnit: 'units',
      warmPool: 'none',
      deletionProtection: 'none',
      tags: { Name: 'consul', bare: '' },
      deleting: false,
      instanceIds: ['i-1', 'i-2'],
    });
  });

  it('is being deleted when it has a status', () => {
    expect(toGroup({ ...described, Status: 'Delete in progress' }, SOURCE).deleting).toBe(true);
  });

  it('reports a mixed instances policy', () => {
    const LaunchTemplateSpecification = {
      LaunchTemplateId: 'lt-1',
      LaunchTemplateName: 'consul-lt',
      Version: '$Latest',
    };
    const Overrides = [
      { InstanceType: 'm5.large', WeightedCapacity: '2' },
      { InstanceType: 'm6g.large', LaunchTemplateSpecification: OWN },
    ];
    const MixedInstancesPolicy = { LaunchTemplate: { LaunchTemplateSpecification, Overrides } };
    const mixed = { ...described, LaunchConfigurationName: undefined, MixedInstancesPolicy };
    const version = { VersionNumber: 7, LaunchTemplateData: { ImageId: 'ami-1' } };
    const versions = new Map([['lt-1 $Latest', version]]);
    expect(resolveLaunchSource(mixed, { configurations: [], versions })).toEqual({
      launchSource: {
        kind: 'mixed',
        launchTemplate: { kind: 'launch-template', id: 'lt-1', name: 'consul-lt', version: '$Latest', resolved: 7 },
        overrides: [
          { instanceType: 'm5.large', weight: '2', launches: undefined },
          { instanceType: 'm6g.large', weight: undefined, launches: 'lt-2' },
        ],
      },
      imageId: 'ami-1',
      instanceType: 'm5.large',
    });
  });

  it('reports the parameter where the launch template’s image is one', () => {
    const LaunchTemplate = { LaunchTemplateName: 'consul-lt' };
    const version = { VersionNumber: 1, LaunchTemplateData: { ImageId: 'resolve:ssm:/consul/ami' } };
    const group = { ...described, LaunchConfigurationName: undefined, LaunchTemplate };
    const versions = new Map([['consul-lt $Default', version]]);
    expect(resolveLaunchSource(group, { configurations: [], versions })).toMatchObject({
      launchSource: { version: '$Default', resolved: 1, imageParameter: 'resolve:ssm:/consul/ami' },
      imageId: undefined,
    });
  });

  it('has no known image where its launch configuration no longer exists', () => {
    const source = resolveLaunchSource(described, { configurations: [], versions: new Map() });
    expect(source).toMatchObject({ launchSource: { kind: 'launch-configuration', name: 'lc-1' }, imageId: undefined });
  });
});

describe('an instance', () => {
  const configuration: LaunchConfiguration = {
    LaunchConfigurationName: 'lc-1',
    ImageId: 'ami-1',
    InstanceType: 't3.small',
    CreatedTime: new Date(0),
  };
  const facts = {
    instances: new Map([['i-1', { ImageId: 'ami-1', PrivateIpAddress: '10.0.1.7', LaunchTime: new Date(2_000) }]]),
    configurations: [configuration],
    health: { consul: { 'i-1': 'in-service' as const }, other: {} },
    atMs: LOOK_MS,
  };

  it('is joined with EC2 and its load balancers', () => {
    expect(toGroupInstances(described, facts)[0]).toEqual({
      instanceId: 'i-1',
      group: 'consul-1',
      address: '10.0.1.7',
      zone: 'eu-west-1a',
      imageId: 'ami-1',
      launchedAtMs: 2_000,
      lifecycle: 'InService',
      protectedFromScaleIn: true,
      markedUnhealthy: false,
      balancers: { consul: 'in-service', other: 'absent' },
    });
  });

  it('has its launch configuration’s image and a recent launch time if EC2 does not list it yet', () => {
    expect(toGroupInstances(described, facts)[1]).toMatchObject({
      instanceId: 'i-2',
      address: undefined,
      imageId: 'ami-1',
      launchedAtMs: LOOK_MS,
      lifecycle: 'Pending',
    });
  });
});

describe('the state in a load balancer', () => {
  it.each([
    ['InService', 'N/A', 'in-service'],
    ['InService', 'Instance deregistration currently in progress.', 'draining'],
    ['OutOfService', 'Instance deregistration currently in progress.', 'draining'],
    ['OutOfService', 'Instance registration is still in progress.', 'registering'],
    ['OutOfService', 'Instance is not currently registered with the LoadBalancer.', 'absent'],
    [
      'OutOfService',
      'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.',
      'out-of-service',
    ],
    [
      'OutOfService',
      'Instance has not passed the configured HealthyThreshold number of health checks consecutively.',
      'out-of-service',
    ],
    ['Unknown', 'A transient error occurred. Please try again later.', 'out-of-service'],
  ])('%s, %s', (State, Description, expected) => {
    expect(toLoadBalancerState({ InstanceId: 'i-1', State, Description })).toBe(expected);
  });
});

describe('removeEmptyFields', () => {
  it('removes undefined, empty text and empty lists; keeps zero and false', () => {
    const fields = { a: undefined, b: '', c: [], d: 0, e: false, f: 'x', g: [1], h: {} };
    expect(removeEmptyFields(fields)).toEqual({ d: 0, e: false, f: 'x', g: [1], h: {} });
    expect(Object.keys(fields)).toHaveLength(8);
  });
});
