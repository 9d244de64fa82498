import { gt, parse } from 'semver';
import type { DoctorInput, Member } from '../../model/doctor.js';
import { parseHost } from '../../model/server.js';
import { type DoctorCheck, fail, pass, warn } from './examine.js';

/** The checks of the cluster beyond its servers' health: autopilot, gossip, clients, the way back. */
export const clusterDoctorChecks: readonly DoctorCheck[] = [
  {
    name: 'autopilot lets new servers vote in time',
    onlyBeforeRoll: true,
    about:
      'server_stabilization_time is how long a new server must be healthy before it votes; min_quorum keeps dead ones.',
    run: ({ observation, intent }, { healthTimeoutMs }) => {
      const settings = observation.preflightFacts?.autopilot;
      if (settings === undefined)
        return warn('the leader does not say', 'ask: consul operator autopilot get-config');
      const { serverStabilizationMs, minQuorum, cleanupDeadServers } = settings;
      const seconds = `stabilization ${serverStabilizationMs / 1000} s`;
      if (serverStabilizationMs >= healthTimeoutMs) {
        return fail(
          seconds,
          'lower it (consul operator autopilot set-config), or give a longer --health-timeout',
        );
      }
      if (minQuorum > intent.size) {
        return warn(
          `min_quorum is ${minQuorum}, the cluster has ${intent.size}`,
          'lower it: autopilot would never clean up a dead server',
        );
      }
      return cleanupDeadServers
        ? pass(`${seconds}, dead servers are cleaned up`)
        : warn(
            `${seconds}, but dead servers are not cleaned up`,
            'turn it on: consul operator autopilot set-config -cleanup-dead-servers=true; until then a server that dies stays in Raft',
          );
    },
  },
  {
    name: 'autopilot upgrades nothing by itself',
    onlyBeforeRoll: true,
    about:
      'Enterprise moves the votes to servers of a newer version by itself, unless DisableUpgradeMigration is on.',
    run: ({ observation }) => {
      const enterprise = observation.servers.some(
        ({ agent }) => agent.kind === 'up' && agent.version.includes('+ent'),
      );
      if (!enterprise) return pass('not Enterprise');
      return observation.preflightFacts?.autopilot?.upgradeMigrationDisabled
        ? pass('DisableUpgradeMigration is on')
        : warn(
            'DisableUpgradeMigration is off: new servers get no vote until there are as many as old ones',
            'turn it on for the roll: consul operator autopilot set-config -disable-upgrade-migration=true',
          );
    },
  },
  {
    name: 'no ghost members',
    about:
      'A server that died stays in gossip for 72 h; one that comes back at that address is taken for it.',
    run: ({ members }) => {
      if (members === undefined) return warnNoLeader();
      const dead = members.filter(({ server, status }) => server && status === 'failed');
      return dead.length === 0
        ? pass('no dead server in gossip')
        : warn(`failed: ${formatMembers(dead)}`, 'forget them: consul force-leave -prune NODE');
    },
  },
  {
    name: 'member list is whole',
    about: 'Without node:read Consul silently leaves members out of the list, and ghosts with them.',
    run: ({ members, observation }) => {
      if (members === undefined || observation.raft === undefined) return warnNoLeader();
      const known = new Set(members.map(({ address }) => address));
      const hidden = observation.raft.peers.filter(({ address }) => !known.has(parseHost(address)));
      return hidden.length === 0
        ? pass(`${members.length} members`)
        : warn(
            `${hidden.map(({ node }) => node).join(', ')} in Raft, but not in the list`,
            'give the token node:read for every node, or find out why gossip does not know them',
          );
    },
  },
  {
    name: 'client agents will find the new servers',
    about:
      'Client agents learn of servers by gossip. One that is down through the whole roll comes back only if its retry_join finds new servers; that setting cannot be seen from here.',
    run: ({ members, observation }) => {
      if (members === undefined) return warnNoLeader();
      const clients = members.filter(({ server }) => !server);
      const down = clients.filter(({ status }) => status === 'failed');
      if (down.length > 0) {
        return warn(
          `${down.length} of ${clients.length} client agents are down: ${formatMembers(down)}`,
          'start them before the roll, or have their retry_join find servers by a tag',
        );
      }
      const newer = clients.filter((client) => isNewer(client, observation));
      if (newer.length > 0) {
        return warn(`newer than the servers: ${formatMembers(newer)}`, 'upgrade servers before clients');
      }
      const versions = [...new Set(clients.map(({ version }) => version))].join(', ');
      return pass(clients.length === 0 ? 'no client agents' : `${clients.length} up, version ${versions}`);
    },
  },
  {
    name: 'snapshot can be taken',
    about: 'A roll takes a snapshot before its first change; here one is taken, verified and thrown away.',
    run: ({ snapshot }) => {
      if (snapshot === undefined) return warnNoLeader();
      return snapshot.kind === 'taken'
        ? pass(`${snapshot.bytes} bytes, verified`)
        : fail(snapshot.why, snapshot.remedy);
    },
  },
  {
    name: 'token is not sent in clear',
    about: 'Without TLS, whoever listens in the network reads the ACL token.',
    run: (input) => {
      if (input.encrypted) return pass('TLS');
      return areAclsOff(input)
        ? pass('plain HTTP, and no ACLs')
        : warn('plain HTTP', 'set CONSUL_HTTP_SSL=true and CONSUL_CACERT, where the servers speak TLS');
    },
  },
];

/** The rules of the ACL system, a line each; one line where there are none. */
export function buildAclChecks(input: DoctorInput): readonly DoctorCheck[] {
  const about = 'What the token must be allowed, proved by requests that do nothing.';
  if (areAclsOff(input)) return [{ name: 'ACL rights', about, run: () => pass('ACLs are off') }];
  return input.aclPermissions.map(({ rule, purpose, isGranted: held, why }) => ({
    name: `ACL ${rule}`,
    about,
    run: () => {
      if (held === undefined)
        return warn(`not known: ${why}`, `see that the token has ${rule}, for ${purpose}`);
      return held
        ? pass(purpose)
        : fail(
            `the token lacks it, for ${purpose}`,
            `give the token in CONSUL_HTTP_TOKEN a policy with ${rule}`,
          );
    },
  }));
}

function areAclsOff({ settings }: DoctorInput): boolean {
  const said = Object.values(settings).flatMap(({ aclsEnabled }) => aclsEnabled ?? []);
  return said.length > 0 && said.every((enabled) => !enabled);
}

function isNewer({ version }: Member, { servers }: DoctorInput['observation']): boolean {
  const own = parse(version);
  const theirs = servers.flatMap(({ agent }) => (agent.kind === 'up' ? (parse(agent.version) ?? []) : []));
  return own !== null && theirs.length > 0 && theirs.every((one) => gt(own, one));
}

function formatMembers(members: readonly Member[]): string {
  const names = members.map(({ name }) => name);
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}

function warnNoLeader() {
  return warn('not known: no server leads', 'ask again once there is a leader');
}
