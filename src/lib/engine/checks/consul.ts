import type { Survey } from '../../model/observation.js';
import { leadershipOf } from '../../model/raft.js';
import type { Server } from '../../model/server.js';
import { budgetNow, ghostsOf, isJudged, serversOf } from '../decide/servers.js';
import type { Check, Failure } from './preflight.js';

/** The checks of the cluster itself: a roll begins only on one that is healthy and can spare a server. */
export const consulChecks: readonly Check[] = [
  { name: 'servers answer', subject: 'servers', run: allAnswer },
  { name: 'one leader, agreed by all', subject: 'leader', run: oneLeader },
  {
    name: 'every server is a healthy voter',
    subject: 'voters',
    run: (survey) => {
      const weak = serversOf(survey, 'old').filter((server) => !(server.peer?.voter && server.peer.healthy));
      if (survey.raft === undefined || weak.length === 0) return undefined;
      if (!isJudged(survey)) return notJudged(survey);
      return fail(
        `${names(weak)} ${weak.length === 1 ? 'is no healthy voter' : 'are no healthy voters'}`,
        `wait until they are, or heal them: a roll needs every vote; see consul-roll status --cluster ${survey.cluster}`,
      );
    },
  },
  {
    name: 'servers are the instances',
    subject: 'servers',
    run: (survey) => {
      const ghosts = ghostsOf(survey);
      if (ghosts.length === 0) return undefined;
      const seen = ghosts.map((ghost) => `${ghost.node} (${ghost.address})`).join(', ');
      return fail(
        `Raft counts ${seen}, no instance of the group`,
        'wait: autopilot removes dead ones by itself where it may, otherwise: consul operator raft remove-peer; live ones must leave or join the group',
      );
    },
  },
  {
    name: 'failure tolerance of at least 1',
    subject: 'failure tolerance',
    run: (survey) => {
      const budget = budgetNow(survey);
      if (survey.raft === undefined || budget === undefined) return undefined;
      const spare = Math.min(budget.spare, survey.raft.failureTolerance);
      if (spare >= 1) return undefined;
      if (!isJudged(survey)) return notJudged(survey);
      return fail(
        `${budget.healthy} of ${budget.voters} voters healthy, quorum ${budget.quorum}: ${Math.max(0, spare)} may fail`,
        remedyForTolerance(survey, budget.voters),
      );
    },
  },
  {
    name: 'autopilot leaves membership alone',
    subject: 'autopilot',
    run: ({ facts, servers }) => {
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
function remedyForTolerance({ cluster, old }: Survey, voters: number): string {
  const wanted = old?.desired ?? 0;
  if (wanted < 3) return 'run at least three servers: fewer cannot lose one';
  const state = `consul-roll status --cluster ${cluster} says how far that is`;
  return voters < wanted
    ? `wait until all ${wanted} servers of the group vote again: ${state}`
    : `wait until every voter is healthy, or heal them: ${state}`;
}

/** Nothing is wrong that anybody knows of; nothing is known to be right either. */
function notJudged({ cluster }: Survey): Failure {
  return fail(
    'the leader was only just elected, and has not said yet who is healthy',
    `wait some seconds, until it has: consul-roll status --cluster ${cluster} says so`,
  );
}

/** Every Consul says that it would move votes by itself; only Enterprise, `1.20.2+ent`, does. */
function runsEnterprise({ agent }: Server): boolean {
  return agent.kind === 'up' && /\+ent\b/.test(agent.version);
}

function allAnswer(survey: Survey): Failure | undefined {
  const servers = serversOf(survey, 'old');
  const silent = servers.filter((server) => server.agent.kind === 'down');
  const [first] = silent;
  if (first === undefined) return undefined;
  const detail = first.agent.kind === 'down' ? first.agent.detail : '';
  return fail(
    `no answer from ${names(silent)}: ${detail}`,
    silent.length < servers.length
      ? `wait until it is replaced or answers again: consul-roll status --cluster ${survey.cluster} says how far that is`
      : 'run from where the servers can be reached on their HTTP port (8500): inside the VPC or through a VPN; check the security group',
  );
}

function oneLeader(survey: Survey): Failure | undefined {
  // Servers that cannot be reached say nothing about the quorum.
  if (serversOf(survey, 'old').every((server) => server.agent.kind === 'down')) return undefined;
  const leadership = leadershipOf(survey.servers);
  switch (leadership.kind) {
    case 'agreed':
      return survey.raft === undefined
        ? fail('the leader does not say what its cluster is', 'check its log')
        : undefined;
    case 'stranger':
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

function names(servers: readonly { readonly instanceId: string }[]): string {
  return servers.map((server) => server.instanceId).join(', ');
}

function fail(saw: string, remedy: string): Failure {
  return { saw, remedy };
}
