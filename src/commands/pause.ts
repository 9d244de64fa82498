import { RollCommand } from '../base-command.js';
import { clusterFlags, connectionFlags } from '../flags.js';
import { EXIT } from '../lib/outcomes.js';
import { pauseJson } from '../lib/ui/json/replies.js';

export default class Pause extends RollCommand {
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
    const { flags } = await this.parse(Pause);
    const [{ connect }, { pause }, { pauseReport }] = await Promise.all([
      import('../lib/connect.js'),
      import('../lib/pause.js'),
      import('../lib/ui/reports/pause.js'),
    ]);
    const engine = await connect(this.settingsFrom(flags));
    try {
      const paused = await pause(engine, flags);
      const nowMs = engine.clock.now();
      if (flags.json) this.printJson(pauseJson(paused, nowMs));
      else this.print(pauseReport(paused, nowMs).map((text) => ({ text, tone: 'plain' })));
    } finally {
      await engine.close();
    }
  }
}
