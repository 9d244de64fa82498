import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { usageError } from '../lib/config/validation.js';
import {
  buildPolicy,
  COMMAND_USERS,
  type CommandName,
  listPermissions,
  UNBOUNDED,
} from '../lib/permissions/iam-policy.js';

export default class IamPolicyCommand extends BaseCommand {
  static override summary = 'The least IAM policy for a command, or for several, as JSON.';
  static override description =
    'Limited to the resources of one cluster as far as AWS can, and as far as the flags name them. Calls nothing.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --for status,plan,doctor',
    '<%= config.bin %> <%= command.id %> --cluster consul --role consul-server > policy.json',
  ];
  static override flags = {
    for: Flags.string({
      summary: `Commands, with commas: ${Object.keys(COMMAND_USERS).join(', ')}.`,
      default: 'upgrade',
    }),
    cluster: Flags.string({
      summary: 'Limits changes to the groups of this cluster and of its rolls.',
      env: 'CONSUL_ROLL_CLUSTER',
    }),
    group: Flags.string({ summary: 'The group there is now, where it is not called as the cluster.' }),
    'launch-template': Flags.string({
      summary: 'The launch template of the group, lt-...; for rolls that do not convert it.',
    }),
    'load-balancer': Flags.string({ summary: 'A classic load balancer of the group.', multiple: true }),
    'target-group': Flags.string({ summary: 'A target group of the group.', multiple: true }),
    role: Flags.string({ summary: "The role in the servers' instance profile." }),
    caller: Flags.string({
      summary:
        'Who runs doctor, role/NAME or user/NAME: may then ask IAM about itself, where nothing can be tried.',
    }),
    account: Flags.string({ summary: 'The account, by its number; any when left out.' }),
    region: Flags.string({ summary: 'The region; any when left out.' }),
    partition: Flags.option({
      summary: 'The partition of AWS.',
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
      region: flags.region ?? '*',
      account: flags.account ?? '*',
      launchTemplate: flags['launch-template'],
      loadBalancers: flags['load-balancer'] ?? [],
      targetGroups: flags['target-group'] ?? [],
    };
    // A policy is JSON, with --json and without.
    this.printJson(buildPolicy(listPermissions(parseCommandNames(flags.for)), bounds));
  }
}

function parseCallerArn(text: string | undefined): string | undefined {
  if (text === undefined || /^(role|user)\/[\w+=,.@/-]+$/.test(text)) return text;
  throw usageError(
    `--caller ${text}: that is neither a role nor a user.`,
    'name it as its ARN ends: role/NAME, or user/NAME, with its path where it has one',
  );
}

function parseCommandNames(text: string): CommandName[] {
  return text.split(',').map((word) => {
    const name = word.trim();
    if (isCommandName(name)) return name;
    throw usageError(
      `--for ${text}: there is no command ${name || '""'} that calls AWS.`,
      `use some of ${Object.keys(COMMAND_USERS).join(', ')}`,
    );
  });
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMAND_USERS, name);
}
