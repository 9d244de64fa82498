import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  DescribeTargetHealthCommand,
  ModifyTargetGroupAttributesCommand,
  type TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Account } from './account.js';

export const VPC = 'vpc-0c0515ea000000001';
export const SUBNETS = ['a', 'b', 'c'].map((zone) => `subnet-0c0515ea00000000${zone}`);
/** How long a target of `makeTargetGroup` drains. */
export const DELAY_SECONDS = 40;

/** Makes a target group that checks every 10 s and wants two in a row; answers its ARN. */
export async function makeTargetGroup(
  account: Account,
  change: Partial<CreateTargetGroupCommandInput> = {},
): Promise<string> {
  const { TargetGroups: [made] = [] } = await account.targets.send(
    new CreateTargetGroupCommand({
      Name: 'consul',
      Protocol: 'HTTP',
      Port: 8500,
      VpcId: VPC,
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 2,
      ...change,
    }),
  );
  const TargetGroupArn = made?.TargetGroupArn ?? '';
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: String(DELAY_SECONDS) }];
  await account.targets.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
  return TargetGroupArn;
}

/** Makes a load balancer with one listener on port 80 that forwards to the target group; answers its ARN. */
export async function makeFront(
  account: Account,
  TargetGroupArn: string,
  { type = 'application', name = 'web', subnets = SUBNETS } = {},
): Promise<string> {
  const Type = type === 'network' ? 'network' : 'application';
  const { LoadBalancers: [made] = [] } = await account.targets.send(
    new CreateLoadBalancerCommand({ Name: name, Type, Subnets: subnets }),
  );
  const LoadBalancerArn = made?.LoadBalancerArn ?? '';
  await account.targets.send(
    new CreateListenerCommand({
      LoadBalancerArn,
      Protocol: Type === 'network' ? 'TCP' : 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
  return LoadBalancerArn;
}

/** `state reason` of every target, by its id. */
export async function targetsNow(
  account: Account,
  TargetGroupArn: string,
  Targets?: TargetDescription[],
): Promise<Record<string, string>> {
  const { TargetHealthDescriptions = [] } = await account.targets.send(
    new DescribeTargetHealthCommand({ TargetGroupArn, Targets }),
  );
  return Object.fromEntries(
    TargetHealthDescriptions.map(({ Target, TargetHealth }) => [
      Target?.Id ?? '',
      [TargetHealth?.State, TargetHealth?.Reason].filter(Boolean).join(' '),
    ]),
  );
}
