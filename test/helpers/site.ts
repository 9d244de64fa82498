import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { buildEnvironment } from '../../src/sandbox/lifecycle/environment.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.js';
import { until } from '../sandbox/instances/until.js';
import { compileProgram, type Ended, type Started } from './program.js';

/** Twice what the longest roll of a test takes on a busy machine. */
const RUN_LIMIT_MS = 300_000;
const FAST_FLAGS = '--cluster consul --yes --json --interval 250ms --success-threshold 2';

/** The program beside a sandbox, as an operator has it. */
export interface Shell {
  /** Where snapshots go. */
  readonly folder: string;
  /** What leads an AWS client to the sandbox. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts `consul-roll LINE` against the sandbox and comes back at once. */
  start(line: string, more?: Readonly<Record<string, string>>): Started;
}

/** A cluster in a sandbox with a shell beside it. */
export interface TestSite extends Shell {
  readonly sandbox: Sandbox;
  /** The same to its end; one that takes too long for a test is killed, and says what it said until then. */
  run(line: string, more?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Ends the programs that still run, and the sandbox. */
  close(): Promise<void>;
}

/** Starts a sandbox and compiles the program. */
export async function openSite(
  options: Pick<SandboxOptions, 'size' | 'speed' | 'consul' | 'loadBalancer' | 'launchTemplatesOnly' | 'consulToken'> &
    Partial<Pick<SandboxOptions, 'renderBootScript' | 'imageScripts'>>,
): Promise<TestSite> {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  const sandbox = await startSandbox({ renderBootScript: renderDefaultBootScript, ...options, port: 0, env: {} });
  const shell = shellBeside(sandbox, folder);
  const running = new Set<Started>();
  const start: TestSite['start'] = (line, more) => {
    const started = shell.start(line, more);
    running.add(started);
    void started.ended.finally(() => running.delete(started));
    return started;
  };
  return {
    ...shell,
    sandbox,
    start,
    run: (line, more) => withinLimit(start(line, more)),
    close: async () => {
      for (const { child } of running) child.kill('SIGKILL');
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Compiles the program, and leads it to a sandbox. */
export function shellBeside(sandbox: Sandbox, folder: string): Shell {
  const program = compileProgram();
  const env = buildSiteEnvironment(sandbox, folder);
  let rollId: string | undefined;
  const findRoll = (): readonly string[] => {
    const groups = [...sandbox.aws.inside.groups.values()];
    rollId = groups.flatMap(({ tags }) => tags.get('consul-roll:roll')?.value ?? [])[0] ?? rollId;
    return rollId === undefined ? [] : [`--roll=${rollId}`];
  };
  return {
    folder,
    env,
    start: (line, more = {}) => {
      const words = line.split(' ').flatMap((word) => (word === THIS_ROLL ? findRoll() : word));
      return program.start(words, { ...env, ...more });
    },
  };
}

/** Becomes the flag that names the roll which tags tell of when the line is started. */
export const THIS_ROLL = '--this-roll';

/** The line that rolls the cluster onto an image with a short interval; the outcome comes as JSON. */
export function buildUpgradeCommand(shell: Shell, image: string, flags = ''): string {
  return `upgrade --ami ${getImage(image).imageId} ${buildContinueFlags(shell)} ${flags}`.trim();
}

/** The line that resumes a roll, or rolls it back. */
export function buildContinueCommand(shell: Shell, command: 'resume' | 'rollback', flags = ''): string {
  return `${command} ${THIS_ROLL} ${buildContinueFlags(shell)} ${flags}`.trim();
}

function buildContinueFlags({ folder }: Shell): string {
  return `${FAST_FLAGS} --snapshot-dir ${folder}`;
}

function withinLimit({ child, ended }: Started): Promise<Ended> {
  const limit = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS);
  return ended.finally(() => clearTimeout(limit));
}

/** Comes back once a running program has said this on standard error; throws when it ends without. */
export async function waitForOutput(started: Started, words: RegExp | string, limitMs = 90_000): Promise<void> {
  let ended: Ended | undefined;
  void started.ended.then((end) => {
    ended = end;
  });
  const said = () => started.stderr().search(words) >= 0;
  await until(`${words} is said`, () => said() || ended !== undefined, limitMs);
  if (!said()) throw new Error(`${words} was never said: ${ended?.stderr}${ended?.stdout}`);
}

/** What leads the program, and any AWS client, to a sandbox, and nothing of this user's own. */
export function buildSiteEnvironment(sandbox: Sandbox, folder: string): Record<string, string> {
  const record = { pid: 0, startMark: '', startedAtMs: 0, ...sandbox };
  return {
    ...buildEnvironment(record),
    PATH: '/usr/bin:/bin',
    HOME: folder,
    TMPDIR: folder,
    AWS_CONFIG_FILE: join(folder, 'no-config'),
  };
}
