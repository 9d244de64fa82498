import { buildSandboxDownDocument, portFlag, SandboxCommand, toPlainLines } from '../../cli/sandbox-command.js';
import { getStateFolder, readRecord } from '../../sandbox/lifecycle/state-file.js';
import { stopSandbox } from '../../sandbox/lifecycle/stop.js';

/** A sandbox gives its servers about a second, and has few of them. */
const GRACE_MS = 15_000;

export default class SandboxDownCommand extends SandboxCommand {
  static override summary = 'Stop a sandbox and remove its servers and files.';
  static override description = 'Also exits 0 if no sandbox runs.';
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
