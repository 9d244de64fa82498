import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT, formatExitCodes } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, orderFlags, outputFlags, rollingFlags } from '../cli/flags.js';
import { terraformFlags } from '../cli/terraform-import.js';
import type { ConnectionFlags } from '../lib/config/connection.js';
import { findUnknownVariables, formatRelativePath, listOtherVariables } from '../lib/config/resolve-settings.js';
import { type ContinueFlags, parseRunOptions } from '../lib/config/roll-options.js';
import { listShownSecrets } from '../lib/config/secrets.js';
import { SETTING_SCHEMAS } from '../lib/config/settings-schema.js';
import type { DisplayedSetting } from '../lib/model/setting.js';
import { buildConfigDocument } from '../lib/output/json/documents.js';
import { formatSettings } from '../lib/output/text/settings.js';

/** These flags must be given for each roll: they have no setting. */
const { ami: _ami, ...lastingOrderFlags } = orderFlags;
const { yes: _yes, verbose: _verbose, 'force-unlock': _forceUnlock, ...lastingRollingFlags } = rollingFlags;

export default class ConfigCommand extends BaseCommand {
  static override summary =
    'Show every setting and where its value comes from: flag, environment, settings file or default.';
  static override description =
    `Accepts the flags of upgrade that also have a setting. Changes nothing. Secrets are shown as "set" or "not set". See docs/settings.md for every setting.

${formatExitCodes({
  [EXIT.done]: 'all settings are valid',
  [EXIT.usage]: 'a flag, a variable or a key of the settings file is invalid; the error names it',
})}`;
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

  protected override readonly listsUnknownVariables = true;

  async run(): Promise<void> {
    const parsed = await this.parse(ConfigCommand);
    const { flags } = parsed;
    await this.#assertUsable(flags);
    const values = new Map<string, unknown>(Object.entries({ ...this.resolvedSettings.layer.values, ...flags }));
    const settings = Object.keys(SETTING_SCHEMAS).map((name): DisplayedSetting => {
      const value = values.get(name);
      const origin = this.getOrigin(name, parsed);
      return { name, value, isSet: value !== undefined, secret: false, origin };
    });
    const shown = {
      file: this.resolvedSettings.file,
      settings: [...settings, ...listShownSecrets(this.resolvedSettings, process.env)],
      others: listOtherVariables(process.env),
      unknown: findUnknownVariables(process.env),
    };
    if (flags.json) this.printJson(buildConfigDocument(shown, EXIT.done));
    else this.printLines(formatSettings(shown, (path) => formatRelativePath(path, process.cwd())));
  }

  /** Rejects the settings that a roll would reject. */
  async #assertUsable(flags: Omit<ContinueFlags, 'cluster'> & ConnectionFlags & { cluster?: string }) {
    parseRunOptions({ ...flags, cluster: flags.cluster ?? '' });
    this.readConnectionSettings(flags);
    const { createNotifier } = await import('../cli/outputs.js');
    await createNotifier(this.resolvedSettings, () => undefined).flush();
  }
}
