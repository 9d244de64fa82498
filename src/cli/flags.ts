import { Flags, type Interfaces } from '@oclif/core';
import type { SettingsLayer } from '../lib/config/settings-layer.js';
import { usageError } from '../lib/config/validation.js';
import { findNameFlaw } from '../lib/model/cluster-name.js';
import { PAUSE_POINTS, type PausePoint, STRATEGIES, type StrategyName } from '../lib/model/intent.js';
import { LAUNCH_SOURCE_CHOICES } from '../lib/model/plan.js';
import { OUTPUT_FORMATS } from '../lib/model/setting.js';

/**
 * The value of `--cluster`.
 *
 * @throws RollError `bad-usage` for a text that cannot be a name
 */
export async function parseClusterName(name: string): Promise<string> {
  const flaw = findNameFlaw(name);
  if (flaw === undefined) return name;
  throw usageError(`The name of the cluster ${flaw}.`, 'check --cluster, CONSUL_ROLL_CLUSTER and consul-roll.yaml');
}

/** Names the cluster. */
export const clusterFlags = {
  cluster: Flags.string({
    summary: "Cluster: the name of its Auto Scaling group, or the value of the group's Name tag.",
    required: true,
    env: 'CONSUL_ROLL_CLUSTER',
    parse: parseClusterName,
  }),
  group: Flags.string({ summary: 'Auto Scaling group, if several groups match the cluster name.' }),
};

/** How to reach AWS and Consul; environment variables set the rest. */
export const connectionFlags = {
  region: Flags.string({ summary: 'AWS region. Default: AWS_REGION, then the profile.' }),
  profile: Flags.string({ summary: 'AWS profile. Default: AWS_PROFILE.' }),
  'consul-port': Flags.integer({
    summary: 'Port of the Consul HTTP API on each server. Default: 8500, or the port in an https:// CONSUL_HTTP_ADDR.',
    min: 1,
    max: 65_535,
  }),
  'consul-timeout': Flags.string({
    summary:
      'Time limit for a Consul server to answer, 7 s more where the leader must: Consul holds a request that long without one.',
    default: '3s',
  }),
  'allow-plaintext-token': Flags.boolean({
    summary: 'Send the ACL token over plain HTTP too, where it can be read on the network.',
    default: false,
  }),
  'snapshot-dir': Flags.directory({
    summary:
      'Directory for the Consul snapshot taken before the first change. Default: $XDG_STATE_HOME/consul-roll/snapshots.',
  }),
};

/** How long to wait, and how often to check. */
export const limitFlags = {
  'health-timeout': Flags.string({
    summary: 'Time limit for a new server to pass every gate, from its launch.',
    default: '10m',
  }),
  'drain-timeout': Flags.string({
    summary: 'Time limit for one server to drain, added to the deregistration delay of the load balancer.',
    default: '5m',
  }),
  'leader-timeout': Flags.string({
    summary:
      'Time the cluster may be without an agreed leader before the roll stops. Default: 1m, more with a raft_multiplier above 5.',
  }),
  'leave-timeout': Flags.string({
    summary:
      'Time limit for a server to leave Raft, and again for its agent to stop. Default: 1m, or --leader-timeout if that is longer.',
  }),
  'aws-timeout': Flags.string({
    summary:
      'Time limit for AWS to finish a termination or a deletion, and for AWS to be readable again. Default: 10m.',
  }),
  bake: Flags.string({
    summary: 'Time the new cluster must stay healthy before the old group is deleted.',
    default: '0s',
  }),
  'success-threshold': Flags.integer({
    summary: 'Consecutive successful checks required for each gate. A roll requires at least 2.',
    default: 3,
    min: 1,
    max: 100,
    aliases: ['looks'],
  }),
  interval: Flags.string({ summary: 'Time between two checks.', default: '5s' }),
};

/** How servers are replaced. */
export const surgeFlags = {
  strategy: Flags.custom<StrategyName>({
    summary: 'beside: create a new group and delete the old one. in-place: replace the servers of the existing group.',
    options: [...STRATEGIES],
    default: 'beside',
  })(),
  surge: Flags.integer({
    summary:
      'Servers to run beyond the size of the cluster. Default: the size of the cluster, or 1 with --strategy in-place.',
    min: 1,
  }),
};

/** How much of the plan to show. */
export const planFlags = {
  verbose: Flags.boolean({
    summary: 'Show every step of the plan. Default on a terminal: one line per phase.',
    default: false,
  }),
};

/** Options of every command that changes a cluster. */
export const rollingFlags = {
  yes: Flags.boolean({ char: 'y', summary: 'Skip the confirmation prompt (required without a TTY).', default: false }),
  ...planFlags,
  'force-unlock': Flags.boolean({
    summary: "Force-release another run's lock. Use only if that process has exited.",
    default: false,
    aliases: ['break-lock'],
  }),
  'lock-ttl': Flags.string({ summary: 'The lock expires if the run does not renew it for this long.', default: '30s' }),
};

/** Output of a roll. */
export const outputFlags = {
  output: Flags.option({
    summary:
      'Output format: auto (a live view on a terminal, else lines), plain (lines), ndjson (events on standard output, the result last), quiet (the result only).',
    options: OUTPUT_FORMATS,
    default: 'auto',
  })(),
  events: Flags.string({ summary: 'Append every event to this file, one JSON document per line (docs/events.md).' }),
  report: Flags.string({
    summary: 'Write an HTML report of the roll to this file when it ends, in success or failure (docs/report.md).',
  }),
};

/** Of the commands that roll a cluster. */
export const logFlags = {
  'log-file': Flags.string({
    summary: 'Append the plain log to this file too, beside the live view. Only its owner can read it.',
  }),
};

/** Of the commands whose new servers must pass gates. */
export const gateFlags = {
  gate: Flags.string({
    summary:
      'Command for /bin/sh -c that must succeed for every new server before it counts as ready; tried again until --health-timeout (docs/hooks.md). The same as a hook on gate in the settings file.',
    parse: async (command) => {
      if (command.trim() === '')
        throw usageError('--gate has no command.', 'name the command, for instance --gate ./check.sh');
      return command;
    },
  }),
};

/** Flags of every command that continues a roll or rolls it back. */
export const existingRollFlags = {
  ...clusterFlags,
  roll: Flags.string({
    summary: 'Id of the roll that is meant, as status shows it: the command refuses any other. Required with --yes.',
  }),
  ...limitFlags,
  ...connectionFlags,
  ...rollingFlags,
  ...outputFlags,
  ...logFlags,
};

/** Output of `status --watch`, which follows the roll of another process. */
export const watchFlags = {
  output: Flags.option({
    summary:
      'Output format with --watch: auto (a live view on a terminal, else lines), plain (lines), ndjson (events on standard output), quiet (the outcome only).',
    options: OUTPUT_FORMATS,
    default: 'auto',
  })(),
  events: Flags.string({
    summary: 'With --watch, append every observed event to this file, one JSON document per line (docs/events.md).',
  }),
  report: Flags.string({
    summary: 'With --watch, write an HTML report of the roll to this file when it ends (docs/report.md).',
  }),
};

const imageOwnerFlag = {
  'ami-owner': Flags.string({
    summary:
      'Owner of the images that --ami name:PATTERN finds: self or an account. Anyone may publish an image of any name.',
    default: 'self',
  }),
};

/** The target image, and how to reach it. */
export const orderFlags = {
  ami: Flags.string({
    summary:
      'Target image: an id (ami-...), resolve:ssm:PARAMETER for the id that a parameter holds, or name:PATTERN for the newest image of that name.',
    required: true,
  }),
  ...imageOwnerFlag,
  ...surgeFlags,
  ...limitFlags,
  'keep-old': Flags.boolean({
    summary: 'Keep the old group, empty and with its processes suspended, and its launch source.',
    default: false,
    allowNo: true,
  }),
  'launch-source': Flags.option({
    summary:
      'Launch source of the new group: auto keeps the kind the old group uses; the others convert a launch configuration to a launch template, or the reverse.',
    options: LAUNCH_SOURCE_CHOICES,
    default: 'auto',
    aliases: ['template'],
  })(),
};

/** A stop for an operator. */
export const pauseFlags = {
  'pause-after': Flags.custom<PausePoint>({
    summary:
      'Stop after this phase (exit 130) for a decision: canary, or grow (all new servers, before an old one leaves). resume continues, rollback undoes.',
    options: [...PAUSE_POINTS],
  })(),
};

/** What must be allowed for each roll, and has no setting. */
export const permissionFlags = {
  'skip-canary': Flags.boolean({
    summary:
      'For an image that was proved elsewhere: launch as many servers first as may die, not one alone. Every gate stays. Refused where the boot script is not known to found no cluster.',
    default: false,
  }),
  'allow-weaker-security': Flags.boolean({
    summary:
      'Roll also where new servers have ACLs, TLS verification or gossip encryption off and the old ones have it on.',
    default: false,
  }),
};

/** The value of an option on a command line that is not parsed yet. If it occurs more than once, the last one. */
export function findOption(argv: readonly string[], name: string): string | undefined {
  const flag = `--${name}`;
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const at = own.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = own[at];
  return word === flag ? own[at + 1] : word?.slice(flag.length + 1);
}

/**
 * Flags whose defaults are the values set in the environment or the settings file. `layer` includes the environment,
 * so the parser must not read it again.
 */
export function applySettingDefaults<Values extends Record<string, unknown>>(
  flags: Interfaces.FlagInput<Values>,
  { values }: SettingsLayer,
): Interfaces.FlagInput<Values> {
  const set = new Map<string, unknown>(Object.entries(values));
  const settled = Object.entries<object>(flags).map(([name, flag]) => {
    const plain = { ...flag, env: undefined };
    return [name, set.has(name) ? { ...plain, default: set.get(name) } : plain];
  });
  return Object.fromEntries(settled);
}
