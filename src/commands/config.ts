import { Flags } from '@oclif/core';
import { RollCommand } from '../cli/base-command.js';
import { clusterFlags, connectionFlags, orderFlags, outputFlags, rollingFlags } from '../cli/flags.js';
import { terraformFlags } from '../cli/terraform-import.js';
import type { ConnectionFlags } from '../lib/config/connection.js';
import { nameFrom, otherVariables, strangeVariables } from '../lib/config/resolve-settings.js';
import { type CarryOnFlags, carryOnOrderFrom } from '../lib/config/roll-options.js';
import { shownSecrets } from '../lib/config/secrets.js';
import { SETTINGS } from '../lib/config/settings-file.js';
import { EXIT } from '../lib/model/outcome.js';
import type { ShownSetting } from '../lib/model/setting.js';
import { settingsJson } from '../lib/output/json/documents.js';
import { settingsReport } from '../lib/output/text/settings.js';

/** Asked for anew every time: no setting can say these. */
const { ami: _ami, ...lastingOrderFlags } = orderFlags;
const { yes: _yes, verbose: _verbose, 'break-lock': _breakLock, ...lastingRollingFlags } = rollingFlags;

export default class Config extends RollCommand {
  static override summary = 'What is set, and by what: flag, environment, settings file or default.';
  static override description =
    `Takes the flags of upgrade that can be set elsewhere too, and changes nothing. Secrets are shown as set or not set. docs/settings.md tells every setting.

Exit codes:
${EXIT.done} everything that is set can be used
${EXIT.usage} a flag, a variable or a key of the file cannot; the error names it`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --cluster consul --json',
  ];
  static override flags = {
    ...clusterFlags,
    cluster: Flags.string({ summary: clusterFlags.cluster.summary, env: clusterFlags.cluster.env }),
    ...lastingOrderFlags,
    ...connectionFlags,
    ...lastingRollingFlags,
    ...outputFlags,
    ...terraformFlags,
  };

  async run(): Promise<void> {
    const parsed = await this.parse(Config);
    const { flags } = parsed;
    await this.#assertUsable(flags);
    const values = new Map<string, unknown>(Object.entries({ ...this.chosen.layer.values, ...flags }));
    const settings = Object.keys(SETTINGS).map((name): ShownSetting => {
      const value = values.get(name);
      const origin = this.originOf(name, parsed);
      return { name, value, isSet: value !== undefined, secret: false, origin };
    });
    const shown = {
      file: this.chosen.file,
      settings: [...settings, ...shownSecrets(this.chosen, process.env)],
      others: otherVariables(process.env),
      strange: strangeVariables(process.env),
    };
    if (flags.json) this.printJson(settingsJson(shown));
    else this.print(settingsReport(shown, (path) => nameFrom(path, process.cwd())));
  }

  /** What a roll would refuse of these is refused here. */
  async #assertUsable(flags: Omit<CarryOnFlags, 'cluster'> & ConnectionFlags & { cluster?: string }) {
    carryOnOrderFrom({ ...flags, cluster: flags.cluster ?? '' });
    this.settingsFrom(flags);
    const { courierFor } = await import('../cli/outputs.js');
    await courierFor(this.chosen, () => undefined).settle();
  }
}
