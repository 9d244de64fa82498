import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Command {
  readonly flags: Readonly<Record<string, { readonly required?: boolean }>>;
}
const commands: Readonly<Record<string, Command>> = JSON.parse(
  readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8'),
).commands;

/** The calls of the program in a source's texts, `X` in place of every value. */
function listCalls(source: string): string[] {
  const code = withoutComments(source)
    .replaceAll(/\$\{formatRollFlags\([^`]*?\)\}/g, '--cluster X --roll X')
    .replaceAll(/\$\{formatFlag\('([a-z-]+)',[^{}]*\}/g, '--$1 X')
    .replaceAll(/\$\{[^{}]*\}/g, 'X');
  const calls = code.matchAll(/consul-roll ((?:sandbox )?[a-z-]+)((?: --[a-z-]+(?: [\w-]+)?)*)(?! X)/g);
  return [...calls].map(([, command = '', flags = '']) => `${command}${flags}`);
}

function withoutComments(source: string): string {
  return source.replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '');
}

/** What is put unquoted into the calls of `aws` and `consul` in a source's texts; numbers need no quotes. */
function listUnquoted(source: string): string[] {
  const calls = withoutComments(source).matchAll(/\b(?:aws [a-z0-9]+ [a-z]+-|consul [a-z]+ )(?:`(?!\))|[^`\n])*/g);
  const values = [...calls].flatMap(([call]) => [
    ...call.matchAll(/(?<!(?:quoteWord|formatFlag)\([^`]*`[^`]*)\$\{(.*?)(?=[(}])/g),
  ]);
  return values.map(([, value = '']) => value).filter((value) => !QUOTED.has(value));
}

const QUOTED = new Set([
  'quoteWord',
  'formatFlag',
  'issue.processes.map',
  'SELF_ACTING_PROCESSES.map',
  'expected',
  'port',
]);

/** What is wrong with a call. */
function findFaults(call: string): string[] {
  const [typed = '', ...flags] = call.split(/ (?=--)/);
  const known = commands[typed.replace(' ', ':')]?.flags;
  if (known === undefined) return flags.length === 0 ? [] : [`${typed} is not a command`];
  const given = flags.map((flag) => flag.replace(/^--(\S+).*/, '$1'));
  const unknown = given.filter((flag) => flag !== 'help' && !(flag in known)).map((flag) => `--${flag} does not exist`);
  // A plan names the cluster and the image.
  const lacking = Object.keys(known).filter(
    (flag) => known[flag]?.required && !given.includes(flag) && !(typed === 'upgrade' && given.includes('plan')),
  );
  if (given.includes('help')) return unknown;
  return [...unknown, ...lacking.map((flag) => `--${flag} is required`)];
}

const FILES = ['src/lib', 'src/cli', 'src/commands', 'src/hooks'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

describe('a command that the program prints', () => {
  it('exists, and has the flags it needs', () => {
    const calls = FILES.flatMap((path) =>
      listCalls(readFileSync(join(ROOT, path), 'utf8')).map((call) => ({ path, call })),
    );
    expect(calls.length).toBeGreaterThan(30);
    const faults = calls.flatMap(({ path, call }) => findFaults(call).map((fault) => `${path}: ${call}: ${fault}`));
    expect(faults).toEqual([]);
  });

  it('has every value of another program quoted', () => {
    const unquoted = FILES.map((path) =>
      listUnquoted(readFileSync(join(ROOT, path), 'utf8')).map((one) => [path, one]),
    );
    expect(unquoted.flat()).toEqual([]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    const flaws = ['`aws ec2 describe-tags --id ${id} ${quoteWord(a)}`', '`run consul operator raft -id=${peer.id}`'];
    expect(flaws.flatMap(listUnquoted)).toEqual(['id', 'peer.id']);
  });

  it.each([
    ['consul-roll status', ['--cluster is required']],
    ['consul-roll status --cluster X --wach', ['--wach does not exist']],
    ['consul-roll resum --cluster X', ['resum is not a command']],
    ['consul-roll upgrade --help', []],
  ])('%s has these faults: %j', (text, faults) => {
    expect(listCalls(text).flatMap(findFaults)).toEqual(faults);
  });
});
