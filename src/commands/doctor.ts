import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT, formatExitCodes } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, orderFlags } from '../cli/flags.js';
import { checkOutputFiles } from '../cli/outputs.js';
import { parseDoctorOrder } from '../lib/config/roll-options.js';
import { buildDoctorDocument } from '../lib/output/json/command-documents.js';
import { getColumns } from '../lib/output/terminal/console.js';
import { formatDoctorReport } from '../lib/output/text/doctor.js';

const DOCTOR_EXIT_CODES_HELP = formatExitCodes({
  [EXIT.done]: 'no check failed; warnings and skipped checks are ignored',
  [EXIT.refused]: 'a check failed: upgrade would refuse, or stop during the roll',
});

export default class DoctorCommand extends BaseCommand {
  static override summary =
    'Run every check that a roll depends on, and show the result, the reason and the remedy of each.';
  static override description =
    `Changes nothing. Takes a Consul snapshot to test the permission, and discards it.\n\n${DOCTOR_EXIT_CODES_HELP}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul',
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890',
  ];
  static override flags = {
    ...clusterFlags,
    ...orderFlags,
    ami: Flags.string({ summary: 'Target image, as for upgrade. Default: the image that the group launches now.' }),
    permissions: Flags.boolean({
      summary:
        'Test each AWS permission with dry runs, calls that change nothing, and the IAM policy simulator. Denied calls appear in CloudTrail.',
      default: true,
      allowNo: true,
    }),
    ...connectionFlags,
    events: Flags.string({ summary: 'Check that a run could append its events to this file.' }),
    'log-file': Flags.string({ summary: 'Check that a run could append its log to this file.' }),
    report: Flags.string({ summary: 'Check that a run could write its report to this file.' }),
    verbose: Flags.boolean({
      summary: 'Show each check that passed, not one line for each group of them.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DoctorCommand);
    const options = parseDoctorOrder(flags);
    const settings = this.readConnectionSettings(flags);
    const [{ connectForDoctor }, { runDoctor }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/doctor.js'),
    ]);
    const engine = await connectForDoctor(settings);
    const [found, files] = await Promise.all([runDoctor(engine, options, flags), checkOutputFiles(flags)]).finally(() =>
      engine.close(),
    );
    const report = { ...found, results: [...found.results, ...files] };
    const hasFailed = report.results.some(({ status }) => status === 'fail');
    const exitCode = hasFailed ? EXIT.refused : EXIT.done;
    if (flags.json) this.printJson(buildDoctorDocument(report, exitCode));
    else this.printLines(formatDoctorReport(report, getColumns(process.stdout), flags.verbose));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }
}
