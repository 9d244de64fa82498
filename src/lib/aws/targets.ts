import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
  type TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clients } from './clients.js';
import { instancesOf } from './describe.js';
import { isAwsError } from './errors.js';
import type { FoundGroup } from './target-groups.js';

/** Registers instances with a target group, on its own port: by their ids, or by the addresses they have. */
export async function registerTargets(
  clients: Clients,
  { TargetGroupArn, TargetType }: FoundGroup,
  instanceIds: readonly string[],
): Promise<void> {
  const ids = TargetType === 'ip' ? await addressesOf(clients, instanceIds) : instanceIds;
  if (ids.length === 0) return;
  const Targets = ids.map((Id) => ({ Id }));
  await clients.targets.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
}

/**
 * Deregisters one instance, on whatever ports it is registered: AWS wants each of them named. One that is not
 * registered, or gone, is as good as done.
 */
export async function deregisterTarget(
  clients: Clients,
  { TargetGroupArn, TargetType }: FoundGroup,
  instanceId: string,
): Promise<void> {
  const ids = TargetType === 'ip' ? await addressesOf(clients, [instanceId]) : [instanceId];
  const { TargetHealthDescriptions = [] } = await clients.targets.send(
    new DescribeTargetHealthCommand({ TargetGroupArn }),
  );
  const Targets: TargetDescription[] = TargetHealthDescriptions.flatMap(({ Target }) =>
    Target !== undefined && ids.includes(Target.Id ?? '') ? [{ Id: Target.Id, Port: Target.Port }] : [],
  );
  if (Targets.length === 0) return;
  try {
    await clients.targets.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }));
  } catch (thrown) {
    if (!isAwsError(thrown, 'InvalidTarget')) throw thrown;
  }
}

async function addressesOf(clients: Clients, instanceIds: readonly string[]): Promise<string[]> {
  const machines = await instancesOf(clients, instanceIds);
  return machines.map((machine) => machine.PrivateIpAddress ?? '').filter((address) => address !== '');
}
