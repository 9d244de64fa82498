import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { parseClusterName } from '../cli/flags.js';
import { usageError } from '../lib/config/validation.js';
import { buildPolicy, COMMAND_USERS, type CommandName, UNBOUNDED } from '../lib/permissions/iam-policy.js';

export default class IamPolicyCommand extends BaseCommand {
  static override summary = 'Print the minimal IAM policy for one or more commands, as JSON.';
  static override description =
    'Limits each permission to the resources that the flags name, where AWS supports it. Each statement that allows more is a warning on standard error. Makes no requests.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --for status,plan,doctor',
    '<%= config.bin %> <%= command.id %> --cluster consul --role consul-server > policy.json',
  ];
  static override flags = {
    for: Flags.string({
      summary: `Comma-separated commands: ${Object.keys(COMMAND_USERS).join(', ')}.`,
      default: 'upgrade',
    }),
    cluster: Flags.string({
      summary: 'Limit changes to the groups of this cluster and of its rolls.',
      env: 'CONSUL_ROLL_CLUSTER',
      parse: parseClusterName,
    }),
    group: Flags.string({ summary: 'Current Auto Scaling group, if its name differs from the cluster.' }),
    'launch-configuration': Flags.string({
      summary: 'Launch configuration of the current group, which a roll deletes at the end.',
    }),
    'launch-template': Flags.string({
      summary: 'Launch template of the group: lt-... Use only for rolls that do not convert it.',
    }),
    'load-balancer': Flags.string({ summary: 'Classic load balancer of the group.', multiple: true }),
    'target-group': Flags.string({ summary: 'Target group of the group.', multiple: true }),
    role: Flags.string({ summary: 'Role in the instance profile of the servers, with its path.' }),
    'group-role': Flags.string({
      summary: 'Role that the group passes to Auto Scaling: of lifecycle hooks that notify, or a service-linked role.',
      multiple: true,
    }),
    'tag-key': Flags.string({
      summary: 'Key of a tag that the group has, which a roll copies to the new group.',
      multiple: true,
    }),
    parameter: Flags.string({ summary: 'Parameter of Systems Manager that --ami resolve:ssm: names.', multiple: true }),
    caller: Flags.string({
      summary: 'Role or user that runs doctor: role/NAME or user/NAME. Allows it to simulate its own IAM policies.',
    }),
    account: Flags.string({ summary: 'Account number. Default: any account.' }),
    region: Flags.string({ summary: 'Region. Default: any region.' }),
    partition: Flags.option({
      summary: 'AWS partition.',
      options: ['aws', 'aws-cn', 'aws-us-gov'] as const,
      default: 'aws' as const,
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(IamPolicyCommand);
    const { cluster, group, role, partition } = flags;
    const bounds = {
      ...UNBOUNDED,
      partition,
      cluster,
      group,
      role,
      caller: parseCallerArn(flags.caller),
      region: parseFlag('region', flags.region) ?? '*',
      account: parseFlag('account', flags.account) ?? '*',
      groupRoles: flags['group-role'] ?? [],
      tagKeys: flags['tag-key'],
      launchConfiguration: flags['launch-configuration'],
      launchTemplate: parseFlag('launch-template', flags['launch-template']),
      loadBalancers: flags['load-balancer'] ?? [],
      targetGroups: flags['target-group'] ?? [],
      parameters: flags.parameter ?? [],
    };
    // A policy is JSON, with or without --json.
    const { document, warnings } = buildPolicy(parseCommandNames(flags.for), bounds);
    if (warnings.length > 0) this.printNotice(warnings.map((text) => ({ text: `Warning: ${text}`, style: 'busy' })));
    this.printJson(document);
  }
}

/** What goes into an ARN as it is. */
const FORMATS = {
  account: { pattern: /^\d{12}$/, expected: 'the 12 digits of an account' },
  region: { pattern: /^[a-z]{2}(-[a-z]+)+-\d+$/, expected: 'a region such as eu-west-1' },
  'launch-template': { pattern: /^lt-[0-9a-f]+$/, expected: 'an id such as lt-0abcdef1234567890' },
} as const;

function parseFlag(name: keyof typeof FORMATS, text: string | undefined): string | undefined {
  const { pattern, expected } = FORMATS[name];
  if (text === undefined || pattern.test(text)) return text;
  throw usageError(`Invalid --${name} "${text}": expected ${expected}.`, 'correct the flag, or leave it out');
}

function parseCallerArn(text: string | undefined): string | undefined {
  if (text === undefined || /^(role|user)\/[\w+=,.@/-]+$/.test(text)) return text;
  throw usageError(
    `Invalid --caller "${text}": expected role/NAME or user/NAME.`,
    'give the last part of its ARN, including the path',
  );
}

function parseCommandNames(text: string): CommandName[] {
  return text.split(',').map((word) => {
    const name = word.trim();
    if (isCommandName(name)) return name;
    throw usageError(
      `Invalid --for "${text}": "${name}" is not a command that calls AWS.`,
      `use one or more of ${Object.keys(COMMAND_USERS).join(', ')}`,
    );
  });
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMAND_USERS, name);
}
