import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-codes.js';
import { parseBootOptions } from '../lib/config/boot-options.js';
import { readTextFile } from '../lib/config/file-access.js';
import { BOOT_DEFAULTS } from '../lib/create/boot/options.js';
import { buildUserData, checkBootScript, MAX_USER_DATA_BYTES, type ScriptCheck } from '../lib/create/user-data.js';
import { RollError } from '../lib/model/errors.js';
import { buildUserDataDocument } from '../lib/output/json/command-documents.js';

export default class UserDataCommand extends BaseCommand {
  static override baseFlags = BaseCommand.bareFlags;
  static override summary = 'Print the boot script of Consul servers, for a launch configuration or a launch template.';
  static override description =
    'The script reads the instance id and address from the metadata service (IMDSv2), finds the other servers by their tag, writes the Consul configuration and starts Consul. It contains no secret. See docs/boot.md.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul --bootstrap-expect 5 > boot.sh',
    '<%= config.bin %> <%= command.id %> --cluster consul --peers cloud-auto-join --gossip-key-from ssm:/consul/gossip-key --base64',
    '<%= config.bin %> <%= command.id %> --tag consul=servers --tag stage=live --extra-config tls.json --check',
  ];
  static override flags = {
    cluster: Flags.string({
      summary: 'Value of the Name tag of the servers, by which they find each other.',
      env: 'CONSUL_ROLL_CLUSTER',
    }),
    tag: Flags.string({
      summary: 'KEY=VALUE: a tag of every server, in addition to or instead of --cluster.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    peers: Flags.string({
      summary:
        'How servers are found: describe-instances (the script, once, with the aws command) or cloud-auto-join (Consul, on every attempt).',
      options: ['describe-instances', 'cloud-auto-join'],
      default: BOOT_DEFAULTS.peers,
    }),
    'retry-join': Flags.string({
      summary: 'Additional value for retry_join of Consul, for example an address.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'bootstrap-expect': Flags.integer({
      summary:
        'Number of servers that bootstrap a new cluster. A replacement server detects the existing cluster and does not bootstrap.',
      default: 0,
      min: 0,
    }),
    datacenter: Flags.string({ summary: 'Consul datacenter. Default of Consul: dc1.' }),
    'config-dir': Flags.string({
      summary: 'Configuration directory of the Consul service.',
      default: BOOT_DEFAULTS.configDir,
    }),
    'data-dir': Flags.string({
      summary: 'Data directory of Consul. Emptied only at the first boot of an instance.',
      default: BOOT_DEFAULTS.dataDir,
    }),
    'extra-config': Flags.string({
      summary: 'JSON file that is merged into the configuration. Must not contain secrets.',
    }),
    'gossip-key-from': Flags.string({
      summary: 'Source of the gossip key, read by the instance at boot: ssm:PARAMETER, secretsmanager:SECRET, or none.',
      default: 'none',
    }),
    base64: Flags.boolean({ summary: 'Print the script as one line of base64.', default: false }),
    gzip: Flags.boolean({
      summary: 'Compress the script with gzip (cloud-init decompresses it) and print base64.',
      default: false,
    }),
    check: Flags.boolean({
      summary: 'Check the script with bash -n, and with shellcheck if it is installed.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(UserDataCommand);
    const options = parseBootOptions(flags, readTextFile);
    const { script, bytes, base64 } = buildUserData(options, flags);
    const checks = flags.check ? await checkBootScript(script) : [];
    assertChecksPassed(checks);
    if (flags.json)
      this.printJson(
        buildUserDataDocument({ exitCode: EXIT.done, script, base64, bytes, limit: MAX_USER_DATA_BYTES, checks }),
      );
    else process.stdout.write(flags.base64 || flags.gzip ? `${base64}\n` : script);
    for (const { tool, result } of flags.json ? [] : checks)
      this.printNotice([
        { text: `${tool}: ${CHECK_RESULT_TEXTS[result]}`, style: result === 'passed' ? 'good' : 'busy' },
      ]);
  }
}

const CHECK_RESULT_TEXTS = { passed: 'passed', failed: 'failed', 'not-installed': 'not installed, skipped' };

function assertChecksPassed(checks: readonly ScriptCheck[]): void {
  const failed = checks.find(({ result }) => result === 'failed');
  if (failed === undefined) return;
  throw new RollError({
    code: 'script-check-failed',
    message: `${failed.tool} reports errors in the boot script:\n${failed.output}`,
    kind: 'unexpected',
    next: 'report this error with the flags of the command',
  });
}
