import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { parseClusterName } from '../cli/flags.js';
import { usageError } from '../lib/config/validation.js';
import { ACL_COMMANDS, type AclCommand } from '../lib/model/acl.js';
import { buildAclDocument, formatAclPolicy, listAclRules, listAclWarnings } from '../lib/permissions/acl-policy.js';

export default class AclPolicyCommand extends BaseCommand {
  static override summary = 'Print the minimal ACL policy of Consul for one or more commands, as HCL.';
  static override description =
    'Each rule has its purpose before it. With --json the same rules as JSON, which Consul reads too. What is open is a warning on standard error. Makes no requests.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul > policy.hcl',
    '<%= config.bin %> <%= command.id %> --for upgrade,doctor --cluster consul --without-snapshot',
    '<%= config.bin %> <%= command.id %> --for snapshot',
  ];
  static override flags = {
    for: Flags.string({
      summary: `Comma-separated commands: ${ACL_COMMANDS.join(', ')}. snapshot is CONSUL_ROLL_SNAPSHOT_TOKEN.`,
      default: 'upgrade',
    }),
    cluster: Flags.string({
      summary: 'Limit keys to those of this cluster.',
      env: 'CONSUL_ROLL_CLUSTER',
      parse: parseClusterName,
    }),
    'node-prefix': Flags.string({
      summary: 'Limit agents to nodes whose names begin so: all servers, old and new.',
      default: '',
    }),
    'without-snapshot': Flags.boolean({
      summary: 'Do not allow the snapshot: CONSUL_ROLL_SNAPSHOT_TOKEN has a token for it.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AclPolicyCommand);
    const bounds = { cluster: flags.cluster, nodePrefix: flags['node-prefix'], snapshot: !flags['without-snapshot'] };
    const rules = listAclRules(parseAclCommands(flags.for), bounds);
    const warnings = listAclWarnings(rules, bounds);
    if (warnings.length > 0) this.printNotice(warnings.map((text) => ({ text: `Warning: ${text}`, style: 'busy' })));
    if (flags.json) this.printJson(buildAclDocument(rules, bounds));
    else process.stdout.write(formatAclPolicy(rules, bounds));
  }
}

function parseAclCommands(text: string): AclCommand[] {
  return text.split(',').map((word) => {
    const name = ACL_COMMANDS.find((one) => one === word.trim());
    if (name !== undefined) return name;
    throw usageError(
      `Invalid --for "${text}": "${word.trim()}" is not a command that calls Consul with a token.`,
      `use one or more of ${ACL_COMMANDS.join(', ')}`,
    );
  });
}
