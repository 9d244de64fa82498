import { BaseCommand } from '../cli/base-command.js';
import { EXIT, formatExitCodes } from '../cli/exit-codes.js';
import { connectionFlags } from '../cli/flags.js';
import { buildListDocument } from '../lib/output/json/command-documents.js';
import { getColumns } from '../lib/output/terminal/console.js';
import { formatClusterList } from '../lib/output/text/list.js';

export default class ListCommand extends BaseCommand {
  static override summary = 'List the clusters of the account and region: image and age, Consul version, health, roll.';
  static override description =
    `A group is listed if one of its servers answers as a server of Consul does, or if its name, its Name tag or the tags of a roll say so. Servers are asked only what every client may ask, and without a token: anyone who may create a group in the account could have one listed.

${formatExitCodes({ [EXIT.done]: 'the list is complete, or no cluster was found', [EXIT.refused]: 'AWS could not be read' })}`;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
  static override flags = {
    region: connectionFlags.region,
    profile: connectionFlags.profile,
    'consul-port': connectionFlags['consul-port'],
    'consul-timeout': connectionFlags['consul-timeout'],
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ListCommand);
    const { list, caller, nowMs } = await this.readClusterList(flags);
    if (flags.json) this.printJson(buildListDocument(list, caller, EXIT.done));
    else this.printLines(formatClusterList(list, caller, nowMs, getColumns(process.stdout)));
  }
}
