import { remarksOn } from '../../engine/decide/notices.js';
import { spokenBalancer } from '../../model/load-balancer.js';
import type { Remark, TemplateRemark, TrafficRemark } from '../../model/notice.js';
import type { Plan } from '../../model/plan.js';
import type { ToneLine } from '../server-list.js';
import { capitalized, counted, someOf, spanOf, wrapped } from './format.js';

/** A remark as one sentence, full stop included. */
export function describeRemark(remark: Remark): string {
  return 'balancer' in remark ? describeTraffic(remark) : describeTemplate(remark);
}

function describeTemplate(remark: TemplateRemark): string {
  switch (remark.kind) {
    case 'pinned':
      return `${remark.group} is on version ${remark.version} of launch template ${remark.template} while the roll lasts, in place of ${remark.alias}.`;
    case 'launches-it-already':
      return `${remark.group} launches the new image already: once an old server has left, going back would launch that too.`;
    case 'warm-pool':
      return `The warm pool of ${remark.group} is made anew at the end; its servers of the old image go with it.`;
    case 'not-copied':
      return `Not copied: ${remark.what}.`;
  }
}

function describeTraffic(remark: TrafficRemark): string {
  const what = spokenBalancer(remark.balancer);
  switch (remark.kind) {
    case 'long-drain':
      return `${capitalized(what)} drains each server for its whole deregistration delay of ${spanOf(remark.eachMs)}: about ${spanOf(remark.eachMs * remark.servers)} for ${counted(remark.servers, 'server')}.`;
    case 'proves-nothing':
      return `The health check of ${what}, ${remark.path}, passes on a server in no cluster, so the roll does not rely on it.`;
    case 'unreached':
      return `No load balancer forwards to ${what}: its servers get no traffic and are never checked, and the roll does not wait for it.`;
    case 'zone-not-enabled':
      return `${capitalized(what)} does not use ${someOf(remark.instanceIds)}: the load balancer is not enabled in that zone.`;
    case 'connections-stay':
      return `Connections through ${what} stay with a server that drains until one end closes them; clients that hold theirs see them end when it leaves.`;
    case 'slow-start':
      return `${capitalized(what)} gives a new server its full share of requests only after ${spanOf(remark.forMs)}; the roll does not wait for that.`;
  }
}

/** The most that are told one by one. */
const MOST_TOLD = 5;

/** Warnings for whoever reads how a roll ended: each once, with how often it came, and of very many only the first. */
export function fewOfWarnings(warnings: readonly string[]): readonly string[] {
  const distinct = [...new Set(warnings)];
  const told = distinct.slice(0, MOST_TOLD).map((warning) => {
    const times = warnings.filter((other) => other === warning).length;
    return times === 1 ? warning : `${warning} (${times} times)`;
  });
  const rest = distinct.length - told.length;
  return rest === 0 ? told : [...told, `and ${rest} more`];
}

const MIND = 'mind  ';

/** What to mind about a plan, one remark after the other. */
export function remarkLines({ survey, intent }: Plan, width: number): ToneLine[] {
  return remarksOn(survey, intent).flatMap((remark) => {
    const lines = wrapped(describeRemark(remark), width - MIND.length);
    return lines.map((line, n): ToneLine => {
      return { text: `${n === 0 ? MIND : ' '.repeat(MIND.length)}${line}`, tone: 'busy' };
    });
  });
}
