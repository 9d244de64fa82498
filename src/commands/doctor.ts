import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, orderFlags } from '../cli/flags.js';
import { parseDoctorOrder } from '../lib/config/roll-options.js';
import { buildDoctorDocument } from '../lib/output/json/command-documents.js';
import { getColumns } from '../lib/output/terminal/console.js';
import { formatDoctorReport } from '../lib/output/text/doctor.js';

const DOCTOR_EXIT_CODES_HELP = `Exit codes:
${EXIT.done} nothing fails; warnings and what is skipped do not count
${EXIT.refused} something fails: upgrade would be refused, or stop part-way
${EXIT.unexpected} unexpected
${EXIT.usage} wrong usage`;

export default class DoctorCommand extends BaseCommand {
  static override summary =
    'Every check before a roll, by name: pass, skip, warn or fail, what was seen, the remedy.';
  static override description =
    `Changes nothing. A snapshot is taken to see whether one can be, and thrown away.\n\n${DOCTOR_EXIT_CODES_HELP}`;
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
    const { flags } = await this.parse(DoctorCommand);
    const options = parseDoctorOrder(flags);
    const settings = this.readConnectionSettings(flags);
    const [{ connectForDoctor }, { runDoctor: doctor }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/checks/doctor.js'),
    ]);
    const engine = await connectForDoctor(settings);
    const report = await doctor(engine, options, flags).finally(() => engine.close());
    const fails = report.results.some(({ status: verdict }) => verdict === 'fail');
    const exitCode = fails ? EXIT.refused : EXIT.done;
    if (flags.json) this.printJson(buildDoctorDocument(report, exitCode));
    else this.printLines(formatDoctorReport(report, getColumns(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }
}
