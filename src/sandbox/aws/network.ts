import { AwsFault } from './fault.js';
import { createSecurityGroups, type Port, type SecurityGroupRecord } from './security-groups.js';

/** Where the sandbox's private addresses lie. */
export interface NetworkOptions {
  /** The second octet S of 127.S.0.0/16, so that several sandboxes can run beside each other. */
  readonly secondOctet: number;
  /** What the security group of the servers does not let in, though it should. */
  readonly closedPorts?: readonly Port[];
}

/** One subnet: a /24 in one zone. */
export interface Subnet {
  readonly subnetId: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly cidr: string;
  /** The first three octets, for instance `127.80.1`. */
  readonly prefix: string;
  readonly taken: Set<string>;
  lastHost: number;
}

/** The default VPC of the account, its subnets, security groups and key pairs; fixed except for the addresses. */
export interface Network {
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnets: readonly Subnet[];
  readonly securityGroups: readonly SecurityGroupRecord[];
  readonly keyNames: readonly string[];
  readonly balancerPrefix: string;
  nextBalancerHost: number;
}

/** AWS keeps the first four addresses of a subnet, and the last. */
const firstHost = 4;
const lastHost = 254;
const firstBalancerHost = 10;

/** The default VPC 127.S.0.0/16 with the subnets 127.S.1.0/24 to 127.S.3.0/24 in the zones a, b and c. */
export function createNetwork(region: string, options: NetworkOptions): Network {
  const base = `127.${options.secondOctet}`;
  return {
    vpcId: 'vpc-0c0515ea000000001',
    cidr: `${base}.0.0/16`,
    subnets: ['a', 'b', 'c'].map((letter, index) => ({
      subnetId: `subnet-0c0515ea00000000${letter}`,
      zone: `${region}${letter}`,
      zoneId: `euw1-az${index + 1}`,
      cidr: `${base}.${index + 1}.0/24`,
      prefix: `${base}.${index + 1}`,
      taken: new Set<string>(),
      lastHost: firstHost - 1,
    })),
    securityGroups: createSecurityGroups(`${base}.0.0/16`, options.closedPorts ?? []),
    keyNames: ['deploy-key'],
    balancerPrefix: `${base}.0`,
    nextBalancerHost: firstBalancerHost,
  };
}

/** How many addresses the subnet has left, as DescribeSubnets counts them. */
export function countFreeAddresses(subnet: Subnet): number {
  return lastHost - firstHost + 1 - subnet.taken.size;
}

/**
 * Takes an address of the subnet. Addresses go round before one is used again, as a reused address means something
 * to Consul.
 *
 * @throws AwsFault `InsufficientFreeAddressesInSubnet`
 */
export function takeAddress(subnet: Subnet): string {
  for (let tries = firstHost; tries <= lastHost; tries++) {
    subnet.lastHost = subnet.lastHost >= lastHost ? firstHost : subnet.lastHost + 1;
    const address = `${subnet.prefix}.${subnet.lastHost}`;
    if (subnet.taken.has(address)) continue;
    subnet.taken.add(address);
    return address;
  }
  throw new AwsFault(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnet.subnetId}' to satisfy the requested number of instances.`,
  );
}

/** Takes the next address for a load balancer; they are not used again. */
export function takeBalancerAddress(network: Network): string {
  return `${network.balancerPrefix}.${network.nextBalancerHost++}`;
}

/**
 * The subnet of that id.
 *
 * @throws AwsFault `InvalidSubnetID.NotFound`
 */
export function getSubnet(network: Network, subnetId: string): Subnet {
  const subnet = network.subnets.find((candidate) => candidate.subnetId === subnetId);
  if (subnet !== undefined) return subnet;
  throw new AwsFault('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
}

/** The subnet in that zone; undefined for a zone the region does not have. */
export function findSubnetInZone(network: Network, zone: string): Subnet | undefined {
  return network.subnets.find((candidate) => candidate.zone === zone);
}
