import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXIT } from '../../src/cli/exit-codes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLES = join(ROOT, 'docs/examples/ci');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const examples = readdirSync(EXAMPLES);

interface Manifest {
  readonly commands: Readonly<Record<string, { readonly flags: Readonly<Record<string, unknown>> }>>;
}
const { commands }: Manifest = JSON.parse(read('oclif.manifest.json'));

/** Every `consul-roll ...` in a text, as command and flags. */
function calls(text: string): { command: string; flags: string[] }[] {
  const found = text.matchAll(/\bconsul-roll (upgrade|resume|rollback|plan|status|iam-policy|acl-policy)\b([^\n`']*)/g);
  return [...found].map(([, command = '', rest = '']) => {
    return { command, flags: [...rest.matchAll(/(?<=\s)--([\w-]+)/g)].map(([, flag = '']) => flag) };
  });
}

function findUnknownFlags(text: string): string[] {
  return calls(text).flatMap(({ command, flags }) =>
    flags.filter((flag) => !(flag in (commands[command]?.flags ?? {}))).map((flag) => `${command} --${flag}`),
  );
}

describe('the examples for CI', () => {
  it.each(examples.filter((name) => name.endsWith('.yml')))('%s is YAML', (name) => {
    expect(parse(readFileSync(join(EXAMPLES, name), 'utf8'))).toBeTypeOf('object');
  });

  it.each(examples)('%s calls existing commands and flags, or the action', (name) => {
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    expect(findUnknownFlags(text)).toEqual([]);
    expect(text.includes('uses: example/consul-roll@') || calls(text).length > 0).toBe(true);
  });

  it.each(examples)('%s passes --yes to every roll', (name) => {
    const rolls = calls(readFileSync(join(EXAMPLES, name), 'utf8')).filter(({ command }) => command === 'upgrade');
    expect(rolls.every(({ flags }) => flags.includes('yes') && flags.includes('events'))).toBe(true);
  });

  it('pass existing inputs to the action, and existing flags to upgrade', () => {
    const action = parse(read('action.yml'));
    const { jobs } = parse(read('docs/examples/ci/github.yml'));
    const step = jobs.roll.steps.find(({ uses }: { uses?: string }) => uses?.includes('consul-roll@'));
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)));
    expect(findUnknownFlags(`consul-roll upgrade ${step.with.args}`)).toEqual([]);
  });

  it.each(examples)('%s inserts no expression into a script', (name) => {
    const runs = [...readFileSync(join(EXAMPLES, name), 'utf8').matchAll(/^\s*(?:- )?run: (.*)$/gm)];
    expect(runs.filter(([, script = '']) => script.includes('${{'))).toEqual([]);
  });
});

/** Every image that a document names, as `image: NAME` or as `image: {name: NAME}`. */
function listImages(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = typeof inner === 'object' ? inner?.name : inner;
    return [...(key === 'image' && typeof name === 'string' ? [name] : []), ...listImages(inner)];
  });
}

describe('what the examples run with the token and the role', () => {
  const readExample = (name: string) => read(`docs/examples/ci/${name}`);

  it.each(examples.filter((name) => name.endsWith('.yml')))('%s names no image by its tag alone', (name) => {
    const images = listImages(parse(readExample(name)));
    expect(images.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
    expect(images.length > 0).toBe(name === 'gitlab-ci.yml');
  });

  it('finds an image in either form', () => {
    expect(listImages({ a: { image: 'x:1' }, b: [{ image: { name: 'y:2' } }] })).toEqual(['x:1', 'y:2']);
  });

  it('buildspec.yml builds the commit that it names, and no other', () => {
    const { env, phases } = parse(readExample('buildspec.yml'));
    expect(env.variables.COMMIT).toMatch(/^[0-9a-f]{40}$/);
    const commands: string[] = phases.install.commands;
    const checked = commands.indexOf('test "$(git rev-parse HEAD)" = "$COMMIT"');
    const entered = commands.indexOf('cd "$CODEBUILD_SRC_DIR_consul_roll"');
    const built = commands.findIndex((command) => command.includes('npm'));
    expect([entered, checked, built]).toEqual([0, 1, 2]);
  });
});

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: unknown;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

describe('workflows', () => {
  const folder = '.github/workflows';
  const files = [...readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`), 'docs/examples/ci/github.yml'];

  it.each(files)('%s pins every action to a commit, and says which version it is', (name) => {
    const used = [...read(name).matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action = '']) => action);
    expect(used.length).toBeGreaterThan(1);
    expect(used.filter((action) => !/^[\w./-]+@[0-9a-f]{40} # (action-)?v\d/.test(action))).toEqual([]);
  });

  it('keep the right to publish from every job that runs what was installed', () => {
    const { permissions, jobs } = parse(read(`${folder}/release.yml`));
    expect(permissions).toEqual({});
    for (const [name, { permissions: own, env, steps }] of Object.entries<Job>(jobs)) {
      // A file that was packed elsewhere is published as it is.
      const isPublication = (run: string) => /^npm publish release\/\S+\.tgz .*--ignore-scripts$/.test(run);
      const runs = steps.flatMap(({ run = '' }) => (isPublication(run) ? [] : [run])).join('\n');
      const canWrite = Object.values(own ?? {}).includes('write');
      expect([name, canWrite && /\b(npm|npx|node)\b/.test(runs), env]).toEqual([name, false, undefined]);
    }
    const { steps }: Job = jobs.build;
    expect(steps.some((step) => JSON.stringify(step).includes('secrets.') || 'env' in step)).toBe(false);
    const commands = steps.map(({ run = '' }) => run).join('\n');
    for (const part of ['npm ci --ignore-scripts', 'npm audit signatures', 'sbom.cdx.json'])
      expect(commands).toContain(part);
    expect(commands.match(/npm (run build|test|pack)/g)).toEqual(['npm run build', 'npm test', 'npm pack']);
    const published: Job = jobs.publish;
    expect(published.steps.map(({ uses = '' }) => uses.split('@')[0])).toContain('actions/attest-build-provenance');
    expect(jobs.npm.needs).toBe('publish');
    expect(JSON.stringify(jobs.npm)).toContain('--provenance');
    expect(JSON.stringify(jobs.npm)).not.toContain('secrets.');
  });
});

describe('docs/ci.md', () => {
  const doc = read('docs/ci.md');

  it('has a row for every exit code', () => {
    for (const code of Object.values(EXIT)) expect(doc).toContain(`\n| ${code} |`);
  });

  it('lists every input and output of the action, and links every example', () => {
    const action = parse(read('action.yml'));
    for (const name of Object.keys(action.inputs)) expect(doc).toContain(`| \`${name}\` |`);
    for (const name of Object.keys(action.outputs)) expect(doc).toContain(`\`${name}\``);
    for (const name of examples) expect(doc).toContain(`(examples/ci/${name})`);
  });

  it('calls existing commands and flags', () => {
    expect(findUnknownFlags(doc)).toEqual([]);
  });
});

describe('--help', () => {
  it.each(['upgrade', 'resume', 'rollback', 'plan', 'create', 'demo', 'doctor', 'pause'])(
    'of %s lists every exit code once, in order',
    (name) => {
      const { description } = commands[name] as unknown as { description: string };
      const listed = [...(description.split('Exit codes:\n')[1] ?? '').matchAll(/^(\d+) ./gm)].map(([, code]) =>
        Number(code),
      );
      expect(listed).toEqual([...new Set(listed)].sort((a, b) => a - b));
      expect(listed).toEqual(expect.arrayContaining([EXIT.done, 1, 2]));
    },
  );
});
