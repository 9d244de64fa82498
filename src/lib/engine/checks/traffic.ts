import type { DoctorInput } from '../../model/doctor.js';
import { formatBalancer } from '../../model/load-balancer.js';
import { type Check, defineDoctorCheck, definePreflightCheck, fail, pass, warn } from './check.js';
import { findNotices, UNVERIFYING_PATHS } from './notices.js';

/** Types of target groups that servers can be registered in. */
const SERVER_TARGETS: readonly string[] = ['instance', 'ip'];

/** Checks of what sends traffic to the servers. */
export const trafficChecks: readonly Check[] = [
  definePreflightCheck({
    id: 'traffic-sources-supported',
    subject: 'traffic',
    about: 'Servers can be registered and deregistered one by one in everything that sends them traffic.',
    run: ({ observation: { old, preflightFacts: facts } }) => {
      const unsupported = [
        ...(old?.otherTraffic ?? []),
        ...(facts?.targetGroups ?? [])
          .filter(({ targetType }) => !SERVER_TARGETS.includes(targetType))
          .map(({ name, targetType }) => `target group ${name} of type ${targetType}`),
      ];
      if (unsupported.length > 0) return fail(`the group is attached to ${unsupported.join(', ')}`);
      const count = (old?.balancers.length ?? 0) + (old?.targetGroups.length ?? 0);
      return pass(
        count === 0
          ? 'no load balancer'
          : count === 1
            ? '1 load balancer or target group'
            : `${count} load balancers and target groups`,
      );
    },
    remedy:
      'detach it for the roll: consul-roll registers and drains servers only in classic load balancers and in target groups of instances',
  }),
  defineDoctorCheck({
    id: 'health-check-verifies-consul',
    subject: 'health check',
    onlyBeforeRoll: true,
    about:
      'A health check of /v1/status/leader or of a port passes on a server that is in no cluster. The roll does not rely on it, but clients are sent there.',
    run: (input) => {
      const weak = [...findWeakTargetGroups(input), ...findWeakClassicChecks(input)];
      if (weak.length > 0) return warn(`${weak.join(', ')} passes on a server that is in no cluster`);
      const { old } = input.observation;
      const any = (old?.balancers.length ?? 0) + (old?.targetGroups.length ?? 0) > 0;
      return pass(any ? 'fails on a server that is in no cluster' : 'no load balancer');
    },
    remedy: 'change its path to /v1/catalog/nodes?stale (docs/health-check.md)',
  }),
  defineDoctorCheck({
    id: 'load-balancers-reach-servers',
    subject: 'load balancers',
    onlyBeforeRoll: true,
    about:
      'Servers in a target group without a load balancer, or in a zone that is not enabled, get no traffic and no health checks.',
    run: ({ observation, intent }) => {
      const unreached = findNotices(observation, intent).flatMap((notice) => {
        if (notice.kind === 'not-reachable') return `none forwards to ${formatBalancer(notice.balancer)}`;
        if (notice.kind !== 'zone-not-enabled') return [];
        return `${formatBalancer(notice.balancer)} does not use ${notice.instanceIds.join(', ')}`;
      });
      return unreached.length === 0 ? pass('reach every server') : warn(unreached.join('; '));
    },
    remedy: 'enable the zones of the subnets on the load balancer, or detach what is unused',
  }),
  defineDoctorCheck({
    id: 'zones-stay-served',
    subject: 'zones',
    onlyBeforeRoll: true,
    about:
      'With cross-zone load balancing off, clients of a zone without a server in service get errors. Only a surge of the size of the cluster keeps one in each zone.',
    run: ({ observation, intent }) => {
      const kind = 'zone-may-be-empty';
      const [first, ...others] = findNotices(observation, intent).filter((notice) => notice.kind === kind);
      if (first === undefined) return pass('no zone is left without a server in service');
      const names = [first, ...others].map(({ balancer }) => formatBalancer(balancer)).join(', ');
      return warn(`${names}: cross-zone load balancing is off, and the surge is ${first.surge}`, first.servers);
    },
    remedy: (servers) => `roll with --surge ${servers}, or turn cross-zone load balancing on`,
  }),
  defineDoctorCheck({
    id: 'drain-time-short',
    subject: 'draining',
    onlyBeforeRoll: true,
    about:
      'A target group drains for its whole deregistration delay, and network load balancers keep connections open.',
    run: ({ observation, intent }) => {
      const slow = findNotices(observation, intent).flatMap((notice) => {
        if (notice.kind === 'long-drain') {
          return `${formatBalancer(notice.balancer)} takes ${Math.round(notice.eachMs / 1000)} s for each of ${notice.servers} servers`;
        }
        return notice.kind === 'connections-stay'
          ? `connections through ${formatBalancer(notice.balancer)} stay open on a draining server`
          : [];
      });
      return slow.length === 0 ? pass('no long drain') : warn(slow.join('; '));
    },
    remedy:
      'set deregistration_delay.timeout_seconds to what clients need, and connection_termination where clients keep connections',
  }),
];

function findWeakTargetGroups({ observation, intent }: DoctorInput): string[] {
  return findNotices(observation, intent).flatMap((notice) =>
    notice.kind === 'check-verifies-nothing' ? `${notice.path} of ${formatBalancer(notice.balancer)}` : [],
  );
}

/** A classic load balancer's health check is `HTTP:8500/v1/status/leader`, or `TCP:8500`. */
function findWeakClassicChecks({ classicHealthChecks }: DoctorInput): string[] {
  return classicHealthChecks
    .filter(({ target }) => {
      const path = target.replace(/^[A-Z]+:\d+/i, '');
      return path === '' || UNVERIFYING_PATHS.test(path);
    })
    .map(({ balancer, target }) => `${target} of ${formatBalancer(balancer)}`);
}
