import { spokenBalancer } from '../../model/balancer.js';
import type { Remark, TemplateRemark, TrafficRemark } from '../../model/remark.js';
import { capitalized, counted, someOf } from '../text.js';
import { spanOf } from '../time.js';

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
