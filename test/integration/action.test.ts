import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildOutputs } from '../../src/lib/output/github/outputs.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { parseEvents } from '../helpers/events-file.js';
import { PORTS } from '../helpers/ports.js';
import { compileProgram, type Program } from '../helpers/program.js';

const PORT = PORTS.action;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NEW = getImage('consul-v2').imageId;
const OF_PLAN_ALONE = ['changes', 'steps', 'expected-seconds'];
const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;

interface Step {
  readonly id?: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}
const action: Action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
const [build, roll] = action.runs.steps;

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'action-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The environment of the step that rolls, as the runner makes it of these inputs. */
function inputs(given: Readonly<Record<string, string>>): Record<string, string> {
  const made = Object.entries(roll?.env ?? {}).map(([variable, expression]) => {
    const name = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression)?.[1] ?? '';
    return [variable, given[name] ?? action.inputs[name]?.default ?? ''];
  });
  return Object.fromEntries(made);
}

/** Runs a step as the runner does: `shell: bash`. */
function runStep(step: Step | undefined, env: Readonly<Record<string, string>>) {
  const script = join(home, 'step.sh');
  writeFileSync(script, step?.run ?? 'exit 99');
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {
    env: { PATH, HOME: home, RUNNER_TEMP: home, ...env },
    encoding: 'utf8',
    cwd: home,
  });
  return { status, stdout, stderr };
}

describe('the scripts of the action', () => {
  it('have nothing put into them: inputs come as variables', () => {
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
  });

  it('hand every output on that a run writes', () => {
    const values = Object.entries(action.outputs).map(([name, { value }]) => [name, value]);
    expect(values).toEqual(values.map(([name]) => [name, `\${{ steps.roll.outputs.${name} }}`]));
  });

  /** The arguments that the program would get; it writes them down in place of rolling. */
  function argumentsFor(given: Readonly<Record<string, string>>, then = ''): { status: number | null; args: string[] } {
    const fake = join(home, 'fake', 'bundle', 'bin');
    mkdirSync(fake, { recursive: true });
    const written = join(home, 'args.json');
    rmSync(written, { force: true });
    const code = `require('node:fs').writeFileSync(${JSON.stringify(written)}, JSON.stringify(process.argv.slice(2)));${then}`;
    writeFileSync(join(fake, 'run.js'), code);
    const env = { GITHUB_ACTION_PATH: join(home, 'fake'), GITHUB_OUTPUT: join(home, 'fake-output') };
    const { status } = runStep(roll, { ...env, ...inputs(given) });
    return { status, args: existsSync(written) ? JSON.parse(readFileSync(written, 'utf8')) : [] };
  }

  it('make flags of inputs', () => {
    const args = '--surge 1\n--terraform-address "group=a b"';
    const made = argumentsFor({ cluster: 'consul', group: 'a b', ami: 'ami-1', region: 'eu-west-1', args });
    expect(made.args).toEqual([
      'upgrade',
      '--cluster=consul',
      '--group=a b',
      '--ami=ami-1',
      '--region=eu-west-1',
      '--yes',
      expect.stringMatching(/^--events=.*events\.ndjson$/),
      '--surge',
      '1',
      '--terraform-address',
      'group=a b',
    ]);
    expect(argumentsFor({ command: 'plan', cluster: 'consul', ami: 'ami-1' }).args).toEqual([
      'plan',
      '--cluster=consul',
      '--ami=ami-1',
    ]);
  });

  it('run nothing of what inputs say', () => {
    const evil = '$(touch pwned) `touch pwned` ; touch pwned #';
    const { args } = argumentsFor({ cluster: evil, ami: evil, args: `--success-threshold ${evil} * ~ $HOME` });
    expect(args).toContain(`--cluster=${evil}`);
    expect(args.slice(5)).toEqual(expect.arrayContaining(['$(touch', 'pwned)', '*', '~', '$HOME']));
    expect(existsSync(join(home, 'pwned'))).toBe(false);
  });

  it.each([
    ['rollback', 4, 4],
    ['rollback', 5, 5],
    ['rollback', 0, 0],
    ['resume', 4, 4],
    ['upgrade', 4, 4],
  ])('take of %s the exit code %d for %d', (command, code, status) => {
    const given = { command, cluster: 'consul' };
    expect(argumentsFor(given, `process.exitCode = ${code};`).status).toBe(status);
  });

  it('become the program, which a cancellation reaches, and end as it ends', () => {
    const pause = `setInterval(() => undefined, 1000);
      for (const signal of ['SIGINT', 'SIGTERM'])
        process.on(signal, () => setTimeout(() => process.exit(130), 300));
      process.kill(process.pid, 'SIGINT');`;
    expect(argumentsFor({ command: 'rollback', cluster: 'consul' }, pause).status).toBe(130);
  });

  it.each([
    ['an unknown command', { command: 'demo; id', cluster: 'consul' }],
    ['a quote that does not end', { cluster: 'consul', args: '--group "a b' }],
  ])('stop at %s', (_, given) => {
    const { status, args } = argumentsFor(given);
    expect(status).not.toBe(0);
    expect(args).toEqual([]);
  });
});

describe('the build of the action', () => {
  const SECRETS = {
    CONSUL_HTTP_TOKEN: 'hush',
    CONSUL_ROLL_SNAPSHOT_TOKEN: 'hush',
    AWS_SECRET_ACCESS_KEY: 'hush',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'hush',
    GITHUB_TOKEN: 'hush',
    NODE_AUTH_TOKEN: 'hush',
  };

  it('gives what it installs no secret, and runs no install script of a dependency', () => {
    const [tools, source] = [join(home, 'tools'), join(home, 'source')];
    for (const folder of [tools, source]) mkdirSync(folder, { recursive: true });
    const written = join(home, 'npm-calls');
    const npm = `#!/bin/sh\n{ echo "npm $*"; env; ls -A "$HOME"; cat "$HOME/.npmrc" || :; } >> '${written}' 2>&1\n`;
    writeFileSync(join(tools, 'npm'), npm, { mode: 0o755 });
    writeFileSync(join(home, '.npmrc'), '//registry.example/:_authToken=hush\n');
    const proxy = { HTTPS_PROXY: 'http://ops:pass@127.0.0.1:1' };
    const env = { ...SECRETS, ...proxy, PATH: `${tools}:${PATH}`, GITHUB_ACTION_PATH: source };
    expect(runStep(build, env)).toMatchObject({ status: 0 });
    const said = readFileSync(written, 'utf8');
    expect(said).not.toContain('hush');
    expect(said).not.toContain('GITHUB_');
    expect(said).not.toContain(`HOME=${home}\n`);
    const [install = '', building = ''] = said.split(/^npm run/m);
    expect(install).toContain('HTTPS_PROXY=http://ops:pass@127.0.0.1:1');
    expect(building).not.toContain('pass');
    const made = /^HOME=(.*)$/m.exec(said)?.[1] ?? home;
    expect(existsSync(made)).toBe(false);
    expect(said.match(/^npm .*$/gm)).toEqual([
      'npm ci --include=dev --ignore-scripts --no-audit --no-fund',
      'npm run bundle',
    ]);
  });
});

describe('the action on a sandbox', () => {
  let program: Program;
  let env: Record<string, string>;
  let released: string;

  beforeAll(async () => {
    program = compileProgram();
    released = release(program);
    env = { PATH, XDG_STATE_HOME: join(home, 'state'), TMPDIR: home, HOME: home };
    const flags = ['--size', '3', '--speed', '20', '--consul', 'simulated', '--detach'];
    const up = await program.run(['sandbox', 'up', '--port', String(PORT), ...flags], env);
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    const shell = await program.run(['sandbox', 'env', '--port', String(PORT)], env);
    for (const [, name = '', value = ''] of shell.stdout.matchAll(/^export (\w+)='(.*)'$/gm)) env[name] = value;
  }, 90_000);

  afterAll(async () => {
    await program.run(['sandbox', 'down', '--port', String(PORT)], env);
  }, 30_000);

  function runnerOf(output: string, summary: string): Record<string, string> {
    return {
      ...env,
      AWS_CONFIG_FILE: join(home, 'no-config'),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION_PATH: released,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
    };
  }

  it('is of a release the bundle, and nothing to build it from', () => {
    expect(readdirSync(released).sort()).toEqual(['.git', 'LICENSE', 'action.yml', 'bundle']);
    expect(readFileSync(join(released, 'action.yml'), 'utf8')).toBe(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
    const npm = join(home, 'no-npm');
    mkdirSync(npm);
    writeFileSync(join(npm, 'npm'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
    const env = { PATH: `${npm}:${PATH}`, GITHUB_ACTION_PATH: released };
    expect(runStep(build, env)).toMatchObject({ status: 0, stdout: '' });
  });

  it('plans, and hands on whether there is anything to do', () => {
    const output = join(home, 'plan-output');
    const given = { command: 'plan', cluster: 'consul', ami: NEW };
    const { status, stderr } = runStep(roll, { ...runnerOf(output, join(home, 'none.md')), ...inputs(given) });
    expect(status, stderr).toBe(0);
    const outputs = outputsIn(readFileSync(output, 'utf8'));
    expect(outputs).toMatchObject({
      outcome: 'planned',
      'exit-code': '0',
      changes: 'true',
      'from-image': getImage('consul-v1').imageId,
      image: NEW,
      voters: '3',
      'roll-id': '',
      next: '',
    });
    expect(Number(outputs.steps)).toBeGreaterThan(15);
    expect(Number(outputs['expected-seconds'])).toBeGreaterThan(30);
    expect(outputs.summary).toMatch(/^\d+ steps, /);
    expect(Object.keys(action.outputs)).toEqual(expect.arrayContaining(Object.keys(outputs)));
  }, 30_000);

  it('rolls, and leaves groups, a summary, outputs and events behind', () => {
    const [output, summary] = [join(home, 'output'), join(home, 'summary.md')];
    const runner = runnerOf(output, summary);
    expect(runStep(build, runner)).toMatchObject({ status: 0 });
    const given = { cluster: 'consul', ami: NEW, args: '--interval 100ms --success-threshold 2' };
    const { status, stdout, stderr } = runStep(roll, { ...runner, ...inputs(given) });
    expect(status, stderr).toBe(0);

    expect(stdout).toMatch(/^Rolled: every server of consul runs/m);
    expect(stderr).toMatch(/::group::Drain\n\d\d:\d\d:\d\dZ {2}drain/);
    expect(stderr.match(/^::group::/gm)?.length).toBe(stderr.match(/^::endgroup::/gm)?.length);
    expect(stdout + stderr).not.toContain('\u001b');

    const outputs = outputsIn(readFileSync(output, 'utf8'));
    expect(outputs).toMatchObject({ outcome: 'rolled', 'exit-code': '0', image: NEW, voters: '3', quorum: '2' });
    const { events, errors: mistakes } = parseEvents(readFileSync(outputs.events ?? '', 'utf8'));
    expect(mistakes).toEqual([]);
    const last = events.at(-1);
    if (last?.kind !== 'ended') throw new Error('the events do not end');
    expect(outputs).toMatchObject({ ...buildOutputs(events, last), next: last.next.join('\n') });
    const named = Object.keys(action.outputs).filter((name) => !OF_PLAN_ALONE.includes(name));
    expect(Object.keys(outputs).sort()).toEqual(named.sort());

    const page = readFileSync(summary, 'utf8');
    for (const { instanceId } of last.servers) expect(page).toContain(`<code>${instanceId}</code>`);
    expect(page).toMatch(/\| Drain \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| \d+ m?s \|/);
  }, 120_000);
});

/** The commit that the workflow of a release makes for the action, by the steps of that workflow; the folder it is in. */
function release({ root }: Program): string {
  const folder = join(home, 'release');
  const env = {
    PATH,
    HOME: folder,
    GITHUB_REF_NAME: 'v9.8.7',
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_STEP_SUMMARY: '/dev/null',
    GITHUB_OUTPUT: join(folder, 'output'),
  };
  const run = (script: string, cwd = folder) => execFileSync('bash', ['-euo', 'pipefail', '-c', script], { env, cwd });
  const source = join(folder, 'source');
  for (const path of ['release', 'source']) mkdirSync(join(folder, path), { recursive: true });
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), root, join(folder, 'bundle')]);
  for (const name of ['action.yml', 'LICENSE', 'package.json']) copyFileSync(join(ROOT, name), join(source, name));
  const author = '-c user.name=a -c user.email=a@example.com';
  run(`git init -q --bare ../origin.git && git init -q && git add . && git ${author} commit -qm source`, source);
  const { jobs } = parse(readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8'));
  const steps: Step[] = [...jobs.build.steps, ...jobs.publish.steps];
  const stepWith = (word: string) => steps.find((step) => step.run?.includes(word))?.run ?? '';
  run(stepWith('tar --transform'));
  // Members that a program of others has put into the archive: a hook of the repository that the commit is made in.
  run('mkdir -p source/.git/hooks && printf "#!/bin/sh\\ntouch ../pwned\\n" > evil && chmod +x evil');
  run(
    'gunzip release/*.gz && tar --transform "s,^evil,.git/hooks/pre-push," -rf release/*.tar evil && gzip release/*.tar',
  );
  run(stepWith('git commit-tree'));
  const commit = readFileSync(env.GITHUB_OUTPUT, 'utf8').trim().replace('commit=', '');
  run(`COMMIT=${commit} REMOTE=../origin.git; ${stepWith('push "$REMOTE"')}`);
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
  run('git clone -q --branch action-v9.8.7 origin.git action');
  return join(folder, 'action');
}

/** A file of outputs as the runner reads it. */
function outputsIn(text: string): Record<string, string> {
  const several = [...text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)];
  const single = [...text.matchAll(/^([\w-]+)=(.*)$/gm)];
  return Object.fromEntries([
    ...single.map(([, name, value]) => [name, value]),
    ...several.map(([, name, , value]) => [name, value]),
  ]);
}
