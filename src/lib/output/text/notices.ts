import { findNotices } from '../../engine/checks/notices.js';
import { formatBalancer } from '../../model/load-balancer.js';
import type { LaunchSourceNotice, LifecycleHookNotice, Notice, TrafficNotice } from '../../model/notice.js';
import type { RollPlan } from '../../model/plan.js';
import { capitalize, formatCount, formatDuration, formatShortList, hangText, type StyledLine } from './format.js';

/** A notice as one sentence. */
export function describeNotice(notice: Notice): string {
  if (notice.kind === 'lifecycle-hook') return describeLifecycleHook(notice);
  return 'balancer' in notice ? describeTrafficNotice(notice) : describeLaunchSourceNotice(notice);
}

function describeLifecycleHook({ name, holds, timeoutMs, defaultResult, isCopied }: LifecycleHookNotice): string {
  const held = `Lifecycle hook ${name} holds each ${holds === 'launches' ? 'launch' : 'termination'} until it is completed, for up to ${formatDuration(timeoutMs)}`;
  const ends = holds === 'launches' && defaultResult === 'ABANDON' ? '; if it is not, the roll is rolled back' : '';
  const copied = isCopied ? '; what completes it must do so for the new group too' : '';
  return `${held}${ends}${copied}.`;
}

function describeLaunchSourceNotice(notice: LaunchSourceNotice): string {
  switch (notice.kind) {
    case 'alias-pinned':
      return `${notice.group} uses version ${notice.version} of launch template ${notice.launchTemplate} instead of ${notice.alias} during the roll.`;
    case 'already-launches-image':
      return `${notice.group} already launches the new image: once an old server has left, a rollback would launch the new image too.`;
    case 'warm-pool':
      return `The warm pool of ${notice.group} is replaced at the end of the roll: its instances run the old image.`;
    case 'bootstrap-in-image':
      return `The servers run with bootstrap_expect ${notice.expect}, which their user data does not set. If the image computes it, and it is 1 on the first new server, the roll stops there and is rolled back.`;
    case 'user-data-unreadable':
      return `The user data cannot be read: ${notice.why}. If it sets bootstrap_expect to 1 on the first new server, the roll stops there and is rolled back.`;
    case 'user-data-incomplete':
      return `The user data runs or writes what cannot be read from here (${notice.where}${notice.places > 1 ? `, and ${formatCount(notice.places - 1, 'other place')}` : ''}). If that sets bootstrap_expect to 1 on the first new server, the roll stops there and is rolled back.`;
    case 'not-copied':
      return `Not copied: ${notice.what}.`;
  }
}

function describeTrafficNotice(notice: TrafficNotice): string {
  const what = formatBalancer(notice.balancer);
  switch (notice.kind) {
    case 'long-drain':
      return `${capitalize(what)} drains each server for its whole deregistration delay of ${formatDuration(notice.eachMs)}: about ${formatDuration(notice.eachMs * notice.servers)} for ${formatCount(notice.servers, 'server')}.`;
    case 'check-verifies-nothing':
      return `The health check of ${what}, ${notice.path}, also passes on a server outside the cluster, so the roll does not rely on it.`;
    case 'not-reachable':
      return `No load balancer forwards to ${what}: its servers get no traffic and no health checks, and the roll does not wait for it.`;
    case 'zone-not-enabled':
      return `${capitalize(what)} does not use ${formatShortList(notice.instanceIds)}: the load balancer is not enabled in that zone.`;
    case 'connections-stay':
      return `Connections through ${what} stay on a draining server until one end closes them; they break when the server leaves.`;
    case 'zone-may-be-empty':
      return `${capitalize(what)} has cross-zone load balancing off, and with surge ${notice.surge} a zone may have no server in service for the time of a launch: its clients get errors. Roll with --surge ${notice.servers}, or turn cross-zone load balancing on.`;
    case 'slow-start':
      return `${capitalize(what)} gives a new server its full share of requests only after ${formatDuration(notice.forMs)}; the roll does not wait for that.`;
  }
}

/** The most warnings that are listed. */
const MAX_WARNINGS = 5;

/** Each warning once, with its count; of many warnings only the first. */
export function limitWarnings(warnings: readonly string[]): readonly string[] {
  const distinct = [...new Set(warnings)];
  const told = distinct.slice(0, MAX_WARNINGS).map((warning) => {
    const times = warnings.filter((other) => other === warning).length;
    return times === 1 ? warning : `${warning} (${times} times)`;
  });
  const rest = distinct.length - told.length;
  return rest === 0 ? told : [...told, `and ${rest} more`];
}

/** The notices of a plan. */
export function formatNotices({ observation, intent }: RollPlan, width: number): StyledLine[] {
  return findNotices(observation, intent).flatMap((notice) =>
    hangText('note  ', describeNotice(notice), width, 'busy'),
  );
}
