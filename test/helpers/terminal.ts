import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { until } from '../sandbox/instances/until.js';
import type { Program } from './program.js';

/** The program in a terminal of its own, with its results in a file. */
export interface InTerminal {
  /** What the terminal shows. */
  readonly screen: Readable;
  /** Takes the terminal away, as a connection that breaks does; the program's end. */
  hangUp(): Promise<{ readonly exitCode: number; readonly stdout: string }>;
}

/** Starts the program in a terminal; its folder is for what it prints and how it ends. */
export function startInTerminal(
  { root }: Program,
  line: string,
  env: Readonly<Record<string, string>>,
  folder: string,
): InTerminal {
  const at = (name: string) => join(folder, `terminal-${name}`);
  const read = (name: string) => readFileSync(at(name), 'utf8');
  const program = `${process.execPath} ${join(root, 'bin', 'run.js')} ${line} > ${at('stdout')}`;
  // The shell outlives its terminal to tell how the program ended.
  const shell = `trap '' HUP; ${program} & echo $! > ${at('pid')}; wait $!; echo $? > ${at('code')}.new; mv ${at('code')}.new ${at('code')}`;
  const terminal = spawn('script', ['-qfc', shell, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  return {
    screen: terminal.stdout,
    hangUp: async () => {
      const closed = new Promise((resolve) => terminal.once('exit', resolve));
      terminal.kill('SIGKILL');
      await closed;
      process.kill(Number(read('pid')), 'SIGHUP');
      await until('the program has ended', () => existsSync(at('code')), 60_000);
      return { exitCode: Number(read('code')), stdout: read('stdout') };
    },
  };
}
