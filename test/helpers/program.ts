import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Without it oclif loads every command at every start. That it is fresh is tested elsewhere. */
const MANIFEST = 'oclif.manifest.json';
const BESIDE = ['bin', 'package.json', MANIFEST];

/** The program, compiled from the sources as they are. */
export interface Program {
  /** Where it was compiled to: `bin`, `dist`. */
  readonly root: string;
  run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended>;
  /** Starts it and comes back at once. */
  start(args: readonly string[], env: Readonly<Record<string, string>>): Started;
}

/** A run in progress; its output so far. */
export interface Started {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

/** A run that has ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Compiles the program, so that a test needs no build before it and sees none that is stale. The same sources are
 * compiled once, whichever test file asks.
 */
export function compileProgram(): Program {
  // Below node_modules, or its packages would not be found.
  const builds = join(ROOT, 'node_modules', '.cache');
  const root = join(builds, `consul-roll-${fingerprint()}`);
  if (!existsSync(root)) {
    mkdirSync(builds, { recursive: true });
    const draft = mkdtempSync(join(builds, 'draft-'));
    compileTo(draft);
    place(draft, root);
  }
  return programAt(root);
}

/** The program in a folder. */
export function programAt(root: string): Program {
  const start: Program['start'] = (args, env) => launch([join(root, 'bin', 'run.js'), ...args], env);
  return { root, start, run: (args, env) => start(args, env).ended };
}

/** What is compiled, and what runs beside it, in one short text. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const folder of ['src', 'bin']) {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort();
    for (const name of names.filter((one) => /\.[jt]s$/.test(one))) {
      hash.update(`${name}\n`).update(readFileSync(join(ROOT, folder, name)));
    }
  }
  for (const name of ['package.json', 'tsconfig.json', MANIFEST]) hash.update(readFileSync(join(ROOT, name)));
  return hash.digest('hex').slice(0, 16);
}

function compileTo(folder: string): void {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  // Types are checked elsewhere.
  execFileSync(process.execPath, [compiler, '-p', ROOT, '--noCheck', '--outDir', join(folder, 'dist')]);
  for (const name of BESIDE) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
}

/** Two that compile at once: the one that comes second throws its own away. */
function place(draft: string, root: string): void {
  try {
    renameSync(draft, root);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(root)) throw error;
  }
}

function launch(args: readonly string[], env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}
