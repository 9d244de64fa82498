import { gt, parse } from 'semver';
import type { DoctorInput, Member } from '../../model/doctor.js';
import { formatFlag, formatScalingCommand } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import type { Observation } from '../../model/observation.js';
import { determineLeadership } from '../../model/raft.js';
import { parseHost, type Refusal, type Server } from '../../model/server.js';
import { findOrphanPeers, findQuorumMargin, isHealthKnown, listServers } from '../../model/servers.js';
import { areAclsOff, stateReadableCheck } from './acl.js';
import {
  type Check,
  type CheckOutcome,
  defineDoctorCheck,
  definePreflightCheck,
  fail,
  pass,
  unknown,
  warn,
  withoutLeader,
} from './check.js';

/** The group grows by what is attached. */
function formatAttachCommands(old: Group | undefined, ids: readonly string[]): string {
  const { name = '', desired = 0, maxSize = 0 } = old ?? {};
  const size = desired + ids.length;
  const commands = [
    ...(size > maxSize ? [formatScalingCommand('update-auto-scaling-group', name, { 'max-size': size })] : []),
    formatScalingCommand('attach-instances', name, { 'instance-ids': ids }),
  ];
  return `attach them: ${commands.join('; ')}; or run consul leave on them`;
}

const JUST_ELECTED = 'the leader was only just elected, and has not said yet who is healthy';

/** Checks of Raft: a roll starts only on a healthy cluster that can lose a server. */
export const raftChecks: readonly Check[] = [
  definePreflightCheck({
    id: 'servers-respond',
    subject: 'servers',
    about: "Every server responds at its own address, on the port of Consul's HTTP API.",
    run: ({ observation }) => {
      const servers = listServers(observation, 'old');
      const silent = servers.filter(({ agent }) => agent.kind === 'down');
      const agent = silent[0]?.agent;
      if (agent?.kind !== 'down') return pass(`${servers.length} of ${servers.length} respond`);
      const observed = `no answer from ${formatInstanceIds(silent)}: ${agent.detail}`;
      return fail(observed, silent.length < servers.length ? 'some' : 'all');
    },
    remedy: (silent, { observation }) => {
      const { cluster } = observation;
      const known = listServers(observation, 'old').flatMap(({ agent }) =>
        agent.kind === 'down' ? (agent.remedy ?? []) : [],
      );
      if (known[0] !== undefined) return known[0];
      return silent === 'some'
        ? `wait until it is replaced or responds again: consul-roll status ${formatFlag('cluster', cluster)} shows the progress`
        : 'run from where the servers can be reached on their HTTP port (8500): inside the VPC or through a VPN; check the security group';
    },
  }),
  definePreflightCheck({
    id: 'single-leader',
    subject: 'leader',
    about: 'A quorum of the servers, asked directly, names one leader, which says so itself and is in the group.',
    run: checkSingleLeader,
    remedy: (cause) => LEADER_REMEDIES[cause],
  }),
  definePreflightCheck({
    id: 'all-healthy-voters',
    subject: 'voters',
    about: 'Every server of the group is a healthy voter.',
    run: ({ observation }) => {
      if (observation.raft === undefined) return withoutLeader;
      const servers = listServers(observation, 'old');
      const weak = servers.filter(({ peer }) => !(peer?.voter && peer.healthy));
      if (weak.length === 0) return pass(`${servers.length} of ${servers.length} healthy`);
      if (!isHealthKnown(observation)) return fail(JUST_ELECTED, 'just-elected');
      return fail(`${formatInstanceIds(weak)} ${weak.length === 1 ? 'is' : 'are'} not healthy`, 'unhealthy');
    },
    remedy: (cause, { observation: { cluster } }) =>
      cause === 'just-elected'
        ? explainWaitForHealth(cluster)
        : `wait until they are healthy, or repair them: a roll needs every vote; see consul-roll status ${formatFlag('cluster', cluster)}`,
  }),
  definePreflightCheck({
    id: 'peers-match-instances',
    subject: 'Raft peers',
    about: 'Every Raft peer is an instance of the group: a dead one counts in the quorum.',
    run: ({ observation }) => {
      if (observation.raft === undefined) return withoutLeader;
      const orphans = findOrphanPeers(observation).map(({ node, address }) => `${node} (${address})`);
      if (orphans.length === 0) return pass(`${observation.raft.peers.length}, all in the group`);
      const detached = (observation.preflightFacts?.strays ?? []).filter(({ group }) => group === undefined);
      const ids = detached.map(({ instanceId }) => instanceId);
      const where = ids.length === 0 ? '' : `; ${ids.join(', ')} run there, in no group`;
      return fail(`no instance of the group matches ${orphans.join(', ')}${where}`, ids);
    },
    remedy: (ids, { observation: { old } }) =>
      ids.length === 0
        ? 'wait until autopilot removes dead ones, or remove them: consul operator raft remove-peer; live ones must leave Consul or join the group'
        : formatAttachCommands(old, ids),
  }),
  definePreflightCheck({
    id: 'failure-tolerance',
    subject: 'failure tolerance',
    about: 'The cluster can lose one server. Fewer than three servers cannot.',
    run: ({ observation }) => {
      const { raft, old } = observation;
      const quorum = findQuorumMargin(observation);
      if (raft === undefined || quorum === undefined) return withoutLeader;
      const { voters, healthy, margin } = quorum;
      const counts = `${healthy} of ${voters} voters healthy, quorum ${quorum.quorum}`;
      if (margin >= 1) return pass(counts);
      if (!isHealthKnown(observation)) return fail(JUST_ELECTED, 'just-elected');
      const wanted = old?.desired ?? 0;
      const cause = wanted < 3 ? 'small' : voters < wanted ? 'voters-missing' : 'unhealthy';
      return fail(`${counts}: ${Math.max(0, margin)} may fail`, cause);
    },
    remedy: (cause, { observation: { cluster, old } }) => {
      const progress = `consul-roll status ${formatFlag('cluster', cluster)} shows the progress`;
      switch (cause) {
        case 'just-elected':
          return explainWaitForHealth(cluster);
        case 'small':
          return 'run at least three servers: fewer cannot lose one';
        case 'voters-missing':
          return `wait until all ${old?.desired} servers of the group vote again: ${progress}`;
        case 'unhealthy':
          return `wait until every voter is healthy, or repair them: ${progress}`;
      }
    },
  }),
];

/** Checks of autopilot, gossip, the clients and the API. */
export const consulChecks: readonly Check[] = [
  definePreflightCheck({
    id: 'no-redundancy-zones',
    subject: 'autopilot',
    about: 'With redundancy zones (Enterprise) only one server in each zone votes.',
    run: ({ observation: { raft, servers, preflightFacts: facts } }) => {
      if (raft !== undefined && !servers.some(runsEnterprise)) return pass('not Enterprise');
      const zones = facts?.autopilot?.redundancyZoneTag ?? '';
      if (zones !== '') return fail(`redundancy zones are on (${zones})`);
      return raft === undefined ? withoutLeader : pass('no redundancy zones');
    },
    remedy: 'with them only one server in each zone votes; this version cannot roll such a cluster',
  }),
  definePreflightCheck({
    id: 'no-automated-upgrades',
    subject: 'autopilot',
    about: 'Enterprise moves the votes to servers of a newer version, unless DisableUpgradeMigration is on.',
    run: ({ observation: { preflightFacts: facts, servers } }) => {
      if (!servers.some(runsEnterprise)) return pass('not Enterprise');
      if (facts?.autopilot === undefined) {
        return unknown('the leader does not report it', 'check: consul operator autopilot get-config');
      }
      return facts.autopilot.upgradeMigrationDisabled
        ? pass('DisableUpgradeMigration is on')
        : fail(
            'automated upgrades are on: new servers would not vote until there are as many as old ones, and then all at once',
          );
    },
    remedy: 'turn them off for the roll: consul operator autopilot set-config -disable-upgrade-migration=true',
  }),
  definePreflightCheck({
    id: 'leave-allowed',
    subject: 'leave requests',
    about:
      'Every server accepts a leave request from here: block_endpoints, allow_write_http_from and a token without agent:write refuse it. Shown by requests that change nothing.',
    run: ({ observation: { preflightFacts: facts } }) => reportRefusals(facts?.leaveRefusals ?? []),
    remedy: (remedy) => remedy,
  }),
  definePreflightCheck({
    id: 'peer-removal-allowed',
    subject: 'peer removal',
    about:
      'Every server accepts a request from here to remove a dead peer from Raft, which a roll makes where a server fails: block_endpoints, allow_write_http_from and a token without operator:write refuse it. Shown by a request that names no peer.',
    run: ({ observation: { preflightFacts: facts } }) => reportRefusals(facts?.peerRemovalRefusals ?? []),
    remedy: (remedy) => remedy,
  }),
  defineDoctorCheck({
    id: 'autopilot-settings',
    subject: 'autopilot',
    onlyBeforeRoll: true,
    about:
      'server_stabilization_time is how long a new server must be healthy before it votes; min_quorum and cleanup_dead_servers decide whether dead servers are removed.',
    run: ({ observation, intent: { size }, limits: { healthTimeoutMs } }) => {
      const settings = observation.preflightFacts?.autopilot;
      if (settings === undefined) {
        return unknown('the leader does not report them', 'check: consul operator autopilot get-config');
      }
      const { serverStabilizationMs, minQuorum, cleanupDeadServers } = settings;
      const stabilization = `stabilization ${serverStabilizationMs / 1000} s`;
      if (serverStabilizationMs >= healthTimeoutMs) return fail(stabilization, 'slow');
      if (minQuorum > size) return warn(`min_quorum is ${minQuorum}, the cluster has ${size}`, 'min-quorum');
      return cleanupDeadServers
        ? pass(`${stabilization}, dead servers are removed`)
        : warn(`${stabilization}, dead servers are not removed`, 'no-cleanup');
    },
    remedy: (cause) => AUTOPILOT_REMEDIES[cause],
  }),
  defineDoctorCheck({
    id: 'no-failed-members',
    subject: 'gossip',
    about: 'A server that died stays in gossip for 72 h, and a new one with the same address is taken for it.',
    run: ({ members }) => {
      if (members === undefined) return withoutLeader;
      const dead = members.filter(({ server, status }) => server && status === 'failed');
      return dead.length === 0 ? pass('no failed server') : warn(`failed: ${formatMembers(dead)}`);
    },
    remedy: 'remove them: consul force-leave -prune NODE',
  }),
  defineDoctorCheck({
    id: 'member-list-complete',
    subject: 'gossip',
    about: 'Without node:read Consul omits members from the list without an error, failed ones too.',
    run: ({ members, observation: { raft } }) => {
      if (members === undefined || raft === undefined) return withoutLeader;
      const known = new Set(members.map(({ address }) => address));
      const hidden = raft.peers.filter(({ address }) => !known.has(parseHost(address)));
      return hidden.length === 0
        ? pass(`${members.length} members`)
        : warn(`${hidden.map(({ node }) => node).join(', ')} in Raft, but not in the list of members`);
    },
    remedy: 'give the token node:read for every node, or find out why gossip does not know them',
  }),
  defineDoctorCheck({
    id: 'clients-ready',
    subject: 'client agents',
    about:
      'Client agents learn of new servers by gossip. One that is down during the whole roll rejoins only if its retry_join finds new servers; doctor cannot read that setting.',
    run: checkClients,
    remedy: (cause) =>
      cause === 'down'
        ? 'start them before the roll, or let their retry_join find servers by a tag'
        : 'upgrade servers before clients',
  }),
  definePreflightCheck({
    id: 'snapshot-folder',
    subject: 'snapshot folder',
    about:
      'A snapshot holds every secret in the store. Its folder can be written, belongs to this user, and no other user may write it or replace it.',
    run: ({ observation: { preflightFacts: facts } }) => {
      if (facts === undefined) return unknown('not asked', 'run doctor before a roll');
      const { snapshotProblem: problem } = facts;
      return problem === undefined ? pass('can be written') : fail(problem.why, problem.remedy);
    },
    remedy: (remedy) => remedy,
  }),
  defineDoctorCheck({
    id: 'snapshot-possible',
    subject: 'snapshot',
    about:
      'A roll saves a snapshot before its first change; doctor takes one, verifies it and discards it. There must be room for it in --snapshot-dir.',
    run: ({ snapshot }) => {
      if (snapshot === undefined) return withoutLeader;
      if (snapshot.kind === 'refused') return fail(snapshot.why, snapshot.remedy);
      const { bytes, freeBytes = Number.POSITIVE_INFINITY } = snapshot;
      if (bytes < freeBytes) return pass(`${bytes} bytes, verified`);
      return fail(
        `${bytes} bytes, but ${freeBytes} are free`,
        'free space, or name another folder with --snapshot-dir',
      );
    },
    remedy: (remedy) => remedy,
  }),
  defineDoctorCheck({
    id: 'token-encrypted',
    subject: 'ACL token',
    about:
      'Without TLS the ACL token can be read on the network. It is sent over plain HTTP only to this machine, or with --allow-plaintext-token.',
    run: (input) => {
      if (input.encrypted) return pass('sent over TLS');
      return areAclsOff(input) ? pass('none needed, ACLs are off') : warn('sent over plain HTTP');
    },
    remedy: 'set CONSUL_HTTP_SSL=true and CONSUL_CACERT, if the servers offer TLS',
  }),
  stateReadableCheck,
];

function reportRefusals(refusals: readonly Refusal[]): CheckOutcome<string> {
  const [first] = refusals;
  if (first === undefined) return pass('not refused');
  return fail(`${formatInstanceIds(refusals)} would refuse: ${first.message}`, first.remedy);
}

const LEADER_REMEDIES = {
  silent: "check the leader's log",
  outside: 'move every server of the cluster into the group',
  none: "restore the quorum first: see Consul's outage recovery guide; do not terminate any server",
  disputed: 'find out why before any change; do not terminate any server',
} as const;

function checkSingleLeader({
  observation,
}: {
  readonly observation: Observation;
}): CheckOutcome<keyof typeof LEADER_REMEDIES> {
  // Servers that cannot be reached prove nothing about the quorum; `servers-respond` fails for them.
  if (listServers(observation, 'old').every(({ agent }) => agent.kind === 'down')) {
    return unknown('no server responds', 'let the servers respond first');
  }
  const leadership = determineLeadership(observation);
  switch (leadership.kind) {
    case 'agreed':
      return pass(parseHost(leadership.leader));
    case 'silent':
      return fail('it does not report its Raft configuration', 'silent');
    case 'unknown-leader':
      return fail(`all servers name ${leadership.leader}, which is not in the group`, 'outside');
    case 'none':
    case 'disputed':
      return fail(
        leadership.answers.map(({ instanceId, leader }) => `${instanceId} names ${leader || 'none'}`).join(', '),
        leadership.kind,
      );
  }
}

const AUTOPILOT_REMEDIES = {
  slow: 'lower it (consul operator autopilot set-config), or give a longer --health-timeout',
  'min-quorum': 'lower it: autopilot would never remove a dead server',
  'no-cleanup':
    'turn it on: consul operator autopilot set-config -cleanup-dead-servers=true; until then a server that dies stays in Raft',
} as const;

function checkClients({ members, observation: { servers } }: DoctorInput): CheckOutcome<'down' | 'newer'> {
  if (members === undefined) return withoutLeader;
  const clients = members.filter(({ server }) => !server);
  const down = clients.filter(({ status }) => status === 'failed');
  if (down.length > 0) {
    return warn(`${down.length} of ${clients.length} are down: ${formatMembers(down)}`, 'down');
  }
  const newer = clients.filter((client) => isNewer(client, servers));
  if (newer.length > 0) return warn(`newer than the servers: ${formatMembers(newer)}`, 'newer');
  const versions = [...new Set(clients.map(({ version }) => version))].join(', ');
  return pass(clients.length === 0 ? 'none' : `${clients.length} up, version ${versions}`);
}

function isNewer({ version }: Member, servers: readonly Server[]): boolean {
  const own = parse(version);
  const theirs = servers.flatMap(({ agent }) => (agent.kind === 'up' ? (parse(agent.version) ?? []) : []));
  return own !== null && theirs.length > 0 && theirs.every((one) => gt(own, one));
}

function explainWaitForHealth(cluster: string): string {
  return `wait some seconds until it has: consul-roll status ${formatFlag('cluster', cluster)} shows it`;
}

/** Every edition reports the settings for votes; only Enterprise, `1.20.2+ent`, acts on them. */
export function runsEnterprise({ agent }: Server): boolean {
  return agent.kind === 'up' && /\+ent\b/.test(agent.version);
}

function formatInstanceIds(servers: readonly { readonly instanceId: string }[]): string {
  return servers.map(({ instanceId }) => instanceId).join(', ');
}

function formatMembers(members: readonly Member[]): string {
  const names = members.map(({ name }) => name);
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}
