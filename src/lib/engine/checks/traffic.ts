import type { Evidence } from '../../model/doctor.js';
import { spokenBalancer } from '../../model/load-balancer.js';
import type { Remark } from '../../model/notice.js';
import { PROVES_NOTHING, remarksOn } from '../decide/notices.js';
import { type Examine, pass, type Seen, warn } from './examine.js';

const BETTER_CHECK = 'have it ask /v1/catalog/nodes?stale, see docs/health-check.md';

/** The checks of what sends traffic to the servers. The roll does not rely on it; the clients do. */
export const trafficExaminations: readonly Examine[] = [
  {
    name: 'health check proves something',
    beforehand: true,
    about:
      'A check of /v1/status/leader or of a port passes on a server that is in no cluster. The roll does not rely on it, but clients are sent there.',
    run: (evidence) => {
      const weak = [...weakTargets(evidence), ...weakClassic(evidence)];
      if (weak.length > 0) return warn(`${weak.join(', ')} passes on a server in no cluster`, BETTER_CHECK);
      const { old } = evidence.survey;
      const any = (old?.balancers.length ?? 0) + (old?.targetGroups.length ?? 0) > 0;
      return pass(any ? 'it fails on a server in no cluster' : 'no load balancer');
    },
  },
  {
    name: 'load balancers reach the servers',
    beforehand: true,
    about:
      'A target group that nothing forwards to, or a zone that is not enabled, leaves servers unused and unchecked.',
    run: (evidence) => {
      const found = remarks(evidence).flatMap((remark) => {
        if (remark.kind === 'unreached') return `nothing forwards to ${spokenBalancer(remark.balancer)}`;
        if (remark.kind !== 'zone-not-enabled') return [];
        return `${spokenBalancer(remark.balancer)} does not use ${remark.instanceIds.join(', ')}`;
      });
      return seen(
        found,
        'they do',
        'enable the zones of the subnets on the load balancer, or detach what is unused',
      );
    },
  },
  {
    name: 'draining is worth its time',
    beforehand: true,
    about:
      'A target group drains for its whole deregistration delay, and network load balancers keep connections.',
    run: (evidence) => {
      const found = remarks(evidence).flatMap((remark) => {
        if (remark.kind === 'long-drain') {
          return `${spokenBalancer(remark.balancer)} takes ${Math.round(remark.eachMs / 1000)} s for each of ${remark.servers} servers`;
        }
        return remark.kind === 'connections-stay'
          ? `connections through ${spokenBalancer(remark.balancer)} stay with a server that drains`
          : [];
      });
      return seen(
        found,
        'nothing drains for long',
        'set deregistration_delay.timeout_seconds to what clients need, and connection_termination where they hold on',
      );
    },
  },
];

function remarks({ survey, intent }: Evidence): readonly Remark[] {
  return remarksOn(survey, intent);
}

function weakTargets(evidence: Evidence): string[] {
  return remarks(evidence).flatMap((remark) =>
    remark.kind === 'proves-nothing' ? `${remark.path} of ${spokenBalancer(remark.balancer)}` : [],
  );
}

/** A classic load balancer's check is `HTTP:8500/v1/status/leader`, or `TCP:8500`. */
function weakClassic({ classicChecks }: Evidence): string[] {
  return classicChecks
    .filter(({ target }) => {
      const path = target.replace(/^[A-Z]+:\d+/i, '');
      return path === '' || PROVES_NOTHING.test(path);
    })
    .map(({ balancer, target }) => `${target} of ${spokenBalancer(balancer)}`);
}

function seen(found: readonly string[], passes: string, remedy: string): Seen {
  return found.length === 0 ? pass(passes) : warn(found.join('; '), remedy);
}
