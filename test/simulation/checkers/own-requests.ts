import { describeEffect, type Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * only-our-own: no request of a roll names a group, a server, a launch source or a load balancer that was in the account
 * before it and is not the cluster's, or a key of another cluster.
 */
export function createOwnRequestsChecker(): Checker {
  return { invariant: 'only-our-own', before: findForeign };
}

/** The key of a write to the store. */
const WRITTEN_KEY = /^(?:put|set|unset|delete) (\S+) through /;

function findForeign(effect: Effect, oracle: Oracle): string | undefined {
  const text = describeEffect(effect);
  const [, key] = WRITTEN_KEY.exec(text) ?? [];
  if (key !== undefined && !key.startsWith(`consul-roll/${oracle.cluster}/`))
    return `${text}: a key of another cluster`;
  const words = ` ${text.replaceAll(',', ' ')} `;
  const named = listForeignNames(oracle).find((name) => words.includes(` ${name} `));
  return named && `${text} names ${named}`;
}

function listForeignNames({ foreign, state }: Oracle): string[] {
  const servers = [...state.instances.values()].filter(({ tags }) => foreign.groups.has(launcherIn(tags)));
  return [...foreign.groups, ...foreign.others, ...servers.flatMap(({ instanceId, address }) => [instanceId, address])];
}

function launcherIn(tags: ReadonlyMap<string, string>): string {
  return tags.get('aws:autoscaling:groupName') ?? '';
}

/** only-our-own: a group of the roll launches servers of the image that it had, or of the roll's own. */
export function createOwnImagesChecker(): Checker {
  const seen = new Set<string>();
  const after = ({ state, foreign, images }: Oracle): string | undefined => {
    if (seen.size === state.instances.size) return undefined;
    for (const { instanceId, spec, tags } of state.instances.values()) {
      seen.add(instanceId);
      if (images.has(spec.image.imageId) || foreign.groups.has(launcherIn(tags))) continue;
      return `${launcherIn(tags)} launched ${instanceId} from ${spec.image.imageId}`;
    }
    return undefined;
  };
  return { invariant: 'only-our-own', after };
}
