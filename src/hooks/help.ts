import { Help } from '@oclif/core';
import { messageOf } from '../lib/model/errors.js';

/** Help for an unknown command is answered as the command is: with a suggestion, which oclif's own error lacks. */
export default class ProgramHelp extends Help {
  override async showHelp(argv: string[]): Promise<void> {
    try {
      await super.showHelp(argv);
    } catch (thrown) {
      const [, id] = /^Command (.+) not found\.$/.exec(messageOf(thrown)) ?? [];
      if (id === undefined) throw thrown;
      await this.config.runHook('command_not_found', { id, argv });
    }
  }
}
