// Writes the tables of docs/permissions.md from the tables of the built program.
// With --check it writes nothing and fails when they are stale.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ACL_NEEDS } from '../dist/lib/model/acl.js';
import {
  READ_PERMISSIONS,
  SIMULATION_PERMISSIONS,
  WRITE_PERMISSIONS,
} from '../dist/lib/permissions/iam-permissions.js';

const file = fileURLToPath(new URL('../docs/permissions.md', import.meta.url));
const COMMANDS = {
  list: 'list',
  status: 'status',
  history: 'history, report',
  plan: 'plan, doctor',
  doctor: 'doctor',
  pause: 'pause',
  roll: 'upgrade, resume, rollback',
  create: 'create',
};
const LIMITS = {
  group: 'group, by name',
  'new-group': "the roll's own group, by name",
  'launch-configuration': 'launch configuration, by name',
  'new-launch-configuration': "the roll's own launch configuration, by name",
  'launch-template': 'launch template, by id',
  'own-template': "the roll's own launch template, by tag",
  classic: 'load balancer, by name',
  'target-group': 'target group, by name',
  launch: '`ec2:LaunchTemplate`, `ec2:IsLaunchTemplateResource`',
  tagging: '`ec2:CreateAction`',
  role: 'role, `iam:PassedToService`',
  caller: 'the caller',
  profile: 'instance profile',
  instance: 'instance, by the tag of its group',
  parameter: 'parameter, by name',
};
/** Condition keys of single actions. */
const KEYS = {
  'autoscaling:CreateOrUpdateTags': ', `aws:TagKeys`',
  'autoscaling:DeleteTags': ', `aws:TagKeys`',
  'autoscaling:DeleteAutoScalingGroup': ', `autoscaling:ForceDelete`',
};
const WHERE = {
  'launch-configuration': 'on launch configurations',
  'launch-template': 'on launch templates',
  'template-version': 'on launch templates',
  'own-template': 'with `--launch-source launch-template`, and away from one',
  classic: 'behind classic load balancers',
  'target-group': 'behind target groups',
  beside: 'unless `--strategy in-place`',
  'warm-pool': 'with a warm pool',
  automation: 'with scaling policies or scheduled actions',
  notifications: 'with notifications',
  metrics: 'with group metrics',
};

const commandsOf = ({ usedBy }) => usedBy.map((caller) => COMMANDS[caller]).join(', ');
const reading = READ_PERMISSIONS.map((one) => `| \`${one.action}\` | ${commandsOf(one)} | ${one.purpose} |`);
const writing = WRITE_PERMISSIONS.map(
  (one) =>
    `| \`${one.action}\` | ${commandsOf(one)} | ${LIMITS[one.scope]}${KEYS[one.action] ?? ''} | ${WHERE[one.only] ?? 'always'} | ${one.purpose} |`,
);
const asking = SIMULATION_PERMISSIONS.map((one) => `| \`${one.action}\` | ${LIMITS[one.scope]} | ${one.purpose} |`);
const acl = Object.entries(ACL_NEEDS).map(
  ([rule, { usedBy, purpose, without }]) =>
    `| \`${rule}\` | ${usedBy.join(', ')} | ${purpose} | ${without ?? 'the command fails'} |`,
);
const tables = {
  acl: ['| rule | commands | for | without it |', '|---|---|---|---|', ...acl].join('\n'),
  asking: ['| action | limited to | for |', '|---|---|---|', ...asking].join('\n'),
  reading: ['| action | commands | for |', '|---|---|---|', ...reading].join('\n'),
  writing: ['| action | commands | limited to | needed | for |', '|---|---|---|---|---|', ...writing].join('\n'),
};

const before = await readFile(file, 'utf8');
const after = Object.entries(tables).reduce(
  (text, [name, table]) =>
    text.replace(
      new RegExp(`(<!-- ${name}: written by scripts/permissions.mjs -->\n)[\\s\\S]*?(<!-- end -->)`),
      (_, begin, end) => `${begin}\n${table}\n\n${end}`,
    ),
  before,
);
if (!process.argv.includes('--check')) await writeFile(file, after);
else if (before !== after) {
  process.stderr.write('docs/permissions.md is stale: run npm run build && node scripts/permissions.mjs\n');
  process.exitCode = 1;
}
