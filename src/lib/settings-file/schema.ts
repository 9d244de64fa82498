import { z } from 'zod';
import { PHASES } from '../model/decision.js';
import { MOMENTS } from '../model/hook.js';
import { STRATEGIES } from '../model/intent.js';
import { TEMPLATE_CHOICES } from '../model/plan.js';
import { OUTPUTS } from '../model/setting.js';
import { flag, listOf, mapOf, span, text, whole, word } from '../yaml-file/values.js';

const hook = mapOf({
  on: word(MOMENTS).meta({ description: 'When it is run.' }),
  run: text(/\S/, 'a command').meta({ description: 'For /bin/sh -c, in the folder of this file.' }),
  phases: listOf(word(PHASES), 1, 'a list of phases')
    .optional()
    .meta({ description: 'In these phases alone; otherwise in every one.' }),
  'on-failure': word(['stop', 'warn'])
    .default('stop')
    .meta({ description: 'What its failure does: end the roll part-way, or no more than be told.' }),
  timeout: span('1s', '1h').default('1m').meta({ description: 'How long it may take; then it has failed.' }),
});

const MOST = '7d';
const path = text(/./, 'a path');

/** What is set, for every cluster or for one. A key is the name of a flag, where there is such a flag. */
export const settingsShape = {
  group: text(/./, 'the name of an Auto Scaling group')
    .optional()
    .meta({ description: 'The Auto Scaling group, where the name of the cluster fits several.' }),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, for instance eu-west-1')
    .optional()
    .meta({ description: 'AWS region; otherwise the SDK’s own default (AWS_REGION, the profile).' }),
  'consul-port': whole(1, 65_535, 'a port, from 1 to 65535')
    .optional()
    .meta({ description: 'Port of the HTTP API on the servers’ own addresses.' }),
  'snapshot-dir': path
    .optional()
    .meta({ description: 'Folder for the snapshot of the state taken before the first change.' }),
  strategy: word(STRATEGIES)
    .optional()
    .meta({ description: 'A new group beside the old one, or new servers in the group there is.' }),
  surge: whole(1, Number.MAX_SAFE_INTEGER, 'a whole number, 1 or more')
    .optional()
    .meta({ description: 'How many servers there may be beyond the size of the cluster.' }),
  template: word(TEMPLATE_CHOICES).optional().meta({ description: 'What the new group launches from.' }),
  'keep-old': flag()
    .optional()
    .meta({ description: 'Keep the old group, empty, and its launch configuration.' }),
  'health-timeout': span('1ms', MOST)
    .optional()
    .meta({ description: 'From the launch of a new server until it has passed every gate.' }),
  'drain-timeout': span('1ms', MOST)
    .optional()
    .meta({ description: 'For the load balancer to drain one server, beyond its own setting.' }),
  bake: span('0s', MOST)
    .optional()
    .meta({ description: 'How long the new cluster must stay healthy before the old group is deleted.' }),
  looks: whole(1, 100, 'a whole number from 1 to 100')
    .optional()
    .meta({ description: 'Looks in a row that every gate must pass.' }),
  interval: span('10ms', '10m').optional().meta({ description: 'Pause between two looks.' }),
  'lock-ttl': span('1s', MOST)
    .optional()
    .meta({ description: 'A lock that was not renewed for this long is free.' }),
  output: word(OUTPUTS).optional().meta({ description: 'How a roll is told: docs/ci.md.' }),
  events: path.optional().meta({ description: 'File that every event is appended to: docs/events.md.' }),
  report: path.optional().meta({ description: 'File for the page of a roll: docs/report.md.' }),
  'terraform-address': text(/./, 'group=ADDRESS,template=ADDRESS')
    .optional()
    .meta({ description: 'Terraform’s addresses of the group and of what it launches from.' }),
  'terraform-state': path.optional().meta({ description: 'A Terraform state to find those addresses in.' }),
  'write-import': path
    .optional()
    .meta({ description: 'File for Terraform’s import blocks, once the cluster is rolled.' }),
  'slack-webhook-url-file': path
    .optional()
    .meta({ description: 'File with the address of a Slack webhook, see docs/notifications.md.' }),
  'webhook-url-file': path
    .optional()
    .meta({ description: 'File with the address of a webhook of your own.' }),
  'webhook-secret-file': path
    .optional()
    .meta({ description: 'File with what its requests are signed with.' }),
  hooks: listOf(hook, 0, 'a list of hooks')
    .optional()
    .meta({ description: 'Commands run before and after phases and servers, see docs/hooks.md.' }),
};

/** These cannot be said in one line, and so have no variable. */
export const IN_FILE_ONLY: ReadonlySet<string> = new Set(['hooks']);

/** These are paths; in the file they are seen from the file. */
export const PATHS: readonly SettingName[] = [
  'snapshot-dir',
  'events',
  'report',
  'terraform-state',
  'write-import',
  'slack-webhook-url-file',
  'webhook-url-file',
  'webhook-secret-file',
];

const clusterName = text(/./, 'the name of a cluster');

/** `consul-roll.yaml`. */
export const settingsSchema = mapOf({
  cluster: clusterName.optional().meta({ description: 'The cluster that is meant where none is named.' }),
  ...settingsShape,
  clusters: z
    .record(clusterName, mapOf(settingsShape), { error: 'settings by the name of a cluster' })
    .default({})
    .meta({ description: 'For one cluster alone, by its name: any of the keys above but cluster.' }),
});

const everySetting = z.strictObject({ cluster: clusterName.optional(), ...settingsShape });

/** What may be set, by name. */
export type SettingValues = z.infer<typeof everySetting>;
export type SettingName = keyof SettingValues;

/** The schema of every setting, by name. */
export const SETTINGS: Readonly<Record<SettingName, z.ZodType>> = everySetting.shape;
