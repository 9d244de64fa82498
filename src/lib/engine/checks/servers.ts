import { gte, lt, major, minor, parse } from 'semver';
import { type DoctorInput, OTHER_SERVERS, type ServerSettings } from '../../model/doctor.js';
import { findLeaveTimeoutMs } from '../../model/limits.js';
import { type Check, type CheckOutcome, defineDoctorCheck, fail, pass, skip, unknown, warn } from './check.js';

/** Consul's default is 5 s. Each server takes this long to leave. */
const LONG_DRAIN_MS = 15_000;
/** Consul supports upgrades over at most two major versions; those are the second number. */
const MAX_VERSION_STEPS = 2;
const RAFT_PROTOCOL = 3;

const unreadable = unknown('no server reports it', 'check the configuration of the servers');

/** Checks of the settings and versions of the servers. */
export const serverChecks: readonly Check[] = [
  defineDoctorCheck({
    id: 'no-leave-on-stop',
    subject: 'leave settings',
    about:
      'leave_on_terminate and skip_leave_on_interrupt: a server that leaves whenever it is stopped gives up its vote, and several stopped at once lose the quorum.',
    run: (input) => {
      const eager = listInstancesWhere(
        input,
        ({ leaveOnTerminate, skipLeaveOnInterrupt }) => leaveOnTerminate || skipLeaveOnInterrupt === false,
      );
      if (eager.length > 0) return warn(`${eager.join(', ')} leave when stopped`);
      return passIfReported(input, 'leaveOnTerminate', 'leave_on_terminate is off');
    },
    remedy:
      'set leave_on_terminate = false and skip_leave_on_interrupt = true in the new image: the roll asks each server to leave',
  }),
  defineDoctorCheck({
    id: 'leave-drain-short',
    subject: 'leave_drain_time',
    about: 'How long a server waits before it shuts down: the roll waits that long for every old server.',
    run: (input) => {
      const drains = listSettings(input).map(([, { leaveDrainMs }]) => leaveDrainMs ?? 0);
      const longestMs = Math.max(0, ...drains);
      const seconds = `${longestMs / 1000} s`;
      if (longestMs >= findLeaveTimeoutMs(input)) return fail(seconds, 'times-out');
      if (longestMs > LONG_DRAIN_MS) return warn(seconds, 'long');
      return passIfReported(input, 'leaveDrainMs', seconds);
    },
    remedy: (cause, input) =>
      cause === 'times-out'
        ? `set leave_drain_time = "5s", or give --leave-timeout: a leave may take ${findLeaveTimeoutMs(input) / 1000} s in all`
        : 'set leave_drain_time = "5s", unless clients need more',
  }),
  defineDoctorCheck({
    id: 'raft-protocol-3',
    subject: 'Raft protocol',
    about:
      'With an older protocol Raft identifies servers by address and not by id, and Consul 1.9 and later do not support it.',
    run: ({ raftProtocols }) => {
      if (raftProtocols.length === 0) return unreadable;
      const old = raftProtocols.filter(({ version }) => Number(version) < RAFT_PROTOCOL);
      return old.length === 0
        ? pass(`3 on all ${raftProtocols.length}`)
        : fail(`not 3 on ${old.map(({ node, version }) => `${node} (${version || 'none'})`).join(', ')}`);
    },
    remedy: 'set raft_protocol = 3 on every server and restart them one at a time before the roll',
  }),
  defineDoctorCheck({
    id: 'single-consul-version',
    subject: 'Consul version',
    onlyBeforeRoll: true,
    about: 'Servers of several versions mean that an earlier upgrade is not finished.',
    run: ({ observation }) => {
      const versions = listVersions(observation);
      if (versions.length === 0) return unreadable;
      return versions.length === 1 ? pass(versions.join()) : warn(versions.join(' and '));
    },
    remedy: 'bring the servers to one version, or roll onto the newest of them',
  }),
  defineDoctorCheck({
    id: 'image-version-supported',
    subject: 'Consul upgrade',
    onlyBeforeRoll: true,
    about:
      'Consul can be upgraded by at most two major versions, and never downgraded. Before it has booted, only the name of an image can tell its version; the canary proves it.',
    run: ({ observation }) => {
      const running = parse(listVersions(observation)[0]);
      const named = parse(/\d+\.\d+\.\d+/.exec(observation.preflightFacts?.image?.name ?? '')?.[0]);
      if (running === null || named === null) {
        return skip('the image name contains no Consul version; the canary shows it');
      }
      const step = `${running.version} to ${named.version}, by the name of the image`;
      if (lt(named, running)) return warn(step, 'downgrade');
      const far = major(named) > major(running) || minor(named) - minor(running) > MAX_VERSION_STEPS;
      return far ? warn(step, 'far') : pass(step);
    },
    remedy: (cause) =>
      cause === 'downgrade'
        ? 'an older Consul cannot read what a newer one has logged: roll onto an image at least as new'
        : 'roll to a version in between first: at most two major versions at once',
  }),
  defineDoctorCheck({
    id: 'retry-join-finds-new-servers',
    subject: 'retry_join',
    about:
      'Fixed addresses are those of servers that will leave; a tag (provider=aws) or a DNS name finds the new ones too.',
    run: (input) => {
      const fixed = listInstancesWhere(
        input,
        ({ retryJoin = [] }) => retryJoin.length > 0 && retryJoin.every((one) => /^[\d.:[\]a-f]+$/i.test(one)),
      );
      if (fixed.length > 0) return warn(`only fixed addresses on ${fixed.join(', ')}`);
      const [, first] = listSettings(input)[0] ?? [];
      if (first?.retryJoin === undefined) return unreadable;
      return first.retryJoin.length === 0
        ? skip('not set: how the servers find each other is unknown')
        : pass(first.retryJoin.join(', '));
    },
    remedy: 'give the new image and the client agents retry_join = ["provider=aws tag_key=... tag_value=..."]',
  }),
  defineDoctorCheck({
    id: 'no-other-servers',
    subject: 'machines',
    about:
      'Servers of Nomad (port 4647) or Vault (8201) on the same machines leave with them: each has a quorum of its own, which a roll does not know.',
    run: ({ otherServers }) => {
      const found = OTHER_SERVERS.flatMap((name) => {
        const count = Object.values(otherServers).filter((names) => names.includes(name)).length;
        return count === 0 ? [] : `${name} on ${count} of ${Object.keys(otherServers).length}`;
      });
      return found.length === 0 ? pass('no Nomad or Vault server') : warn(found.join(', '));
    },
    remedy: 'have hooks take them out before each server leaves, and wait for the new ones: docs/hooks.md',
  }),
];

/** Newest first. */
function listVersions({ servers }: DoctorInput['observation']): string[] {
  const versions = servers.flatMap(({ agent }) => (agent.kind === 'up' ? agent.version : []));
  return [...new Set(versions)].sort((a, b) => {
    const [left, right] = [parse(a), parse(b)];
    return left && right && gte(left, right) ? -1 : 1;
  });
}

function listSettings({ settings }: DoctorInput): [string, ServerSettings][] {
  return Object.entries(settings);
}

function listInstancesWhere(input: DoctorInput, is: (settings: ServerSettings) => boolean | undefined): string[] {
  return listSettings(input)
    .filter(([, settings]) => is(settings))
    .map(([instanceId]) => instanceId);
}

function passIfReported(input: DoctorInput, setting: keyof ServerSettings, observed: string): CheckOutcome<never> {
  const reported = listSettings(input).some(([, settings]) => settings[setting] !== undefined);
  return reported ? pass(observed) : unreadable;
}
