import { RollError } from '../errors.js';
import type { Blueprint } from '../model/blueprint.js';
import type { Group } from '../model/group.js';
import { EXIT } from '../outcomes.js';
import type { Creation } from '../ports/creation.js';
import type { Cloud } from '../ports.js';
import { locate } from '../survey/locate.js';
import type { Seen } from './plan.js';

/**
 * What is there of a cluster: its group, whatever a roll has called it since, what that launches from, and the load
 * balancer.
 *
 * @throws RollError exit 3 where a roll is under way, several groups are the cluster's, or one is being deleted
 */
export async function lookAround(cloud: Cloud, creation: Creation, blueprint: Blueprint): Promise<Seen> {
  const [name, balancer] = await Promise.all([
    groupNameOf(cloud, blueprint.cluster),
    blueprint.balancer && creation.balancer(blueprint.balancer.name),
  ]);
  const group = name === undefined ? undefined : await creation.group(name);
  if (name === undefined || group === undefined) {
    const { kind, name: wanted } = blueprint.template;
    return { balancer, template: await creation.template(kind, wanted), group: undefined };
  }
  const { launch } = group;
  const version = launch?.kind === 'launch-template' ? launch.version : undefined;
  const template = launch && (await creation.template(launch.kind, launch.name, version));
  return { balancer, template, group: { ...group, name } };
}

async function groupNameOf(cloud: Cloud, cluster: string): Promise<string | undefined> {
  const found = await located(cloud, cluster);
  if (found?.deleting) throw beingDeleted(found);
  return found?.name;
}

async function located(cloud: Cloud, cluster: string): Promise<Group | undefined> {
  try {
    const { old, recorded } = await locate(cloud, cluster, undefined);
    if (recorded !== undefined) throw underRoll(cluster, recorded.rollId);
    return old;
  } catch (thrown) {
    if (thrown instanceof RollError && thrown.code === 'cluster-not-found') return undefined;
    throw thrown;
  }
}

function underRoll(cluster: string, rollId: string): RollError {
  return new RollError({
    code: 'roll-under-way',
    message: `Roll ${rollId} of the cluster ${cluster} is under way, so its group cannot be held against the file.`,
    exitCode: EXIT.refused,
    next: `see where it is: consul-roll status --cluster ${cluster}`,
  });
}

function beingDeleted({ name }: Group): RollError {
  return new RollError({
    code: 'group-being-deleted',
    message: `The group ${name} is still being deleted.`,
    exitCode: EXIT.refused,
    next: 'wait until it is gone, then run the same command again',
  });
}
