import { plain, portFlag, SandboxCommand } from '../../cli/sandbox-command.js';
import { runningSandbox } from '../../sandbox/lifecycle/running.js';
import { stateFolder } from '../../sandbox/lifecycle/state-file.js';
import { environmentOf, shellLines } from '../../sandbox/report/environment.js';

export default class SandboxEnv extends SandboxCommand {
  static override summary = 'The environment that leads AWS clients and Consul to a sandbox, for eval.';
  static override examples = ['eval "$(<%= config.bin %> <%= command.id %>)"'];
  static override flags = { port: portFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(SandboxEnv);
    const environment = environmentOf(runningSandbox(stateFolder(process.env), flags.port));
    if (flags.json) this.printJson(environment);
    else this.print(plain(shellLines(environment)));
  }
}
