import { plain, portFlag, SandboxCommand, sandboxDownJson } from '../../cli/sandbox-command.js';
import { readRecord, stateFolder } from '../../sandbox/lifecycle/state-file.js';
import { stopSandbox } from '../../sandbox/lifecycle/stop.js';

/** A sandbox gives its servers a second or so, and those are few. */
const GRACE_MS = 15_000;

export default class SandboxDown extends SandboxCommand {
  static override summary = 'End a sandbox, with every server and file of it.';
  static override description = 'Exits 0 too when there is none.';
  static override flags = { port: portFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(SandboxDown);
    const folder = stateFolder(process.env);
    const record = readRecord(folder, flags.port);
    if (record !== undefined) await stopSandbox(folder, record, GRACE_MS);
    const { port, json } = flags;
    if (json) this.printJson(sandboxDownJson(port, record?.pid));
    else if (record === undefined) this.print(plain([`No sandbox runs on port ${port}.`]));
    else this.print(plain([`The sandbox on port ${port} has ended.`]));
  }
}
