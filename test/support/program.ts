import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The program, compiled from the sources as they are, in a folder of its own. */
export interface Program {
  /** Where it was compiled to: `bin`, `dist`. */
  readonly root: string;
  run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended>;
  /** Starts it and comes back at once. */
  start(args: readonly string[], env: Readonly<Record<string, string>>): Started;
  remove(): void;
}

/** A run that goes on; what it has written so far. */
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

/** Compiles the program, so that a test needs no build before it and sees none that is stale. */
export function compileProgram(): Program {
  // Below node_modules, or its packages would not be found.
  const builds = join(ROOT, 'node_modules', '.cache');
  mkdirSync(builds, { recursive: true });
  const root = mkdtempSync(join(builds, 'consul-roll-'));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  // Types are checked elsewhere.
  execFileSync(process.execPath, [compiler, '-p', ROOT, '--noCheck', '--outDir', join(root, 'dist')]);
  for (const name of ['bin', 'package.json']) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  const start: Program['start'] = (args, env) => launch([join(root, 'bin', 'run.js'), ...args], env);
  return {
    root,
    start,
    run: (args, env) => start(args, env).ended,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
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
