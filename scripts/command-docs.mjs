// Writes docs/commands/*.md, one page a command, from oclif.manifest.json. With --check it writes nothing, and fails
// where a page is stale, missing or left over.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { fileAt, settle, tableOf } from './from-schema.mjs';

const FOLDER = 'docs/commands';
const SCRIPT = 'command-docs.mjs';
const BIN = 'consul-roll';

const manifest = JSON.parse(await readFile(fileAt('oclif.manifest.json'), 'utf8'));
const commands = Object.values(manifest.commands).filter(({ hidden }) => !hidden);
const pages = new Map(commands.map((command) => [`${slug(command)}.md`, pageOf(command)]));
pages.set('README.md', indexOf(commands));

await mkdir(fileAt(FOLDER), { recursive: true });
for (const [name, text] of pages) await settle(`${FOLDER}/${name}`, text, SCRIPT);
for (const name of await readdir(fileAt(FOLDER))) {
  if (pages.has(name)) continue;
  if (!process.argv.includes('--check')) await rm(fileAt(`${FOLDER}/${name}`));
  else {
    process.stderr.write(`${FOLDER}/${name} is left over: run npm run build\n`);
    process.exitCode = 1;
  }
}

function indexOf(all) {
  const rows = all.map((command) => [`[\`${BIN} ${typed(command)}\`](${slug(command)}.md)`, cell(command.summary)]);
  return ['# Commands', '', tableOf(['command', 'what it does'], rows)].join('\n');
}

function pageOf(command) {
  const { description, exits } = told(command.description);
  return [
    `# ${BIN} ${typed(command)}`,
    command.summary,
    section('Synopsis', fenced(synopsis(command))),
    section('Description', description),
    ...flagSections(command),
    section('Environment', environment(command)),
    section('Exit status', exits && tableOf(['exit', 'meaning'], exits)),
    section('Examples', examples(command)),
    section('See also', seeAlso(command)),
  ]
    .filter((part) => part !== undefined)
    .map((part) => part.trimEnd())
    .join('\n\n')
    .concat('\n');
}

function section(title, text) {
  return text === undefined || text === '' ? undefined : `## ${title}\n\n${text}`;
}

function fenced(text) {
  return `\`\`\`\n${text}\n\`\`\``;
}

function synopsis(command) {
  const needed = flagsOf(command).filter(({ required }) => required);
  const args = Object.values(command.args).map(({ name, required, multiple }) => {
    const shown = `${name.toUpperCase()}${multiple ? '...' : ''}`;
    return required ? shown : `[${shown}]`;
  });
  return [BIN, typed(command), ...args, ...needed.map((flag) => shownFlag(flag)), '[flags]'].join(' ');
}

/** The flags, a table a group, in the order in which --help shows them. */
function flagSections(command) {
  const groups = new Map();
  for (const flag of flagsOf(command)) {
    const group = flag.helpGroup ?? '';
    groups.set(group, [...(groups.get(group) ?? []), flag]);
  }
  return [...groups].map(([group, flags]) => {
    const rows = flags.map((flag) => [
      `\`${cell(shownFlag(flag))}\``,
      defaultOf(flag),
      cell(flag.summary ?? flag.description),
    ]);
    return section(
      group === '' ? 'Flags' : `Flags: ${group.toLowerCase()}`,
      tableOf(['flag', 'default', 'what it does'], rows),
    );
  });
}

function flagsOf(command) {
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  return flags.sort((one, other) => Number(other.required ?? false) - Number(one.required ?? false));
}

function shownFlag({ char, name, type, options, helpValue, allowNo }) {
  const short = char ? `-${char}, ` : '';
  if (type === 'boolean') return `${short}--${allowNo ? '[no-]' : ''}${name}`;
  const value = options ? options.join('|') : (helpValue ?? 'VALUE');
  return `${short}--${name} ${value}`;
}

function defaultOf({ required, type, default: value }) {
  if (required) return 'required';
  if (type === 'boolean') return value ? 'on' : 'off';
  return value === undefined ? '' : `\`${value}\``;
}

/** The description, and the exit codes that it lists at its end. */
function told(text = '') {
  const [description, codes] = text.split(/\n*Exit codes:\n/);
  const exits = codes?.split('\n').map((line) => /^(\d+) (.*)$/.exec(line)?.slice(1));
  return {
    description: description?.replace(/\n(?!\n)/g, '\n\n'),
    exits: exits?.filter(Boolean).map(([code, meaning]) => [code, cell(meaning)]),
  };
}

function environment(command) {
  const rows = flagsOf(command)
    .filter(({ env }) => env)
    .map(({ env, name }) => [`\`${env}\``, `the same as \`--${name}\``]);
  const table = rows.length === 0 ? '' : tableOf(['variable', 'what it does'], rows);
  if (!('config' in command.flags)) return table;
  const rest =
    'Most flags can also be set by an environment variable, `CONSUL_ROLL_` and the name of the flag, or in a settings file: ' +
    '[settings](../settings.md). The variables of the AWS SDK (`AWS_PROFILE`, `AWS_REGION`, …) ' +
    'and of Consul (`CONSUL_HTTP_TOKEN`, `CONSUL_HTTP_TOKEN_FILE`, `CONSUL_CACERT`, …) apply.';
  return [table, rest].filter(Boolean).join('\n');
}

function examples({ id, examples = [] }) {
  const lines = examples.map((example) => {
    const { command = example, description } = typeof example === 'string' ? {} : example;
    const line = String(command)
      .replaceAll('<%= config.bin %>', BIN)
      .replaceAll('<%= command.id %>', id.replaceAll(':', ' '));
    return description === undefined ? line : `# ${description}\n${line}`;
  });
  return lines.length === 0 ? undefined : fenced(lines.join('\n\n'));
}

/** The documents that the description names. */
function seeAlso({ description = '', flags }) {
  const texts = [
    description,
    ...Object.values(flags).map(({ summary, description: more }) => `${summary} ${more ?? ''}`),
  ];
  const named = texts.flatMap((text) => [...text.matchAll(/docs\/([\w-]+)\.md/g)].map(([, name]) => name));
  return [...new Set(named)].map((name) => `[${name}](../${name}.md)`).join(', ');
}

function typed({ id }) {
  return id.replaceAll(':', ' ');
}

function slug({ id }) {
  return id.replaceAll(':', '-');
}

function cell(text = '') {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
