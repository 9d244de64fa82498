import { readFileSync } from 'node:fs';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-codes.js';
import { parseBootOptions } from '../lib/config/boot-options.js';
import { BOOT_DEFAULTS } from '../lib/create/boot/options.js';
import {
  buildUserData,
  checkBootScript,
  MAX_USER_DATA_BYTES,
  type ScriptCheck,
} from '../lib/create/user-data.js';
import { RollError } from '../lib/model/errors.js';
import { buildUserDataDocument } from '../lib/output/json/command-documents.js';

export default class UserDataCommand extends BaseCommand {
  static override baseFlags = BaseCommand.bareFlags;
  static override summary =
    "Write the boot script of a cluster's servers, for a launch configuration or template.";
  static override description =
    'The instance reads its id and address from the metadata service (IMDSv2), finds the other servers by their tag, writes Consul’s configuration and starts it. There is no secret in it. docs/boot.md tells the rest.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul --bootstrap-expect 5 > boot.sh',
    '<%= config.bin %> <%= command.id %> --cluster consul --peers cloud-auto-join --gossip-key-from ssm:/consul/gossip-key --base64',
    '<%= config.bin %> <%= command.id %> --tag consul=servers --tag stage=live --extra-config tls.json --check',
  ];
  static override flags = {
    cluster: Flags.string({
      summary: "The value of the servers' Name tag, by which they find each other.",
      env: 'CONSUL_ROLL_CLUSTER',
    }),
    tag: Flags.string({
      summary: 'KEY=VALUE: a tag that every server carries, besides or in place of --cluster.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    peers: Flags.string({
      summary:
        'Who finds the others: the script, once, with the aws command, or Consul itself, as often as it tries.',
      options: ['describe-instances', 'cloud-auto-join'],
      default: BOOT_DEFAULTS.peers,
    }),
    'retry-join': Flags.string({
      summary: 'An address, or whatever Consul takes as retry_join, besides those found.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'bootstrap-expect': Flags.integer({
      summary:
        'How many servers found the cluster at its first launch; replacements find out that they are none.',
      default: 0,
      min: 0,
    }),
    datacenter: Flags.string({ summary: "Consul's datacenter; its own default is dc1." }),
    'config-dir': Flags.string({
      summary: 'Folder of configuration files, as the service reads it.',
      default: BOOT_DEFAULTS.configDir,
    }),
    'data-dir': Flags.string({
      summary: "Consul's data; emptied at the first boot of an instance, never again.",
      default: BOOT_DEFAULTS.dataDir,
    }),
    'extra-config': Flags.string({ summary: 'A file of JSON, laid over the configuration; no secrets.' }),
    'gossip-key-from': Flags.string({
      summary: 'ssm:PARAMETER or secretsmanager:SECRET, read by the instance when it boots, or none.',
      default: 'none',
    }),
    base64: Flags.boolean({ summary: 'Print it as base64, in one line.', default: false }),
    gzip: Flags.boolean({
      summary: 'Compress it first, which cloud-init undoes by itself; always base64.',
      default: false,
    }),
    check: Flags.boolean({
      summary: 'Ask bash -n, and shellcheck where it is installed, what they think of it.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(UserDataCommand);
    const options = parseBootOptions(flags, (path) => readFileSync(path, 'utf8'));
    const { script, bytes, base64 } = buildUserData(options, flags);
    const checks = flags.check ? await checkBootScript(script) : [];
    assertChecksPassed(checks);
    if (flags.json)
      this.printJson(
        buildUserDataDocument({
          exitCode: EXIT.done,
          script,
          base64,
          bytes,
          limit: MAX_USER_DATA_BYTES,
          checks,
        }),
      );
    else process.stdout.write(flags.base64 || flags.gzip ? `${base64}\n` : script);
    for (const { tool, result } of flags.json ? [] : checks)
      this.printNotice([
        { text: `${tool}: ${CHECK_RESULT_TEXTS[result]}`, style: result === 'passed' ? 'good' : 'busy' },
      ]);
  }
}

const CHECK_RESULT_TEXTS = {
  passed: 'nothing to say',
  failed: 'failed',
  'not-installed': 'not installed, so not asked',
};

function assertChecksPassed(checks: readonly ScriptCheck[]): void {
  const failed = checks.find(({ result }) => result === 'failed');
  if (failed === undefined) return;
  throw new RollError({
    code: 'script-check-failed',
    message: `${failed.tool} does not like the boot script:\n${failed.output}`,
    kind: 'unexpected',
    next: 'report this, with the flags that were given',
  });
}
