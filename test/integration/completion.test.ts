import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProgram } from '../helpers/program.js';

const LIMIT_MS = 60_000;

describe('completion in bash', () => {
  const home = mkdtempSync(join(tmpdir(), 'completion-'));
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_CACHE_HOME: join(home, 'cache') };
  let setUp = '';

  beforeAll(async () => {
    const program = compileProgram();
    const made = await program.run(['autocomplete', 'bash', '--refresh-cache'], env);
    expect(made.exitCode, made.stderr).toBe(0);
    setUp = (await program.run(['autocomplete', 'script', 'bash'], env)).stdout;
  }, LIMIT_MS);

  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it.each([
    ['upg', ['upgrade']],
    ['sandbox u', ['up']],
    ['upgrade --health', ['--health-timeout']],
    ['status --clus', ['--cluster']],
  ])('consul-roll %s', (typed, offered) => {
    const words = ['consul-roll', ...typed.split(' ')];
    const script = `${setUp}
      COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
      _consul-roll_autocomplete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const said = execFileSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' });
    expect(said.trim().split('\n')).toEqual(offered);
  });
});
