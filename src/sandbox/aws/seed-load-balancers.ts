import type { SandboxAws } from './sandbox-aws.js';

/** The load balancers in front of a cluster; `both` is a classic and an application load balancer at once. */
export const LOAD_BALANCER_CHOICES = ['classic', 'application', 'network', 'both'] as const;

/** One of them. */
export type LoadBalancerChoice = (typeof LOAD_BALANCER_CHOICES)[number];

/** One load balancer of a cluster, and its name or target group for a group to attach. */
export interface SeededLoadBalancer {
  readonly kind: 'classic' | 'application' | 'network';
  readonly loadBalancerName: string;
  readonly address: string;
  /** The classic load balancer's name, or the target group's ARN. */
  readonly pool: string;
}

/** What the load balancers of a cluster are made of. */
export interface SeedLoadBalancerOptions {
  readonly name: string;
  readonly checkFactor?: number;
  readonly loadBalancer?: LoadBalancerChoice;
}

/** Consul's HTTP API, on the instances and in front of them. */
const port = 8500;
const checkPath = '/v1/status/leader';
/** Of one check that passes or fails, and of draining, seconds. */
const check = { interval: 30, timeout: 3, threshold: 2 };
const drainSeconds = 60;

/** Makes the load balancers of a cluster; `main` is the one its clients use. */
export function seedLoadBalancers(
  aws: SandboxAws,
  options: SeedLoadBalancerOptions,
): { loadBalancers: SeededLoadBalancer[]; main: SeededLoadBalancer } {
  const choice = options.loadBalancer ?? 'classic';
  if (choice === 'both') {
    const main = makeTargetGroup(aws, options, 'application');
    return { loadBalancers: [makeClassic(aws, options), main], main };
  }
  const main = choice === 'classic' ? makeClassic(aws, options) : makeTargetGroup(aws, options, choice);
  return { loadBalancers: [main], main };
}

function makeClassic(aws: SandboxAws, { name, checkFactor = 1 }: SeedLoadBalancerOptions): SeededLoadBalancer {
  const { DNSName = '' } = aws.call('elasticloadbalancing', 'CreateLoadBalancer', {
    LoadBalancerName: name,
    Subnets: listSubnetIds(aws),
    SecurityGroups: [getSecurityGroupId(aws)],
    Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: port, InstanceProtocol: 'HTTP', InstancePort: port }],
  });
  aws.call('elasticloadbalancing', 'ConfigureHealthCheck', {
    LoadBalancerName: name,
    HealthCheck: {
      Target: `HTTP:${port}${checkPath}`,
      Interval: wholeSeconds(check.interval, checkFactor),
      Timeout: wholeSeconds(check.timeout, checkFactor),
      HealthyThreshold: check.threshold,
      UnhealthyThreshold: check.threshold,
    },
  });
  aws.call('elasticloadbalancing', 'ModifyLoadBalancerAttributes', {
    LoadBalancerName: name,
    LoadBalancerAttributes: { ConnectionDraining: { Enabled: true, Timeout: drainSeconds } },
  });
  return { kind: 'classic', loadBalancerName: name, address: DNSName, pool: name };
}

function makeTargetGroup(
  aws: SandboxAws,
  options: SeedLoadBalancerOptions,
  kind: 'application' | 'network',
): SeededLoadBalancer {
  const loadBalancerName = `${options.name}-${kind}`;
  const { LoadBalancers: [made] = [] } = aws.call('elasticloadbalancingv2', 'CreateLoadBalancer', {
    Name: loadBalancerName,
    Type: kind,
    Subnets: listSubnetIds(aws),
    SecurityGroups: [getSecurityGroupId(aws)],
  });
  const TargetGroupArn = createTargetGroup(aws, options, kind === 'application' ? 'HTTP' : 'TCP');
  aws.call('elasticloadbalancingv2', 'CreateListener', {
    LoadBalancerArn: made?.LoadBalancerArn,
    Protocol: kind === 'application' ? 'HTTP' : 'TCP',
    Port: port,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  return { kind, loadBalancerName, address: made?.DNSName ?? '', pool: TargetGroupArn };
}

/** Its deregistration delay is shortened as its checks are, for a target drains for the whole of it. */
function createTargetGroup(
  aws: SandboxAws,
  { name, checkFactor = 1 }: SeedLoadBalancerOptions,
  protocol: 'HTTP' | 'TCP',
) {
  const { Vpcs: [vpc] = [] } = aws.call('ec2', 'DescribeVpcs', {});
  const { TargetGroups: [made] = [] } = aws.call('elasticloadbalancingv2', 'CreateTargetGroup', {
    Name: name,
    Protocol: protocol,
    Port: port,
    VpcId: vpc?.VpcId,
    HealthCheckProtocol: 'HTTP',
    HealthCheckPath: checkPath,
    HealthCheckIntervalSeconds: wholeSeconds(check.interval, checkFactor),
    HealthCheckTimeoutSeconds: wholeSeconds(check.timeout, checkFactor),
    HealthyThresholdCount: check.threshold,
    UnhealthyThresholdCount: check.threshold,
  });
  const TargetGroupArn = made?.TargetGroupArn ?? '';
  const delay = String(wholeSeconds(drainSeconds, checkFactor));
  aws.call('elasticloadbalancingv2', 'ModifyTargetGroupAttributes', {
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: delay }],
  });
  return TargetGroupArn;
}

function wholeSeconds(seconds: number, factor: number): number {
  return Math.max(1, Math.round(seconds / factor));
}

/** The subnets of the default VPC. */
export function listSubnetIds(aws: SandboxAws): string[] {
  const { Subnets = [] } = aws.call('ec2', 'DescribeSubnets', {});
  return Subnets.map((subnet) => subnet.SubnetId ?? '');
}

/** The security group of Consul's servers. */
export function getSecurityGroupId(aws: SandboxAws): string {
  const filter = { Name: 'group-name', Values: ['consul'] };
  const { SecurityGroups = [] } = aws.call('ec2', 'DescribeSecurityGroups', { Filters: [filter] });
  return SecurityGroups[0]?.GroupId ?? '';
}
