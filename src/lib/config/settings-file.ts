import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { PHASES } from '../model/decision.js';
import { HOOK_POINTS, type Hook } from '../model/hook.js';
import { STRATEGIES } from '../model/intent.js';
import { LAUNCH_SOURCE_CHOICES } from '../model/plan.js';
import { OUTPUT_FORMATS, type SettingOrigin } from '../model/setting.js';
import { parseDurationMs } from './duration.js';
import type { ResolvedSettings, SettingsLayer } from './resolve-settings.js';
import { usageError } from './validation.js';
import {
  booleanSchema,
  durationRangeSchema,
  enumSchema,
  listSchema,
  mapSchema,
  type ParsedYaml,
  parseYaml,
  textSchema,
  wholeNumberSchema,
} from './yaml-file.js';

export const SETTINGS_FILE_NAME = 'consul-roll.yaml';

/**
 * The settings file of a folder: its own, or that of the nearest folder above it, up to the root of the repository,
 * the home folder or the root of the file system.
 *
 * @throws RollError `bad-usage` for one that a stranger may have put there: hooks in it are commands that will be run
 */
export function findSettingsFile(from: string, home: string): string | undefined {
  const path = join(from, SETTINGS_FILE_NAME);
  if (existsSync(path)) return assertTrusted(path);
  assertFileSpelling(from);
  const above = dirname(from);
  const isLast = existsSync(join(from, '.git')) || from === home || above === from;
  return isLast ? undefined : findSettingsFile(above, home);
}

/** Without this a file would be there and say nothing. */
function assertFileSpelling(folder: string): void {
  const other = join(folder, 'consul-roll.yml');
  if (!existsSync(other)) return;
  throw usageError(
    `${other} is not read: its name is not ${SETTINGS_FILE_NAME}.`,
    `call it ${SETTINGS_FILE_NAME}`,
  );
}

/** Anybody may write into a folder like /tmp, and whoever works below it must not run their hooks. */
function assertTrusted(path: string): string {
  const me = process.getuid?.();
  const owner = statSync(path).uid;
  if (me === undefined || owner === me || owner === 0) return path;
  if (me === 0 && !isWorldWritable(dirname(path))) return path;
  throw usageError(
    `${path} belongs to another user, and may name commands to run.`,
    `read it, then name it with --config ${path}, or start from a folder of your own`,
  );
}

function isWorldWritable(folder: string): boolean {
  return (statSync(folder).mode & WORLD_WRITE_BIT) !== 0;
}

const WORLD_WRITE_BIT = 0o002;

/** What a settings file says. */
export interface SettingsFile {
  /** For every cluster. */
  readonly general: SettingsLayer;
  /** For one cluster alone; nothing where the file does not know it. */
  cluster(name: string): SettingsLayer;
}

/** Words in the names of things that must not lie about in a file. */
const SECRET_KEY_PATTERN = /token|secret|password|passphrase|credential|access-?_?key|webhook-?_?url/i;

/**
 * The settings of a file; paths in it are seen from its folder.
 *
 * @param path of the file, absolute
 * @param name of the file, for what is said about it
 * @throws RollError `settings-file-wrong`, exit 2, with every mistake by its line, column and key
 */
export function parseSettingsFile(text: string, path: string, name: string): SettingsFile {
  const facts = { name, code: 'settings-file-wrong', doc: 'docs/settings.md', getAdvice: getSecretAdvice };
  const read = parseYaml(text, settingsSchema, facts);
  const { clusters, ...general } = read.value;
  const byCluster = new Map(Object.entries(clusters));
  return {
    general: buildLayer(general, [], read, path),
    cluster: (cluster) => buildLayer(byCluster.get(cluster) ?? {}, ['clusters', cluster], read, path),
  };
}

function buildLayer(
  written: Readonly<Record<string, unknown>>,
  at: readonly string[],
  read: ParsedYaml<typeof settingsSchema>,
  path: string,
): SettingsLayer {
  const values: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const [key, value] of Object.entries(written)) {
    const name = RENAMED_SETTINGS[key] ?? key;
    if (name !== key && name in written) continue;
    values[name] = isPathSetting(name) ? resolve(dirname(path), String(value)) : value;
    origins[name] = {
      kind: 'file',
      file: path,
      line: read.findPosition([...at, key]).line,
      cluster: at.at(-1),
    };
  }
  return { values, origins };
}

function isPathSetting(name: string): boolean {
  return PATH_SETTINGS.some((known: SettingName) => known === name);
}

/** What to do with a secret that somebody has written down. */
function getSecretAdvice(key: string): string | undefined {
  if (!SECRET_KEY_PATTERN.test(key)) return undefined;
  if (/token/i.test(key)) {
    return 'no token in a file that is shared; name a file of its own in the environment: CONSUL_HTTP_TOKEN_FILE';
  }
  return 'no secret in a file that is shared; docs/settings.md tells where each one goes';
}

/** The hooks that are set, to be run in the folder of the file that names them. */
export function listHooks({ layer, file }: ResolvedSettings): readonly Hook[] {
  const folder = file === undefined ? '.' : dirname(file);
  return (layer.values.hooks ?? []).map(({ on, run, phases, timeout, 'on-failure': onFailure }) => ({
    on,
    run,
    phases,
    onFailure,
    timeoutMs: parseDurationMs(timeout) ?? 0,
    folder,
  }));
}

const hookSchema = mapSchema({
  on: enumSchema(HOOK_POINTS).meta({ description: 'When it is run.' }),
  run: textSchema(/\S/, 'a command').meta({ description: 'For /bin/sh -c, in the folder of this file.' }),
  phases: listSchema(enumSchema(PHASES), 1, 'a list of phases')
    .optional()
    .meta({ description: 'In these phases alone; otherwise in every one.' }),
  'on-failure': enumSchema(['stop', 'warn'])
    .default('stop')
    .meta({ description: 'What its failure does: end the roll part-way, or no more than be told.' }),
  timeout: durationRangeSchema('1s', '1h')
    .default('1m')
    .meta({ description: 'How long it may take; then it has failed.' }),
});

const MAX_DURATION = '7d';
const pathSchema = textSchema(/./, 'a path');

/** What is set, for every cluster or for one. A key is the name of a flag, where there is such a flag. */
export const settingsShape = {
  group: textSchema(/./, 'the name of an Auto Scaling group')
    .optional()
    .meta({ description: 'The Auto Scaling group, where the name of the cluster fits several.' }),
  region: textSchema(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, for instance eu-west-1')
    .optional()
    .meta({ description: 'AWS region; otherwise the SDK’s own default (AWS_REGION, the profile).' }),
  'consul-port': wholeNumberSchema(1, 65_535, 'a port, from 1 to 65535')
    .optional()
    .meta({ description: 'Port of the HTTP API on the servers’ own addresses.' }),
  'snapshot-dir': pathSchema
    .optional()
    .meta({ description: 'Folder for the snapshot of the state taken before the first change.' }),
  strategy: enumSchema(STRATEGIES)
    .optional()
    .meta({ description: 'A new group beside the old one, or new servers in the group there is.' }),
  surge: wholeNumberSchema(1, Number.MAX_SAFE_INTEGER, 'a whole number, 1 or more')
    .optional()
    .meta({ description: 'How many servers there may be beyond the size of the cluster.' }),
  template: enumSchema(LAUNCH_SOURCE_CHOICES)
    .optional()
    .meta({ description: 'What the new group launches from.' }),
  'keep-old': booleanSchema()
    .optional()
    .meta({ description: 'Keep the old group, empty, and its launch configuration.' }),
  'health-timeout': durationRangeSchema('1ms', MAX_DURATION)
    .optional()
    .meta({ description: 'From the launch of a new server until it has passed every gate.' }),
  'drain-timeout': durationRangeSchema('1ms', MAX_DURATION)
    .optional()
    .meta({ description: 'For the load balancer to drain one server, beyond its own setting.' }),
  bake: durationRangeSchema('0s', MAX_DURATION)
    .optional()
    .meta({ description: 'How long the new cluster must stay healthy before the old group is deleted.' }),
  'success-threshold': wholeNumberSchema(1, 100, 'a whole number from 1 to 100')
    .optional()
    .meta({ description: 'Consecutive successful checks required for each gate.' }),
  interval: durationRangeSchema('10ms', '10m').optional().meta({ description: 'Time between two checks.' }),
  'lock-ttl': durationRangeSchema('1s', MAX_DURATION)
    .optional()
    .meta({ description: 'A lock that was not renewed for this long is free.' }),
  output: enumSchema(OUTPUT_FORMATS).optional().meta({ description: 'How a roll is told: docs/ci.md.' }),
  events: pathSchema
    .optional()
    .meta({ description: 'File that every event is appended to: docs/events.md.' }),
  report: pathSchema.optional().meta({ description: 'File for the page of a roll: docs/report.md.' }),
  'terraform-address': textSchema(/./, 'group=ADDRESS,template=ADDRESS')
    .optional()
    .meta({ description: 'Terraform’s addresses of the group and of what it launches from.' }),
  'terraform-state': pathSchema
    .optional()
    .meta({ description: 'A Terraform state to find those addresses in.' }),
  'write-import': pathSchema
    .optional()
    .meta({ description: 'File for Terraform’s import blocks, once the cluster is rolled.' }),
  'slack-webhook-url-file': pathSchema
    .optional()
    .meta({ description: 'File with the address of a Slack webhook, see docs/notifications.md.' }),
  'webhook-url-file': pathSchema
    .optional()
    .meta({ description: 'File with the address of a webhook of your own.' }),
  'webhook-secret-file': pathSchema
    .optional()
    .meta({ description: 'File with what its requests are signed with.' }),
  hooks: listSchema(hookSchema, 0, 'a list of hooks')
    .optional()
    .meta({ description: 'Commands run before and after phases and servers, see docs/hooks.md.' }),
};

/** Old names of settings, still accepted in a settings file and as variables. */
export const RENAMED_SETTINGS: Readonly<Record<string, SettingName>> = { looks: 'success-threshold' };

const fileShape = {
  ...settingsShape,
  looks: settingsShape['success-threshold'].meta({
    description: 'Old name of success-threshold.',
    deprecated: true,
  }),
};

/** These cannot be said in one line, and so have no variable. */
export const FILE_ONLY_SETTINGS: ReadonlySet<string> = new Set(['hooks']);

/** These are paths; in the file they are seen from the file. */
export const PATH_SETTINGS: readonly SettingName[] = [
  'snapshot-dir',
  'events',
  'report',
  'terraform-state',
  'write-import',
  'slack-webhook-url-file',
  'webhook-url-file',
  'webhook-secret-file',
];

const clusterNameSchema = textSchema(/./, 'the name of a cluster');

/** `consul-roll.yaml`. */
export const settingsSchema = mapSchema({
  cluster: clusterNameSchema
    .optional()
    .meta({ description: 'The cluster that is meant where none is named.' }),
  ...fileShape,
  clusters: z
    .record(clusterNameSchema, mapSchema(fileShape), { error: 'settings by the name of a cluster' })
    .default({})
    .meta({ description: 'For one cluster alone, by its name: any of the keys above but cluster.' }),
});

const allSettingsSchema = z.strictObject({ cluster: clusterNameSchema.optional(), ...settingsShape });

/** What may be set, by name. */
export type SettingValues = z.infer<typeof allSettingsSchema>;
export type SettingName = keyof SettingValues;

/** The schema of every setting, by name. */
export const SETTING_SCHEMAS: Readonly<Record<SettingName, z.ZodType>> = allSettingsSchema.shape;
