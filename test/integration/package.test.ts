import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import { PORTS } from '../helpers/ports.js';
import { compileProgram, type Program, programAt } from '../helpers/program.js';
import { until } from '../sandbox/instances/until.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATH = process.env.PATH ?? '';
const NEW = getImage('consul-v2').imageId;
const ROLL = ['--cluster', 'consul', '--yes', '--interval', '200ms', '--success-threshold', '2', '--ami', NEW];

const home = mkdtempSync(join(tmpdir(), 'package-'));
const modules = join(home, 'prefix', 'lib', 'node_modules');
const installed = join(modules, 'consul-roll');
const bundle = join(installed, 'bundle');
let program: Program;
let env: Record<string, string>;

/** Without a registry, and with nothing in the cache. */
function install(): void {
  const { root } = compileProgram();
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), root], { stdio: 'pipe' });
  const quiet = ['--cache', join(home, 'npm-cache'), '--no-audit', '--no-fund', '--silent'];
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', home, ...quiet], { cwd: ROOT });
  const archive = join(home, packed.toString().trim().split('\n').at(-1) ?? '');
  execFileSync('npm', ['install', '--global', '--offline', '--prefix', join(home, 'prefix'), ...quiet, archive]);
}

beforeAll(async () => {
  install();
  program = programAt(bundle);
  env = { PATH: '/usr/bin:/bin', XDG_STATE_HOME: join(home, 'state'), TMPDIR: home, HOME: home };
  const flags = ['--size', '3', '--speed', '8', '--consul', 'simulated', '--detach'];
  const up = await program.run(['sandbox', 'up', '--port', String(PORTS.package), ...flags], env);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  const shell = await program.run(['sandbox', 'env', '--port', String(PORTS.package)], env);
  for (const [, name = '', value = ''] of shell.stdout.matchAll(/^export (\w+)='(.*)'$/gm)) env[name] = value;
  env.AWS_CONFIG_FILE = join(home, 'no-config');
}, 180_000);

afterAll(async () => {
  await program.run(['sandbox', 'down', '--port', String(PORTS.package)], env);
  rmSync(home, { recursive: true, force: true });
}, 60_000);

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const listFiles = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' });

describe('what is packed', () => {
  it('is one package, that installs nothing and runs no script', () => {
    expect(readdirSync(modules)).toEqual(['consul-roll']);
    expect(listFiles(installed).filter((name) => name.includes('node_modules'))).toEqual([]);
    const { dependencies, optionalDependencies, peerDependencies, scripts, bin } = readJson(
      join(installed, 'package.json'),
    );
    expect([dependencies, optionalDependencies, peerDependencies]).toEqual([undefined, undefined, undefined]);
    const hooks = ['prepare', 'preinstall', 'install', 'postinstall', 'prepublish'];
    expect(Object.keys(scripts).filter((name) => hooks.includes(name))).toEqual([]);
    expect(existsSync(join(installed, bin['consul-roll']))).toBe(true);
  });

  it('has no types, and the licence of everything that is in it', () => {
    expect(listFiles(installed).filter((name) => /\.(d\.ts|map)$|^dist\//.test(name))).toEqual([]);
    const licences = readFileSync(join(bundle, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    const { components } = readJson(join(bundle, 'sbom.cdx.json'));
    expect(components.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['@oclif/core', '@aws-sdk/client-auto-scaling', 'undici', 'zod']),
    );
    for (const { name, version, hashes } of components) {
      expect(licences).toContain(`${name} ${version} (`);
      expect([name, hashes[0]?.content]).toEqual([name, expect.stringMatching(/^[0-9a-f]{128}$/)]);
    }
  });

  it('has every command and flag of the program', () => {
    const flagsOf = (file: string, id: string) => Object.keys(readJson(file).commands[id].flags);
    const own = join(ROOT, 'oclif.manifest.json');
    const packed = join(bundle, 'oclif.manifest.json');
    for (const id of Object.keys(readJson(own).commands)) expect(flagsOf(packed, id)).toEqual(flagsOf(own, id));
    const more = ['autocomplete', 'autocomplete:create', 'autocomplete:script', 'help'];
    expect(Object.keys(readJson(packed).commands).sort()).toEqual(
      [...Object.keys(readJson(own).commands), ...more].sort(),
    );
  });
});

describe('an installed package', () => {
  const run = (...args: string[]) => program.run(args, env);

  it('runs by its name', () => {
    const said = execFileSync(join(home, 'prefix/bin/consul-roll'), ['--version'], { env: { ...env, PATH } });
    expect(said.toString()).toMatch(/^consul-roll\/\d+\.\d+\.\d+ \S+ node-v/);
  });

  it.each(['', 'development'])('loads no compiler and no plugin (NODE_ENV=%s)', async (mode) => {
    const { exitCode, stdout, stderr } = await program.run(['help', 'upgrade'], { ...env, NODE_ENV: mode });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('$ consul-roll upgrade ');
  });

  it('suggests the command that was meant, and completes in bash', async () => {
    expect(await run('upgrad')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Did you mean upgrade?'),
    });
    expect(await run('autocomplete', 'script', 'bash')).toMatchObject({ exitCode: 0 });
  });

  it('shows status and plan of a cluster', async () => {
    const status = await run('status', '--cluster', 'consul', '--json');
    expect([status.exitCode, status.stderr]).toEqual([0, '']);
    expect(JSON.parse(status.stdout)).toMatchObject({ verdict: 'ready' });
    const plan = await run('plan', '--cluster', 'consul', '--ami', NEW);
    expect([plan.exitCode, plan.stderr]).toEqual([0, '']);
    const doctor = await run('doctor', '--cluster', 'consul', '--ami', NEW, '--json');
    expect(JSON.parse(doctor.stdout)).toMatchObject({ schema: expect.stringMatching(/\/doctor\//) });
  }, 60_000);

  it('loads no client, no parser of files and no rules of languages before it has read its flags', async () => {
    const loaded = join(home, 'loaded-by-status.txt');
    const hook = `data:text/javascript,${encodeURIComponent(watchLoads(loaded))}`;
    expect(await program.run(['status', '--nope'], { ...env, NODE_OPTIONS: `--import=${hook}` })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Unknown flag --nope'),
    });
    const files = readFileSync(loaded, 'utf8').trim().split('\n');
    const text = files.map((url) => readFileSync(fileURLToPath(url), 'utf8')).join('\n');
    const has = (pattern: RegExp) => pattern.test(text);
    expect(has(/Show the health of the cluster/)).toBe(true);
    const notYet = [/llhttp/, /AutoScalingClient/, /LineCounter/, /[^?]=new Intl\./, /[^?]=new RegExp\([^)]*RGI_Emoji/];
    expect(notYet.filter(has)).toEqual([]);
  });

  // What Node 22 and 24 take themselves differs by as much as is measured here.
  it.runIf(process.versions.node.startsWith('20.'))('takes less than 90 MB for a status', async () => {
    const report = 'process.on("exit", () => process.stderr.write(String(process.resourceUsage().maxRSS)))';
    const hook = `data:text/javascript,${encodeURIComponent(report)}`;
    const args = ['status', '--cluster', 'consul'];
    const { stderr } = await program.run(args, { ...env, NODE_OPTIONS: `--import=${hook}` });
    expect(Number(stderr) / 1024).toBeGreaterThan(40);
    expect(Number(stderr) / 1024).toBeLessThan(90);
  });

  it('plays a demo', async () => {
    const flags = ['--size', '3', '--speed', '20', '--consul', 'simulated', '--json'];
    const { exitCode, stdout, stderr } = await run('demo', ...flags);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ writes: { lost: 0 } });
  }, 120_000);
});

describe('a package that is removed in mid-roll', () => {
  it.each(['upgrade', 'resume', 'rollback'])('%s loads beforehand all that it can reach', (command) => {
    const { filesOfRoll } = readJson(join(bundle, 'package.json'));
    const found = new Set<string>();
    const follow = (file: string) => {
      if (found.has(file)) return;
      found.add(file);
      const text = readFileSync(file, 'utf8');
      for (const [, next = ''] of text.matchAll(/(?:from|import|import\()["'](\.{1,2}\/[^"']+)["']/g))
        follow(resolve(dirname(file), next));
    };
    follow(join(bundle, 'dist/commands', `${command}.js`));
    expect(found.size).toBeGreaterThan(20);
    expect(filesOfRoll).toEqual(expect.arrayContaining([...found].map((file) => file.slice(bundle.length + 1))));
  });

  it('does not disturb the roll', async () => {
    const copy = join(home, 'copy');
    const events = join(home, 'events.ndjson');
    cpSync(bundle, copy, { recursive: true });
    const loaded = join(home, 'loaded.txt');
    const hook = `data:text/javascript,${encodeURIComponent(watchLoads(loaded))}`;
    const roll = programAt(copy).start(
      ['upgrade', ...ROLL, '--events', events, '--report', join(home, 'report.html'), '--snapshot-dir', home],
      { ...env, NODE_OPTIONS: `--import=${hook}` },
    );
    await until(
      'the first step',
      () => existsSync(events) && readFileSync(events, 'utf8').includes('"kind":"step-started"'),
    );
    rmSync(copy, { recursive: true, force: true });
    const before = readFileSync(loaded, 'utf8');
    const { exitCode, stdout, stderr } = await roll.ended;
    expect([exitCode, stderr], stdout).toEqual([0, expect.any(String)]);
    expect(stdout).toMatch(/^Rolled: every server of consul runs/m);
    expect(existsSync(join(home, 'report.html'))).toBe(true);
    expect(before).toContain(pathToFileURL(join(copy, 'dist')).href);
    expect(readFileSync(loaded, 'utf8').slice(before.length)).toBe('');
  }, 180_000);
});

/** A module that writes down every file of a program that is loaded. */
function watchLoads(file: string): string {
  const load = `import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      if (url.startsWith('file:')) appendFileSync(${JSON.stringify(file)}, url + '\\n');
      return next(url, context);
    }`;
  const hooks = `data:text/javascript,${encodeURIComponent(load)}`;
  return `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`;
}
