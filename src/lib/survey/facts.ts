import type { Engine } from '../engine.js';
import { balancersOf } from '../model/balancer.js';
import type { Group } from '../model/group.js';
import { hostOf } from '../model/server.js';
import type { Facts, Survey } from '../model/survey.js';

/** What the preflight wants to know and no later look needs: read once, side by side. */
export async function gatherFacts(
  engine: Engine,
  group: Group,
  imageId: string,
  survey: Survey,
): Promise<Facts> {
  const { cloud } = engine;
  const [account, image, architectures, refreshInProgress, subnets, quota, autopilot, targetGroups] =
    await Promise.all([
      cloud.account(),
      cloud.image(imageId),
      group.instanceType === undefined ? undefined : cloud.architectures(group.instanceType),
      cloud.refreshInProgress(group.name),
      cloud.freeAddresses(group.subnets),
      cloud.quota(),
      autopilotOf(engine, survey),
      cloud.targetGroups(balancersOf(group)),
    ]);
  return { account, image, architectures, refreshInProgress, subnets, quota, autopilot, targetGroups };
}

async function autopilotOf({ consul }: Engine, survey: Survey): Promise<Facts['autopilot']> {
  return survey.raft === undefined ? undefined : consul.autopilot(hostOf(survey.raft.leader));
}
