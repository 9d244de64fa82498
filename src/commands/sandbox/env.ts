import { portFlag, SandboxCommand, toPlainLines } from '../../cli/sandbox-command.js';
import { buildEnvironment, formatExports } from '../../sandbox/lifecycle/environment.js';
import { findRunningSandbox, getStateFolder } from '../../sandbox/lifecycle/state-file.js';

export default class SandboxEnvCommand extends SandboxCommand {
  static override summary = 'Print the environment variables of a sandbox for AWS clients and Consul, for eval.';
  static override examples = ['eval "$(<%= config.bin %> <%= command.id %>)"'];
  static override flags = { port: portFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(SandboxEnvCommand);
    const environment = buildEnvironment(findRunningSandbox(getStateFolder(process.env), flags.port));
    if (flags.json) this.printJson(environment);
    else this.printLines(toPlainLines(formatExports(environment)));
  }
}
