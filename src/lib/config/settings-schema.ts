import * as z from 'zod';
import { findNameFlaw } from '../model/cluster-name.js';
import { PHASES } from '../model/decision.js';
import { HOOK_POINTS } from '../model/hook.js';
import { PAUSE_POINTS, STRATEGIES } from '../model/intent.js';
import { LAUNCH_SOURCE_CHOICES } from '../model/plan.js';
import { OUTPUT_FORMATS } from '../model/setting.js';
import {
  booleanSchema,
  durationRangeSchema,
  enumSchema,
  listSchema,
  mapSchema,
  textSchema,
  wholeNumberSchema,
} from './schema.js';

/** What the phase `rollback` was called; still accepted in a settings file. */
export const OLD_ROLLBACK_PHASE = 'back';

const hookSchema = mapSchema({
  on: enumSchema(HOOK_POINTS).describe('When it runs.'),
  run: textSchema(/\S/, 'a command').describe('Command for /bin/sh -c, run in the folder of this file.'),
  phases: listSchema(enumSchema([...PHASES, OLD_ROLLBACK_PHASE]), 1, 'a list of phases')
    .optional()
    .describe('Only in these phases; default: in every phase. `back` is the old name of `rollback`.'),
  'on-failure': enumSchema(['stop', 'warn'])
    .default('stop')
    .describe('Whether a failure stops the roll or prints a warning.'),
  timeout: durationRangeSchema('1s', '1h').default('1m').describe('Time limit; after it the hook has failed.'),
});

const MAX_DURATION = '7d';
const pathSchema = textSchema(/./, 'a path');

/** The settings for every cluster or for one, by the name of their flag. */
const settingsShape = {
  group: textSchema(/./, 'the name of an Auto Scaling group')
    .optional()
    .describe('The Auto Scaling group, if the name of the cluster matches several.'),
  region: textSchema(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, for instance eu-west-1')
    .optional()
    .describe('AWS region; default: as the SDK finds it (AWS_REGION, the profile).'),
  profile: textSchema(/./, 'the name of a profile').optional().describe('AWS profile; default: AWS_PROFILE.'),
  'consul-port': wholeNumberSchema(1, 65_535, 'a port, from 1 to 65535')
    .optional()
    .describe('Port of the HTTP API of the servers.'),
  'consul-timeout': durationRangeSchema('100ms', '10m')
    .optional()
    .describe('Time limit for a Consul server to answer; 7 s more where its leader must.'),
  'allow-plaintext-token': booleanSchema()
    .optional()
    .describe('Send the ACL token over plain HTTP too, where it can be read on the network.'),
  'snapshot-dir': pathSchema
    .optional()
    .describe(
      'Folder for the snapshot that is taken before the first change; default: $XDG_STATE_HOME/consul-roll/snapshots.',
    ),
  'ami-owner': textSchema(/^(self|\d{12})$/, 'self, or the 12 digits of an account')
    .optional()
    .describe('Owner of the images that an order names by `name:`.'),
  strategy: enumSchema(STRATEGIES)
    .optional()
    .describe('A new group beside the old one, or new servers in the old group.'),
  surge: wholeNumberSchema(1, Number.MAX_SAFE_INTEGER, 'a whole number, 1 or more')
    .optional()
    .describe('How many servers a roll adds at once to the size of the cluster.'),
  'launch-source': enumSchema(LAUNCH_SOURCE_CHOICES).optional().describe('Launch source of the new group.'),
  'keep-old': booleanSchema()
    .optional()
    .describe('Keep the old group, empty and with its processes suspended, and its launch source.'),
  'pause-after': enumSchema(PAUSE_POINTS).optional().describe('Phase after which a roll stops for an operator.'),
  'health-timeout': durationRangeSchema('1ms', MAX_DURATION)
    .optional()
    .describe('Time limit for a new server to pass every gate.'),
  'drain-timeout': durationRangeSchema('1ms', MAX_DURATION)
    .optional()
    .describe('Time limit for the load balancer to drain one server, beyond its own setting.'),
  'leader-timeout': durationRangeSchema('1s', MAX_DURATION)
    .optional()
    .describe(
      'How long the cluster may be without an agreed leader; default: 1m, or twelve Raft timeouts where that is more.',
    ),
  'leave-timeout': durationRangeSchema('1s', MAX_DURATION)
    .optional()
    .describe(
      'Time limit for a server to leave Raft, and again for its agent to stop; default: 1m, or leader-timeout where that is more.',
    ),
  'aws-timeout': durationRangeSchema('1s', MAX_DURATION)
    .optional()
    .describe('Time limit for AWS to finish a termination or a deletion, and to be readable again; default: 10m.'),
  bake: durationRangeSchema('0s', MAX_DURATION)
    .optional()
    .describe('How long the new cluster must stay healthy before the old group is deleted.'),
  'success-threshold': wholeNumberSchema(1, 100, 'a whole number from 1 to 100')
    .optional()
    .describe('Consecutive successful checks required for each gate. A roll requires at least 2.'),
  interval: durationRangeSchema('10ms', '10m').optional().describe('Time between two checks.'),
  'lock-ttl': durationRangeSchema('1s', '1h')
    .optional()
    .describe('A lock that was not renewed for this long has expired.'),
  'legacy-exit-codes': booleanSchema()
    .optional()
    .describe('Exit code 4 of a requested rollback that succeeded, as earlier versions had it.'),
  output: enumSchema(OUTPUT_FORMATS).optional().describe('Output format, see docs/ci.md.'),
  events: pathSchema.optional().describe('File to which every event is appended, see docs/events.md.'),
  'log-file': pathSchema.optional().describe('File to which the plain log is appended, beside the live view.'),
  report: pathSchema.optional().describe('File for the report of a roll, see docs/report.md.'),
  'terraform-address': textSchema(/./, 'group=ADDRESS,launch-source=ADDRESS')
    .optional()
    .describe('Terraform addresses of the group and its launch source.'),
  'terraform-state': pathSchema.optional().describe('Terraform state that contains those addresses.'),
  'write-import': pathSchema.optional().describe('File for Terraform import blocks after the roll.'),
  'snapshot-token-file': pathSchema
    .optional()
    .describe('File that contains the ACL token for the snapshot alone, see docs/permissions.md.'),
  'slack-webhook-url-file': pathSchema
    .optional()
    .describe('File that contains the URL of a Slack webhook, see docs/notifications.md.'),
  'webhook-url-file': pathSchema.optional().describe('File that contains the URL of your own webhook.'),
  'webhook-secret-file': pathSchema.optional().describe('File that contains the secret that signs its requests.'),
  hooks: listSchema(hookSchema, 0, 'a list of hooks')
    .optional()
    .describe('Commands to run before and after phases and servers, or as a gate, see docs/hooks.md.'),
};

/** Old names of settings, still accepted in a settings file and as variables. */
export const RENAMED_SETTINGS: Readonly<Record<string, SettingName>> = {
  looks: 'success-threshold',
  template: 'launch-source',
};

const fileShape = {
  ...settingsShape,
  looks: settingsShape['success-threshold'].meta({ description: 'Old name of success-threshold.', deprecated: true }),
  template: settingsShape['launch-source'].meta({ description: 'Old name of launch-source.', deprecated: true }),
};

/** These are not one line of text, so they have no variable. */
export const FILE_ONLY_SETTINGS: ReadonlySet<string> = new Set(['hooks']);

/** Paths; in the file they are relative to its folder. */
export const PATH_SETTINGS: readonly string[] = Object.entries(settingsShape)
  .filter(([, schema]) => schema.unwrap() === pathSchema)
  .map(([name]) => name);

const clusterNameSchema = z
  .string({ error: 'the name of a cluster' })
  .refine((name) => findNameFlaw(name) === undefined, { error: 'the name of a cluster, without control characters' });

/** `consul-roll.yaml`. */
export const settingsSchema = mapSchema({
  cluster: clusterNameSchema.optional().describe('The cluster for commands that name none.'),
  ...fileShape,
  clusters: z
    .record(clusterNameSchema, mapSchema(fileShape), { error: 'settings by the name of a cluster' })
    .default({})
    .describe('Settings for one cluster, by its name: every key above except cluster.'),
});

const allSettingsSchema = z.strictObject({ cluster: clusterNameSchema.optional(), ...settingsShape });

export type SettingValues = z.infer<typeof allSettingsSchema>;
export type SettingName = keyof SettingValues;

export const SETTING_SCHEMAS: Readonly<Record<SettingName, z.ZodType>> = allSettingsSchema.shape;
