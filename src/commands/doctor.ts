import { Flags } from '@oclif/core';
import { RollCommand } from '../cli/base-command.js';
import { clusterFlags, connectionFlags, orderFlags } from '../cli/flags.js';
import { examinationOrderFrom } from '../lib/config/roll-options.js';
import { EXIT } from '../lib/model/outcome.js';
import { doctorJson } from '../lib/output/json/command-documents.js';
import { columnsOf } from '../lib/output/terminal/console.js';
import { doctorReport } from '../lib/output/text/doctor.js';

const EXIT_CODES = `Exit codes:
${EXIT.done} nothing fails; warnings and what is skipped do not count
${EXIT.refused} something fails: upgrade would be refused, or stop part-way
${EXIT.unexpected} unexpected
${EXIT.usage} wrong usage`;

export default class Doctor extends RollCommand {
  static override summary =
    'Every check before a roll, by name: pass, skip, warn or fail, what was seen, the remedy.';
  static override description =
    `Changes nothing. A snapshot is taken to see whether one can be, and thrown away.\n\n${EXIT_CODES}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul',
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890',
  ];
  static override flags = {
    ...clusterFlags,
    ...orderFlags,
    ami: Flags.string({
      summary: 'The image to roll onto; without it, the one that the group launches today.',
    }),
    permissions: Flags.boolean({
      summary:
        'Try each permission in AWS, by dry runs, by calls that change nothing, and by IAM’s simulation; refusals show in CloudTrail.',
      default: true,
      allowNo: true,
    }),
    ...connectionFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const order = examinationOrderFrom(flags);
    const settings = this.settingsFrom(flags);
    const [{ connectToExamine }, { doctor }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/checks/doctor.js'),
    ]);
    const engine = await connectToExamine(settings);
    const examination = await doctor(engine, order, flags).finally(() => engine.close());
    const fails = examination.findings.some(({ verdict }) => verdict === 'fail');
    const exitCode = fails ? EXIT.refused : EXIT.done;
    if (flags.json) this.printJson(doctorJson(examination, exitCode));
    else this.print(doctorReport(examination, columnsOf(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }
}
