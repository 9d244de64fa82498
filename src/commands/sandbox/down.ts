import {
  buildSandboxDownDocument,
  portFlag,
  SandboxCommand,
  toPlainLines,
} from '../../cli/sandbox-command.js';
import { getStateFolder, readRecord } from '../../sandbox/lifecycle/state-file.js';
import { stopSandbox } from '../../sandbox/lifecycle/stop.js';

/** A sandbox gives its servers a second or so, and those are few. */
const GRACE_MS = 15_000;

export default class SandboxDownCommand extends SandboxCommand {
  static override summary = 'End a sandbox, with every server and file of it.';
  static override description = 'Exits 0 too when there is none.';
  static override flags = { port: portFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(SandboxDownCommand);
    const folder = getStateFolder(process.env);
    const record = readRecord(folder, flags.port);
    if (record !== undefined) await stopSandbox(folder, record, GRACE_MS);
    const { port, json } = flags;
    if (json) this.printJson(buildSandboxDownDocument(port, record?.pid));
    else if (record === undefined) this.printLines(toPlainLines([`No sandbox runs on port ${port}.`]));
    else this.printLines(toPlainLines([`The sandbox on port ${port} has ended.`]));
  }
}
