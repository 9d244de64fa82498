import type { BootstrapSetting } from '../../model/boot-script.js';
import type { Intent } from '../../model/intent.js';
import { buildTargetGroupName, type TargetGroup } from '../../model/load-balancer.js';
import type { LaunchSourceNotice, Notice } from '../../model/notice.js';
import type { Observation } from '../../model/observation.js';
import { listServers } from '../../model/servers.js';
import { findAliasedTemplate } from '../launch-source/version-alias.js';
import { strategyOf } from '../strategy/strategies.js';
import { findImageExpect } from './boot-script.js';

/** Paths that a server answers with only an agent running; they name the leader it knows, which may be empty. */
export const UNVERIFYING_PATHS = /^\/v1\/(status\/|agent\/self\b)/;

/** Shorter draining is not reported. */
const LONG_DRAIN_MS = 60_000;

/** Notices for a roll that has not started; empty if the preflight facts were not read. */
export function findNotices(observation: Observation, intent: Intent): readonly Notice[] {
  const targetGroups = observation.preflightFacts?.targetGroups ?? [];
  return [
    ...targetGroups.flatMap((group) => findTargetGroupNotices(observation, intent, group)),
    ...findZoneNotices(observation, intent),
    ...findLaunchSourceNotices(observation, intent),
    ...findLifecycleHookNotices(observation, intent),
  ];
}

function findTargetGroupNotices(observation: Observation, intent: Intent, group: TargetGroup): readonly Notice[] {
  const balancer = buildTargetGroupName(group.arn);
  const { healthCheck, loadBalancers, slowStartMs } = group;
  if (loadBalancers.length === 0) return [{ kind: 'not-reachable', balancer }];
  const eachMs = observation.drainingMs[balancer] ?? 0;
  const { path = '' } = healthCheck;
  const outside = observation.servers.filter((server) => server.balancers[balancer] === 'unused');
  const instanceIds = outside.map((server) => server.instanceId);
  const isNetwork = loadBalancers.some(({ type }) => type === 'network');
  return [
    ...(eachMs * intent.size >= LONG_DRAIN_MS
      ? [{ kind: 'long-drain', balancer, eachMs, servers: intent.size } as const]
      : []),
    ...(UNVERIFYING_PATHS.test(path) ? [{ kind: 'check-verifies-nothing', balancer, path } as const] : []),
    ...(instanceIds.length > 0 ? [{ kind: 'zone-not-enabled', balancer, instanceIds } as const] : []),
    ...(isNetwork && !group.endsConnections ? [{ kind: 'connections-stay', balancer } as const] : []),
    ...(slowStartMs > 0 ? [{ kind: 'slow-start', balancer, forMs: slowStartMs } as const] : []),
  ];
}

/**
 * Auto Scaling chooses the zone of a new server. Only with as many new servers as old ones is one in service in each
 * zone before the first old one leaves.
 */
function findZoneNotices({ preflightFacts, servers }: Observation, { surge, size }: Intent): readonly Notice[] {
  const zones = new Set(servers.map(({ zone }) => zone));
  if (surge >= size || zones.size < 2) return [];
  const zonal = preflightFacts?.zonalBalancers ?? [];
  return zonal.map((balancer) => ({ kind: 'zone-may-be-empty', balancer, surge, servers: size }));
}

/** What stands out about what a group launches from, and about copying it, before a roll. */
function findLaunchSourceNotices(observation: Observation, intent: Intent): readonly LaunchSourceNotice[] {
  const { old, preflightFacts: facts } = observation;
  if (old === undefined || facts === undefined) return [];
  const { name: group } = old;
  const expect = findImageExpect(observation);
  const aliased = findAliasedTemplate(intent);
  const lost = strategyOf(intent).emptiedGroupOf(intent) === undefined ? [] : facts.notCopied;
  const others = listServers(observation, 'old').some((server) => server.imageId !== intent.imageId);
  return [
    ...(aliased === undefined ? [] : [buildPinnedNotice(group, aliased)]),
    ...(old.imageId === intent.imageId && others ? [{ kind: 'already-launches-image', group } as const] : []),
    ...(old.warmPool === 'none' ? [] : [{ kind: 'warm-pool', group } as const]),
    ...(expect === 0 ? [] : [{ kind: 'bootstrap-in-image', expect } as const]),
    ...(facts.bootstrap.kind === 'unreadable' ? [{ ...facts.bootstrap, kind: 'user-data-unreadable' } as const] : []),
    ...findIncompleteNotice(facts.bootstrap),
    ...lost.map((what) => ({ kind: 'not-copied', what }) as const),
  ];
}

/** A computed number is refused in any case. */
function findIncompleteNotice({
  kind,
  unread: [where, ...more] = [],
}: BootstrapSetting): readonly LaunchSourceNotice[] {
  if (where === undefined || kind === 'computed') return [];
  return [{ kind: 'user-data-incomplete', where, places: more.length + 1 }];
}

function findLifecycleHookNotices({ old, preflightFacts }: Observation, intent: Intent): readonly Notice[] {
  const isCopied = strategyOf(intent).createdGroupOf(intent) !== undefined;
  const hooks = preflightFacts?.lifecycleHooks ?? [];
  return hooks.map((hook) => ({ kind: 'lifecycle-hook', group: old?.name ?? '', isCopied, ...hook }));
}

function buildPinnedNotice(
  group: string,
  { name: template, version: alias, resolved: version }: NonNullable<ReturnType<typeof findAliasedTemplate>>,
): LaunchSourceNotice {
  return { kind: 'alias-pinned', group, launchTemplate: template, alias, version };
}
