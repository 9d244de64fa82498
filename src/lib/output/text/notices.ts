import { findNotices } from '../../engine/decide/notices.js';
import { formatBalancer } from '../../model/load-balancer.js';
import type { LaunchSourceNotice, Notice, TrafficNotice } from '../../model/notice.js';
import type { RollPlan } from '../../model/plan.js';
import {
  capitalize,
  formatCount,
  formatDuration,
  formatShortList,
  type StyledLine,
  wrapText,
} from './format.js';

/** A remark as one sentence, full stop included. */
export function describeNotice(notice: Notice): string {
  return 'balancer' in notice ? describeTrafficNotice(notice) : describeLaunchSourceNotice(notice);
}

function describeLaunchSourceNotice(notice: LaunchSourceNotice): string {
  switch (notice.kind) {
    case 'alias-pinned':
      return `${notice.group} is on version ${notice.version} of launch template ${notice.launchTemplate} while the roll lasts, in place of ${notice.alias}.`;
    case 'already-launches-image':
      return `${notice.group} launches the new image already: once an old server has left, going back would launch that too.`;
    case 'warm-pool':
      return `The warm pool of ${notice.group} is made anew at the end; its servers of the old image go with it.`;
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
      return `The health check of ${what}, ${notice.path}, passes on a server in no cluster, so the roll does not rely on it.`;
    case 'not-reachable':
      return `No load balancer forwards to ${what}: its servers get no traffic and are never checked, and the roll does not wait for it.`;
    case 'zone-not-enabled':
      return `${capitalize(what)} does not use ${formatShortList(notice.instanceIds)}: the load balancer is not enabled in that zone.`;
    case 'connections-stay':
      return `Connections through ${what} stay with a server that drains until one end closes them; clients that hold theirs see them end when it leaves.`;
    case 'slow-start':
      return `${capitalize(what)} gives a new server its full share of requests only after ${formatDuration(notice.forMs)}; the roll does not wait for that.`;
  }
}

/** The most that are told one by one. */
const MAX_WARNINGS = 5;

/** Warnings for whoever reads how a roll ended: each once, with how often it came, and of very many only the first. */
export function limitWarnings(warnings: readonly string[]): readonly string[] {
  const distinct = [...new Set(warnings)];
  const told = distinct.slice(0, MAX_WARNINGS).map((warning) => {
    const times = warnings.filter((other) => other === warning).length;
    return times === 1 ? warning : `${warning} (${times} times)`;
  });
  const rest = distinct.length - told.length;
  return rest === 0 ? told : [...told, `and ${rest} more`];
}

const NOTE_LABEL = 'mind  ';

/** What to mind about a plan, one remark after the other. */
export function formatNotices({ observation, intent }: RollPlan, width: number): StyledLine[] {
  return findNotices(observation, intent).flatMap((notice) => {
    const lines = wrapText(describeNotice(notice), width - NOTE_LABEL.length);
    return lines.map((line, n): StyledLine => {
      return { text: `${n === 0 ? NOTE_LABEL : ' '.repeat(NOTE_LABEL.length)}${line}`, style: 'busy' };
    });
  });
}
