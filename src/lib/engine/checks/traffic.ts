import type { DoctorInput } from '../../model/doctor.js';
import { formatBalancer } from '../../model/load-balancer.js';
import type { Notice } from '../../model/notice.js';
import { findNotices, UNVERIFYING_PATHS } from '../decide/notices.js';
import { type CheckOutcome, type DoctorCheck, pass, warn } from './examine.js';

const BETTER_CHECK = 'have it ask /v1/catalog/nodes?stale, see docs/health-check.md';

/** The checks of what sends traffic to the servers. The roll does not rely on it; the clients do. */
export const trafficDoctorChecks: readonly DoctorCheck[] = [
  {
    name: 'health check proves something',
    onlyBeforeRoll: true,
    about:
      'A check of /v1/status/leader or of a port passes on a server that is in no cluster. The roll does not rely on it, but clients are sent there.',
    run: (input) => {
      const weak = [...findWeakTargetGroups(input), ...findWeakClassicChecks(input)];
      if (weak.length > 0) return warn(`${weak.join(', ')} passes on a server in no cluster`, BETTER_CHECK);
      const { old } = input.observation;
      const any = (old?.balancers.length ?? 0) + (old?.targetGroups.length ?? 0) > 0;
      return pass(any ? 'it fails on a server in no cluster' : 'no load balancer');
    },
  },
  {
    name: 'load balancers reach the servers',
    onlyBeforeRoll: true,
    about:
      'A target group that nothing forwards to, or a zone that is not enabled, leaves servers unused and unchecked.',
    run: (input) => {
      const found = listNotices(input).flatMap((notice) => {
        if (notice.kind === 'not-reachable') return `nothing forwards to ${formatBalancer(notice.balancer)}`;
        if (notice.kind !== 'zone-not-enabled') return [];
        return `${formatBalancer(notice.balancer)} does not use ${notice.instanceIds.join(', ')}`;
      });
      return reportWeakChecks(
        found,
        'they do',
        'enable the zones of the subnets on the load balancer, or detach what is unused',
      );
    },
  },
  {
    name: 'draining is worth its time',
    onlyBeforeRoll: true,
    about:
      'A target group drains for its whole deregistration delay, and network load balancers keep connections.',
    run: (input) => {
      const found = listNotices(input).flatMap((notice) => {
        if (notice.kind === 'long-drain') {
          return `${formatBalancer(notice.balancer)} takes ${Math.round(notice.eachMs / 1000)} s for each of ${notice.servers} servers`;
        }
        return notice.kind === 'connections-stay'
          ? `connections through ${formatBalancer(notice.balancer)} stay with a server that drains`
          : [];
      });
      return reportWeakChecks(
        found,
        'nothing drains for long',
        'set deregistration_delay.timeout_seconds to what clients need, and connection_termination where they hold on',
      );
    },
  },
];

function listNotices({ observation, intent }: DoctorInput): readonly Notice[] {
  return findNotices(observation, intent);
}

function findWeakTargetGroups(input: DoctorInput): string[] {
  return listNotices(input).flatMap((notice) =>
    notice.kind === 'check-verifies-nothing' ? `${notice.path} of ${formatBalancer(notice.balancer)}` : [],
  );
}

/** A classic load balancer's check is `HTTP:8500/v1/status/leader`, or `TCP:8500`. */
function findWeakClassicChecks({ classicHealthChecks: classicChecks }: DoctorInput): string[] {
  return classicChecks
    .filter(({ target }) => {
      const path = target.replace(/^[A-Z]+:\d+/i, '');
      return path === '' || UNVERIFYING_PATHS.test(path);
    })
    .map(({ balancer, target }) => `${target} of ${formatBalancer(balancer)}`);
}

function reportWeakChecks(found: readonly string[], passes: string, remedy: string): CheckOutcome {
  return found.length === 0 ? pass(passes) : warn(found.join('; '), remedy);
}
