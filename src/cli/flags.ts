import { Flags, type Interfaces } from '@oclif/core';
import type { SettingsLayer } from '../lib/config/resolve-settings.js';
import { STRATEGIES, type Strategy } from '../lib/model/intent.js';
import { LAUNCH_SOURCE_CHOICES } from '../lib/model/plan.js';
import { OUTPUT_FORMATS } from '../lib/model/setting.js';

/** Which cluster. */
export const clusterFlags = {
  cluster: Flags.string({
    summary: "The cluster: its Auto Scaling group's name, or the value of the group's Name tag.",
    required: true,
    env: 'CONSUL_ROLL_CLUSTER',
  }),
  group: Flags.string({ summary: 'The Auto Scaling group, where the name of the cluster fits several.' }),
};

/** How to reach AWS and Consul, besides what the environment says. */
export const connectionFlags = {
  region: Flags.string({ summary: "AWS region; otherwise the SDK's own default (AWS_REGION, the profile)." }),
  'consul-port': Flags.integer({
    summary:
      "Port of the HTTP API on the servers' own addresses; by default 8500, or that of an https:// CONSUL_HTTP_ADDR.",
    min: 1,
    max: 65_535,
  }),
  'snapshot-dir': Flags.directory({
    summary: 'Folder for the snapshot of the state taken before the first change.',
    default: '.consul-roll',
  }),
};

/** Limits of patience. */
export const limitFlags = {
  'health-timeout': Flags.string({
    summary: 'From the launch of a new server until it has passed every gate.',
    default: '10m',
  }),
  'drain-timeout': Flags.string({
    summary: 'For the load balancer to drain one server, beyond its own setting.',
    default: '5m',
  }),
  bake: Flags.string({
    summary: 'How long the new cluster must stay healthy before the old group is deleted.',
    default: '0s',
  }),
  looks: Flags.integer({
    summary: 'Looks in a row that every gate must pass.',
    default: 3,
    min: 1,
    max: 100,
  }),
  interval: Flags.string({ summary: 'Pause between two looks.', default: '5s' }),
};

/** How servers are replaced. */
export const surgeFlags = {
  strategy: Flags.custom<Strategy>({
    summary: 'A new group beside the old one, or new servers in the group there is, which keeps its name.',
    options: [...STRATEGIES],
    default: 'beside',
  })(),
  surge: Flags.integer({
    summary:
      'How many servers there may be beyond the size of the cluster; by default as many again, in place 1.',
    min: 1,
  }),
};

/** How much of the plan is shown. */
export const planFlags = {
  verbose: Flags.boolean({
    summary: 'Show every step of the plan, on a terminal too.',
    default: false,
  }),
};

/** What every command that rolls takes. */
export const rollingFlags = {
  yes: Flags.boolean({
    char: 'y',
    summary: 'Do not ask; needed where there is no terminal.',
    default: false,
  }),
  ...planFlags,
  'break-lock': Flags.boolean({
    summary: 'Take the lock from whoever holds it. Only when their process is dead for certain.',
    default: false,
  }),
  'lock-ttl': Flags.string({
    summary: 'A lock that was not renewed for this long is free.',
    default: '30s',
  }),
};

/** What is told while a roll goes on, and to whom. */
export const outputFlags = {
  output: Flags.option({
    summary:
      'How the roll is told: auto (live on a terminal, lines elsewhere), plain lines, ndjson (every event on standard output, the result last), or quiet (the result alone).',
    options: OUTPUT_FORMATS,
    default: 'auto',
  })(),
  events: Flags.string({
    summary: 'Append every event to this file, one JSON document a line (docs/events.md).',
  }),
  report: Flags.string({
    summary: 'Write the roll as one HTML page to this file when it ends, well or not (docs/report.md).',
  }),
};

/** The same for who watches a roll of somebody else's. */
export const watchFlags = {
  output: Flags.option({
    summary:
      'With --watch, how what is seen is told: auto (live on a terminal, lines elsewhere), plain lines, ndjson (every event on standard output), or quiet (how the roll ended, alone).',
    options: OUTPUT_FORMATS,
    default: 'auto',
  })(),
  events: Flags.string({
    summary:
      'With --watch, append what is seen of the roll to this file, one JSON document an event (docs/events.md).',
  }),
  report: Flags.string({
    summary:
      'With --watch, write what was seen of the roll as one HTML page to this file, once it has ended (docs/report.md).',
  }),
};

/** What to roll onto, and how. */
export const orderFlags = {
  ami: Flags.string({ summary: 'The image to roll onto: ami-...', required: true }),
  ...surgeFlags,
  ...limitFlags,
  'keep-old': Flags.boolean({
    summary: 'Keep the old group, empty, and its launch configuration.',
    default: false,
    allowNo: true,
  }),
  template: Flags.option({
    summary:
      'What the new group launches from: auto keeps the kind the group is on; the others convert a launch configuration into a launch template, or back.',
    options: LAUNCH_SOURCE_CHOICES,
    default: 'auto',
  })(),
};

/** The value of an option on a command line that is not parsed yet; of several the last. */
export function findOption(argv: readonly string[], name: string): string | undefined {
  const flag = `--${name}`;
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const at = own.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = own[at];
  return word === flag ? own[at + 1] : word?.slice(flag.length + 1);
}

/**
 * The flags of a command, with what is set elsewhere in place of their own defaults. The environment is among that
 * already, so it is not for the parser to ask.
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
