import type { Observation } from '../../model/observation.js';
import { determineLeadership } from '../../model/raft.js';
import type { Server } from '../../model/server.js';
import { findOrphanPeers, findQuorumMargin, isHealthKnown, listServers } from '../decide/servers.js';
import type { PreflightCheck, PreflightFailure } from './preflight.js';

/** The checks of the cluster itself: a roll begins only on one that is healthy and can spare a server. */
export const consulChecks: readonly PreflightCheck[] = [
  { name: 'servers answer', subject: 'servers', run: checkAllAnswer },
  { name: 'one leader, agreed by all', subject: 'leader', run: checkOneLeader },
  {
    name: 'every server is a healthy voter',
    subject: 'voters',
    run: (observation) => {
      const weak = listServers(observation, 'old').filter(
        (server) => !(server.peer?.voter && server.peer.healthy),
      );
      if (observation.raft === undefined || weak.length === 0) return undefined;
      if (!isHealthKnown(observation)) return failNotJudged(observation);
      return fail(
        `${formatInstanceIds(weak)} ${weak.length === 1 ? 'is no healthy voter' : 'are no healthy voters'}`,
        `wait until they are, or heal them: a roll needs every vote; see consul-roll status --cluster ${observation.cluster}`,
      );
    },
  },
  {
    name: 'servers are the instances',
    subject: 'servers',
    run: (observation) => {
      const orphans = findOrphanPeers(observation);
      if (orphans.length === 0) return undefined;
      const seen = orphans.map((orphan) => `${orphan.node} (${orphan.address})`).join(', ');
      return fail(
        `Raft counts ${seen}, no instance of the group`,
        'wait: autopilot removes dead ones by itself where it may, otherwise: consul operator raft remove-peer; live ones must leave or join the group',
      );
    },
  },
  {
    name: 'failure tolerance of at least 1',
    subject: 'failure tolerance',
    run: (observation) => {
      const margin = findQuorumMargin(observation);
      if (observation.raft === undefined || margin === undefined) return undefined;
      const spare = Math.min(margin.margin, observation.raft.failureTolerance);
      if (spare >= 1) return undefined;
      if (!isHealthKnown(observation)) return failNotJudged(observation);
      return fail(
        `${margin.healthy} of ${margin.voters} voters healthy, quorum ${margin.quorum}: ${Math.max(0, spare)} may fail`,
        explainToleranceRemedy(observation, margin.voters),
      );
    },
  },
  {
    name: 'autopilot leaves membership alone',
    subject: 'autopilot',
    run: ({ preflightFacts: facts, servers }) => {
      const { redundancyZoneTag: zones = '', upgradeMigrationDisabled = true } = facts?.autopilot ?? {};
      if (zones !== '')
        return fail(
          `redundancy zones are on (${zones})`,
          'with them only one server a zone votes; this version cannot roll such a cluster',
        );
      if (upgradeMigrationDisabled || !servers.some(runsEnterprise)) return undefined;
      return fail(
        'automated upgrades are on: newer servers would not vote until there are as many, and then all at once',
        'turn them off for the roll: consul operator autopilot set-config -disable-upgrade-migration=true',
      );
    },
  },
];

/** A small cluster can only be made larger; one of three and more gets well again, or is helped to. */
function explainToleranceRemedy({ cluster, old }: Observation, voters: number): string {
  const wanted = old?.desired ?? 0;
  if (wanted < 3) return 'run at least three servers: fewer cannot lose one';
  const state = `consul-roll status --cluster ${cluster} says how far that is`;
  return voters < wanted
    ? `wait until all ${wanted} servers of the group vote again: ${state}`
    : `wait until every voter is healthy, or heal them: ${state}`;
}

/** Nothing is wrong that anybody knows of; nothing is known to be right either. */
function failNotJudged({ cluster }: Observation): PreflightFailure {
  return fail(
    'the leader was only just elected, and has not said yet who is healthy',
    `wait some seconds, until it has: consul-roll status --cluster ${cluster} says so`,
  );
}

/** Every Consul says that it would move votes by itself; only Enterprise, `1.20.2+ent`, does. */
function runsEnterprise({ agent }: Server): boolean {
  return agent.kind === 'up' && /\+ent\b/.test(agent.version);
}

function checkAllAnswer(observation: Observation): PreflightFailure | undefined {
  const servers = listServers(observation, 'old');
  const silent = servers.filter((server) => server.agent.kind === 'down');
  const [first] = silent;
  if (first === undefined) return undefined;
  const detail = first.agent.kind === 'down' ? first.agent.detail : '';
  return fail(
    `no answer from ${formatInstanceIds(silent)}: ${detail}`,
    silent.length < servers.length
      ? `wait until it is replaced or answers again: consul-roll status --cluster ${observation.cluster} says how far that is`
      : 'run from where the servers can be reached on their HTTP port (8500): inside the VPC or through a VPN; check the security group',
  );
}

function checkOneLeader(observation: Observation): PreflightFailure | undefined {
  // Servers that cannot be reached say nothing about the quorum.
  if (listServers(observation, 'old').every((server) => server.agent.kind === 'down')) return undefined;
  const leadership = determineLeadership(observation.servers);
  switch (leadership.kind) {
    case 'agreed':
      return observation.raft === undefined
        ? fail('the leader does not say what its cluster is', 'check its log')
        : undefined;
    case 'unknown-leader':
      return fail(
        `all name ${leadership.leader}, no instance of the group`,
        'every server of the cluster must be in the group',
      );
    case 'none':
      return fail(
        'no server knows a leader',
        'restore the quorum first: see the outage recovery guide of Consul; terminate nothing',
      );
    case 'disputed': {
      const said = leadership.answers.map(
        (answer) => `${answer.instanceId} names ${answer.leader || 'none'}`,
      );
      return fail(said.join(', '), 'find out why before anything else; terminate nothing');
    }
  }
}

function formatInstanceIds(servers: readonly { readonly instanceId: string }[]): string {
  return servers.map((server) => server.instanceId).join(', ');
}

function fail(saw: string, remedy: string): PreflightFailure {
  return { observed: saw, remedy };
}
