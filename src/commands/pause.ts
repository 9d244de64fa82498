import { BaseCommand } from '../cli/base-command.js';
import { EXIT, formatExitCodes } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags } from '../cli/flags.js';
import { buildPauseDocument } from '../lib/output/json/command-documents.js';

export default class PauseCommand extends BaseCommand {
  static override summary = 'Stop a roll after its current step. The roll may run on any machine.';
  static override description =
    `Returns at once. The roll stops at its next observation with exit code ${EXIT.interrupted}; continue it with consul-roll resume --cluster NAME. Refuses if no process runs the roll: a later resume is not affected.

${formatExitCodes({
  [EXIT.done]: 'the pause was requested',
  [EXIT.refused]: 'there is no roll to pause, or the request failed',
})}`;
  static override examples = ['<%= config.bin %> <%= command.id %> --cluster consul'];
  static override flags = { ...clusterFlags, ...connectionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(PauseCommand);
    const [{ connect }, { requestPause }, { formatPause }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/pause.js'),
      import('../lib/output/text/status.js'),
    ]);
    const engine = await connect(this.readConnectionSettings(flags));
    try {
      const paused = await requestPause(engine, flags);
      const nowMs = engine.clock.now();
      if (flags.json) this.printJson(buildPauseDocument(paused, nowMs, EXIT.done));
      else this.printLines(formatPause(paused, nowMs).map((text) => ({ text, style: 'plain' })));
    } finally {
      await engine.close();
    }
  }
}
