import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACL_COMMANDS } from '../../../src/lib/model/acl.js';
import { COMMAND_USERS } from '../../../src/lib/permissions/iam-policy.js';

const COMMANDS = readdirSync('src/commands', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace('.ts', ''));

/** Commands that reach neither a cluster nor an account. */
const ALONE: Readonly<Record<string, string>> = {
  config: 'shows settings',
  'user-data': 'prints a boot script',
  'iam-policy': 'prints a table',
  'acl-policy': 'prints a table',
  demo: 'rolls in a sandbox of its own, with the credentials of that',
  'sandbox/up': 'is an account of its own',
  'sandbox/env': 'prints the address of a sandbox',
  'sandbox/down': 'ends a sandbox',
};
/** Commands with credentials of AWS and without a token of Consul. */
const WITHOUT_TOKEN: Readonly<Record<string, string>> = {
  list: 'the servers of a group that looks like a cluster may be those of others: they are asked without a token',
};
/** Names of a policy that is not that of a command. */
const TOKENS = ['snapshot'];

describe('every command', () => {
  it('is in the table of IAM, or needs no permission', () => {
    expect([...Object.keys(COMMAND_USERS), ...Object.keys(ALONE)].sort()).toEqual(COMMANDS.toSorted());
  });

  it('is in the table of ACLs, or sends no token', () => {
    const listed = [...ACL_COMMANDS, ...Object.keys(ALONE), ...Object.keys(WITHOUT_TOKEN)];
    expect(listed.sort()).toEqual([...COMMANDS, ...TOKENS].sort());
  });

  it('makes a client, or is one of those that need no permission', () => {
    const connects = (name: string) =>
      /cli\/connect\.js|\b(Rolling|Planning)Command\b|\breadClusterList\b/.test(
        readFileSync(`src/commands/${name}.ts`, 'utf8'),
      );
    expect(COMMANDS.filter(connects).sort()).toEqual(Object.keys(COMMAND_USERS).sort());
  });
});
