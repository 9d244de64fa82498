import { gte, lt, major, minor, parse } from 'semver';
import type { DoctorInput, ServerSettings } from '../../model/doctor.js';
import { type CheckOutcome, type DoctorCheck, fail, pass, skip, warn } from './examine.js';

/** Consul's own default is 5 s; a leave that takes much longer makes every step of the drain as long. */
const LONG_DRAIN_MS = 15_000;
/** Consul supports upgrades over at most two major versions, which are the second number. */
const MAX_METADATA_HOPS = 2;
const RAFT_PROTOCOL = 3;

/** The checks of what the servers are set to and which versions they run. */
export const serverDoctorChecks: readonly DoctorCheck[] = [
  {
    name: 'servers leave when asked to, only',
    about:
      'leave_on_terminate and skip_leave_on_interrupt: a server that leaves whenever it is stopped takes its vote along, and several stopped at once take the quorum.',
    run: (input) => {
      const eager = instancesWhere(
        input,
        (one) => one.leaveOnTerminate || one.skipLeaveOnInterrupt === false,
      );
      if (eager.length > 0) {
        return warn(
          `${eager.join(', ')} leave when stopped`,
          'set leave_on_terminate = false and skip_leave_on_interrupt = true in the new image: the roll has each server leave by itself',
        );
      }
      return reportSettings(input, ({ leaveOnTerminate }) => leaveOnTerminate, 'leave_on_terminate is off');
    },
  },
  {
    name: 'leaving is quick',
    about: 'leave_drain_time is how long a server waits before it shuts down, once for every old server.',
    run: (input, { leaveTimeoutMs }) => {
      const longestMs = Math.max(0, ...listSettings(input).map(([, { leaveDrainMs }]) => leaveDrainMs ?? 0));
      const seconds = `leave_drain_time is ${longestMs / 1000} s`;
      if (longestMs >= leaveTimeoutMs) {
        return fail(
          seconds,
          `set leave_drain_time = "5s": a leave may take ${leaveTimeoutMs / 1000} s in all`,
        );
      }
      if (longestMs > LONG_DRAIN_MS)
        return warn(seconds, 'set leave_drain_time = "5s", unless clients need more');
      return reportSettings(input, ({ leaveDrainMs }) => leaveDrainMs, seconds);
    },
  },
  {
    name: 'raft protocol is 3',
    about:
      'With an older protocol Raft knows servers by address and not by id, and Consul 1.9 and later do not speak it.',
    run: ({ raftProtocols }) => {
      if (raftProtocols.length === 0) return warnUnreadable();
      const old = raftProtocols.filter(({ version }) => Number(version) < RAFT_PROTOCOL);
      return old.length === 0
        ? pass(`on all ${raftProtocols.length}`)
        : fail(
            `not on ${old.map(({ node, version }) => `${node} (${version || 'none'})`).join(', ')}`,
            'set raft_protocol = 3 on every server and restart them one by one before',
          );
    },
  },
  {
    name: 'servers run one version',
    onlyBeforeRoll: true,
    about: 'Servers of several versions mean that an earlier upgrade is not finished.',
    run: ({ observation }) => {
      const versions = listVersions(observation);
      if (versions.length === 0) return warnUnreadable();
      return versions.length === 1
        ? pass(versions.join())
        : warn(
            `${versions.join(' and ')}`,
            'bring the servers onto one version, or roll onto the newest of them',
          );
    },
  },
  {
    name: 'version of the image is in reach',
    onlyBeforeRoll: true,
    about:
      'Consul can be upgraded over two major versions at most, and never downgraded. Only the name of an image can tell its version before it has booted; the canary proves it.',
    run: ({ observation }) => {
      const running = parse(listVersions(observation)[0]);
      const named = parse(/\d+\.\d+\.\d+/.exec(observation.preflightFacts?.image?.name ?? '')?.[0]);
      if (running === null || named === null)
        return skip('the name of the image does not tell; the canary will');
      const hop = `${running.version} to ${named.version}, by the name of the image`;
      if (lt(named, running))
        return warn(hop, 'an older Consul cannot read what a newer one has logged: roll onto one as new');
      const far = major(named) > major(running) || minor(named) - minor(running) > MAX_METADATA_HOPS;
      return far ? warn(hop, 'go by way of a version in between: at most two at once') : pass(hop);
    },
  },
  {
    name: 'servers find others by more than addresses',
    about:
      'retry_join with fixed addresses knows only servers that are about to go; a tag (provider=aws) or a name finds the new ones too.',
    run: (input) => {
      const fixed = instancesWhere(
        input,
        ({ retryJoin = [] }) =>
          retryJoin.length > 0 && retryJoin.every((one) => /^[\d.:[\]a-f]+$/i.test(one)),
      );
      if (fixed.length > 0) {
        return warn(
          `retry_join of ${fixed.join(', ')} names addresses only`,
          'give the new image and the client agents retry_join = ["provider=aws tag_key=... tag_value=..."]',
        );
      }
      const [, first] = listSettings(input)[0] ?? [];
      if (first?.retryJoin === undefined) return warnUnreadable();
      return first.retryJoin.length === 0
        ? skip('retry_join is not set, so how they find each other cannot be told from here')
        : pass(first.retryJoin.join(', '));
    },
  },
];

function listVersions(observation: DoctorInput['observation']): string[] {
  const said = observation.servers.flatMap(({ agent }) => (agent.kind === 'up' ? agent.version : []));
  return [...new Set(said)].sort((a, b) => {
    const [left, right] = [parse(a), parse(b)];
    return left && right && gte(left, right) ? -1 : 1;
  });
}

function listSettings({ settings }: DoctorInput): [string, ServerSettings][] {
  return Object.entries(settings);
}

function instancesWhere(input: DoctorInput, is: (settings: ServerSettings) => boolean | undefined): string[] {
  return listSettings(input)
    .filter(([, settings]) => is(settings))
    .map(([instanceId]) => instanceId);
}

/** Passes, unless no server shows that setting. */
function reportSettings(
  input: DoctorInput,
  of: (settings: ServerSettings) => unknown,
  saw: string,
): CheckOutcome {
  return listSettings(input).some(([, settings]) => of(settings) !== undefined)
    ? pass(saw)
    : warnUnreadable();
}

function warnUnreadable(): CheckOutcome {
  return warn('not known: no server shows it', 'look at the configuration of the servers');
}
