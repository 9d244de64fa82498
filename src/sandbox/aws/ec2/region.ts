import type {
  AvailabilityZone,
  DescribeAccountAttributesRequest,
  DescribeAccountAttributesResult,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeRegionsResult,
} from '@aws-sdk/client-ec2';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { filterByIds } from './by-id.js';
import { applyFilters, type FilterTable } from './filters.js';

const zoneFilters: FilterTable<AvailabilityZone & { Tags?: undefined }> = {
  'opt-in-status': (zone) => [zone.OptInStatus],
  'region-name': (zone) => [zone.RegionName],
  state: (zone) => [zone.State],
  'zone-id': (zone) => [zone.ZoneId],
  'zone-name': (zone) => [zone.ZoneName],
  'zone-type': (zone) => [zone.ZoneType],
};

/** DescribeAvailabilityZones: a, b and c. */
export function describeZones(
  state: AwsState,
  input: DescribeAvailabilityZonesRequest,
): DescribeAvailabilityZonesResult {
  const all = state.network.subnets.map(
    (subnet): AvailabilityZone => ({
      ZoneName: subnet.zone,
      ZoneId: subnet.zoneId,
      ZoneType: 'availability-zone',
      GroupName: state.region,
      NetworkBorderGroup: state.region,
      RegionName: state.region,
      OptInStatus: 'opt-in-not-required',
      State: 'available',
      Messages: [],
    }),
  );
  const unknown = (id: string) => new AwsFault('InvalidParameterValue', `Invalid availability zone: [${id}]`);
  const zones = filterByIds(all, input.ZoneNames, (zone) => zone.ZoneName, unknown);
  return { AvailabilityZones: applyFilters(zones, input.Filters, zoneFilters) };
}

/** DescribeRegions: the one region. */
export function describeRegions(state: AwsState): DescribeRegionsResult {
  const RegionName = state.region;
  return { Regions: [{ RegionName, Endpoint: `ec2.${RegionName}.amazonaws.com`, OptInStatus: 'opt-in-not-required' }] };
}

const attributes: Readonly<Record<string, string>> = {
  'supported-platforms': 'VPC',
  'max-instances': '1000',
  'vpc-max-security-groups-per-interface': '5',
};

/** DescribeAccountAttributes. */
export function describeAccountAttributes(
  state: AwsState,
  input: DescribeAccountAttributesRequest,
): DescribeAccountAttributesResult {
  const known: Record<string, string> = { ...attributes, 'default-vpc': state.network.vpcId };
  const names = input.AttributeNames ?? Object.keys(known);
  return {
    AccountAttributes: names.map((AttributeName) => ({
      AttributeName,
      AttributeValues: [{ AttributeValue: known[AttributeName] ?? '0' }],
    })),
  };
}
