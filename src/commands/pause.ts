import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags } from '../cli/flags.js';
import { buildPauseDocument } from '../lib/output/json/command-documents.js';

export default class PauseCommand extends BaseCommand {
  static override summary = 'Ask a roll, run from any machine, to stop after the step in hand.';
  static override description =
    `Comes back at once; the roll stops at its next look, with exit code ${EXIT.interrupted}, and consul-roll resume carries on with it. Where nobody runs it, there is nothing to stop: who carries on with it later is not stopped by this.

Exit codes:
${EXIT.done} the roll is asked
${EXIT.unexpected} unexpected
${EXIT.usage} wrong usage
${EXIT.refused} there is no roll to pause, or it could not be asked`;
  static override examples = ['<%= config.bin %> <%= command.id %> --cluster consul'];
  static override flags = { ...clusterFlags, ...connectionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(PauseCommand);
    const [{ connect }, { requestPause: pause }, { formatPause: pauseReport }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/pause.js'),
      import('../lib/output/text/status.js'),
    ]);
    const engine = await connect(this.readConnectionSettings(flags));
    try {
      const paused = await pause(engine, flags);
      const nowMs = engine.clock.now();
      if (flags.json) this.printJson(buildPauseDocument(paused, nowMs, EXIT.done));
      else this.printLines(pauseReport(paused, nowMs).map((text) => ({ text, style: 'plain' })));
    } finally {
      await engine.close();
    }
  }
}
