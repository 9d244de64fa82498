import { RollCommand } from '../base-command.js';
import { clusterFlags, connectionFlags } from '../flags.js';
import { EXIT } from '../lib/outcomes.js';
import { pauseJson } from '../lib/ui/json/replies.js';

export default class Pause extends RollCommand {
  static override summary = 'Ask a roll, run from any machine, to stop after the step in hand.';
  static override description =
    `Comes back at once; the roll stops at its next look, with exit code ${EXIT.interrupted}, and consul-roll resume carries on with it.

Exit codes:
${EXIT.done} the roll is asked
${EXIT.unexpected} unexpected
${EXIT.usage} wrong usage
${EXIT.refused} there is no roll to pause, or it could not be asked`;
  static override examples = ['<%= config.bin %> <%= command.id %> --cluster consul'];
  static override flags = { ...clusterFlags, ...connectionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Pause);
    const [{ connect }, { pause }] = await Promise.all([
      import('../lib/connect.js'),
      import('../lib/pause.js'),
    ]);
    const engine = await connect(this.settingsFrom(flags));
    try {
      const { rollId, cluster } = await pause(engine, flags);
      if (flags.json) this.printJson(pauseJson({ rollId, cluster }));
      else
        this.print([
          { text: `Roll ${rollId} of ${cluster} will stop after the step in hand.`, tone: 'plain' },
          { text: `Next     consul-roll resume --cluster ${cluster}`, tone: 'plain' },
        ]);
    } finally {
      await engine.close();
    }
  }
}
