import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = sourceFiles('src');
/** No file is longer than this, and half of them are no longer than the second. Lower these when you can. */
const LONGEST_FILE = 250;
const LONGEST_MEDIAN = 100;

/**
 * Who may import whom. A room is a folder or a file of src/lib; it may import itself, what it lists here, and
 * packages where it lists them. What is not listed is forbidden.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  errors: [],
  outcomes: ['model'],
  ports: ['model'],
  engine: ['ports'],
  decide: ['model', 'iam', 'package:semver'],
  survey: ['model', 'ports', 'engine', 'errors', 'outcomes'],
  act: ['model', 'ports', 'engine', 'errors', 'outcomes'],
  lock: ['model', 'ports', 'engine', 'errors', 'outcomes'],
  patience: ['errors', 'ports'],
  roll: ['model', 'engine', 'errors', 'patience', 'begin', 'decide', 'act', 'survey', 'lock'],
  begin: ['model', 'engine', 'errors', 'outcomes', 'patience', 'survey', 'lock'],
  forecast: ['model', 'decide'],
  plan: ['model', 'engine', 'begin', 'decide', 'forecast'],
  status: ['model', 'engine', 'begin', 'decide', 'survey', 'lock'],
  watch: ['model', 'engine', 'errors', 'decide', 'status'],
  pause: ['model', 'engine', 'begin', 'survey', 'lock'],
  doctor: ['model', 'ports', 'engine', 'errors', 'outcomes', 'begin', 'decide', 'survey', 'lock'],
  clock: ['ports'],
  files: ['ports'],
  hooks: ['model', 'ports'],
  notify: ['errors', 'ports', 'ui', 'package:undici'],
  connect: ['model', 'engine', 'create', 'doctor', 'aws', 'consul', 'clock', 'files', 'hooks', 'settings'],
  'yaml-file': ['errors', 'outcomes', 'settings', 'package:yaml', 'package:zod'],
  'cluster-file': ['boot', 'settings', 'yaml-file', 'package:zod'],
  'settings-file': ['model', 'errors', 'settings', 'yaml-file', 'package:zod'],
  create: [
    'model',
    'ports',
    'engine',
    'errors',
    'outcomes',
    'boot',
    'cluster-file',
    'yaml-file',
    'user-data',
    'decide',
    'survey',
  ],
  aws: ['model', 'ports', 'errors', 'outcomes', 'settings', 'package:@aws-sdk', 'package:@smithy'],
  consul: ['model', 'ports', 'errors', 'outcomes', 'settings', 'package:undici', 'package:zod'],
  boot: [],
  iam: [],
  'user-data': ['boot', 'errors', 'outcomes'],
  'script-check': [],
  terraform: ['model', 'package:zod'],
  settings: ['model', 'errors', 'outcomes', 'boot', 'terraform', 'package:parse-duration'],
  ui: [
    'model',
    'outcomes',
    'errors',
    'decide',
    'forecast',
    'terraform',
    'package:listr2',
    'package:ansis',
    'package:zod',
  ],
  sandbox: ['boot', 'package:@aws-sdk', 'package:@smithy', 'package:undici', 'package:zod'],
};

/** Names that only commands and views may use: everything below says what it has to say as data. */
const LOUD =
  /\bconsole\.\w+\(|process\.exit|process\.std(out|err)\b|from '(listr2|ansis|node:readline[^']*)'/;

describe('the house', () => {
  it('lets every room import only what it may', () => {
    const strangers = FILES.flatMap((file) => importsOf(file).flatMap((to) => offence(file, to)));
    expect(strangers).toEqual([]);
  });

  it('keeps clocks, I/O and chance out of decisions, models and what Terraform is told', () => {
    const impure =
      /\bDate\.now|new Date\(\)|Math\.random|setTimeout|setInterval|\bfetch\(|from 'node:|\bawait\b|process\./;
    const pure = FILES.filter((file) =>
      /^src\/lib\/(decide|model|forecast|boot|terraform|watch)\//.test(file),
    );
    expect(pure.length).toBeGreaterThan(20);
    expect(pure.filter((file) => impure.test(code(file)))).toEqual([]);
  });

  it('keeps terminals out of everything below commands and views', () => {
    const below = FILES.filter((file) => file.startsWith('src/lib/') && !file.startsWith('src/lib/ui/'));
    expect(below.filter((file) => LOUD.test(code(file)))).toEqual([]);
  });

  it('gives only the sandbox and demo commands a way into the sandbox', () => {
    const visitors = FILES.filter((file) => !file.startsWith('src/lib/sandbox/'))
      .filter((file) => importsOf(file).some((to) => to.startsWith('src/lib/sandbox/')))
      .filter(
        (file) => !/^src\/(commands\/(sandbox\/|demo)|sandbox-(command|document)\.ts|demo\/)/.test(file),
      );
    expect(visitors).toEqual([]);
  });

  it('has small files', () => {
    const lengths = FILES.map((file) => ({ file, lines: read(file).split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([]);
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(LONGEST_MEDIAN);
  });

  it('has no file that nothing reaches from a command', () => {
    const alive = new Set<string>();
    const visit = (file: string): void => {
      if (alive.has(file)) return;
      alive.add(file);
      importsOf(file)
        .filter((to) => to.startsWith('src/'))
        .forEach(visit);
    };
    FILES.filter((file) => /^src\/(commands|hooks)\//.test(file)).forEach(visit);
    // Started as programs of their own, by path.
    FILES.filter((file) => /\/reaper-process\.ts$|-main\.ts$/.test(file)).forEach(visit);
    expect(FILES.filter((file) => !alive.has(file))).toEqual([]);
  });

  it.each(['cluster-schema', 'settings-schema'])('has fresh what scripts/%s.mjs writes', (script) => {
    const check = () => execFileSync(process.execPath, [`scripts/${script}.mjs`, '--check'], { cwd: ROOT });
    expect(check).not.toThrow();
  });

  it('has a fresh schema of events, and fresh tables of them', () => {
    const check = () => execFileSync(process.execPath, ['scripts/events.mjs', '--check'], { cwd: ROOT });
    expect(check).not.toThrow();
  });

  it('has a fresh schema of every document of --json', () => {
    const check = () =>
      execFileSync(process.execPath, ['scripts/document-schemas.mjs', '--check'], { cwd: ROOT });
    expect(check).not.toThrow();
  });

  it('has a fresh page for every command, and no other', () => {
    const check = () =>
      execFileSync(process.execPath, ['scripts/command-docs.mjs', '--check'], { cwd: ROOT });
    expect(check).not.toThrow();
  });

  it('has a fresh manifest', () => {
    const check = () => execFileSync(process.execPath, ['scripts/manifest.mjs', '--check'], { cwd: ROOT });
    expect(check).not.toThrow();
  });
});

function sourceFiles(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** A file without its comments. */
function code(file: string): string {
  return read(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');
}

/** What a file imports: files of ours by path from the root, packages by name. */
function importsOf(file: string): string[] {
  const found = code(file).matchAll(/(?:from|import)\s*\(?\s*'([^'\s]+)'/g);
  return [...found].map(([, name = '']) =>
    name.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), name)).replace(/\.js$/, '.ts') : name,
  );
}

/** The room of a file of src/lib: its folder, or its own name. */
function roomOf(file: string): string | undefined {
  return /^src\/lib\/([^/.]+)/.exec(file)?.[1];
}

function offence(file: string, to: string): string[] {
  const room = roomOf(file);
  if (room === undefined || to.startsWith('node:')) return [];
  const allowed = ROOMS[room] ?? [];
  const target = roomOf(to);
  const fine =
    target === undefined
      ? allowed.some((one) => one.startsWith('package:') && to.startsWith(one.slice('package:'.length)))
      : target === room || allowed.includes(target);
  return fine ? [] : [`${file} imports ${to}`];
}
