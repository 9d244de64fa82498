import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTextFile } from '../../src/lib/config/file-access.js';
import { MINIMAL_CLUSTER_FILE } from '../helpers/cluster-files.js';
import { compileProgram, type Program } from '../helpers/program.js';

/** Long after the program should have given up. */
const MAX_RUN_MS = 30_000;

let folder: string;
let pipe: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipes-'));
  pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a pipe that no program writes, where a file is read', () => {
  let program: Program;
  beforeAll(() => {
    program = compileProgram();
  }, 120_000);

  const ENV = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
  const NO_AWS = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };

  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PATH = '' } = process.env;
    const { child, ended } = program.start(args, { PATH, HOME: folder, ...ENV, ...NO_AWS, ...env });
    const timer = setTimeout(() => child.kill('SIGKILL'), MAX_RUN_MS);
    const { exitCode, stderr } = await ended;
    clearTimeout(timer);
    return { what: [...args, ...Object.keys(env)].join(' '), exitCode, stderr };
  }

  // failure-mode: input-hangs
  it(
    'ends every command with an error of usage, and none hangs',
    async () => {
      const cluster = ['--cluster', 'consul'];
      const roll = ['upgrade', ...cluster, '--ami', 'ami-0c0515ea000000002', '--yes'];
      writeFileSync(join(folder, 'cluster.yaml'), `${MINIMAL_CLUSTER_FILE}userDataFile: pipe\n`);
      const commands = [
        () => run(['config', '--config', pipe]),
        () => run(['status', ...cluster], { CONSUL_HTTP_TOKEN_FILE: pipe }),
        () => run(['status', ...cluster], { CONSUL_HTTP_SSL: 'true', CONSUL_CACERT: pipe }),
        () => run(['status', ...cluster], { CONSUL_ROLL_SNAPSHOT_TOKEN_FILE: pipe }),
        () => run([...roll], { CONSUL_ROLL_WEBHOOK_URL_FILE: pipe }),
        () => run([...roll, '--terraform-state', pipe]),
        () => run(['create', '--file', pipe]),
        () => run(['create', '--file', join(folder, 'cluster.yaml')]),
        () => run(['user-data', ...cluster, '--extra-config', pipe]),
        () => run(['report', pipe, '--out', join(folder, 'page.html')]),
      ];
      const ended = await Promise.all(commands.map((command) => command()));
      for (const { what, exitCode, stderr } of ended) {
        expect([what, exitCode, stderr]).toEqual([
          what,
          2,
          expect.stringContaining('nothing was written to this pipe'),
        ]);
      }
    },
    4 * MAX_RUN_MS,
  );

  it(
    'works where a program writes it: process substitution',
    async () => {
      const words = ['user-data', '--cluster', 'consul', '--extra-config'];
      const script = `exec "$0" "$@" <(sleep 1; printf '{"log_level":'; sleep 1; printf '"warn"}')`;
      const shell = spawn('bash', ['-c', script, process.execPath, join(program.root, 'bin', 'run.js'), ...words]);
      const chunks: Buffer[] = [];
      for await (const chunk of shell.stdout) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toContain('"log_level": "warn"');
    },
    MAX_RUN_MS,
  );
});

describe('what is read of a file', () => {
  const writers: ReturnType<typeof spawn>[] = [];
  afterAll(() => {
    for (const writer of writers) writer.kill('SIGKILL');
  });
  const write = (script: string) =>
    void writers.push(spawn('bash', ['-c', `exec 3> "$0"; ${script}`, pipe], { stdio: 'ignore' }));

  it('is all that comes through a pipe, however slowly it begins', () => {
    write(`sleep 0.3; printf one >&3; sleep 0.3; printf two >&3`);
    expect(readTextFile(pipe)).toBe('onetwo');
  });

  it('has a limit of time, also where a little comes again and again', () => {
    write('while sleep 0.1; do printf x >&3; done');
    const startMs = performance.now();
    expect(() => readTextFile(pipe, { limitMs: 600 })).toThrow('it did not end within');
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });

  it.each([
    ['a pipe', () => pipe],
    ['a device', () => '/dev/zero'],
  ])('has a limit of size: %s', (_, path) => {
    write('cat /dev/zero >&3');
    expect(() => readTextFile(path(), { maxBytes: 1_000_000 })).toThrow('larger than');
  });

  it('is that of a large file up to the limit', () => {
    const path = join(folder, 'large');
    writeFileSync(path, 'é'.repeat(500_000));
    expect(readTextFile(path, { maxBytes: 1_000_000 })).toBe('é'.repeat(500_000));
    expect(() => readTextFile(path, { maxBytes: 999_999 })).toThrow('larger than');
    expect(readTextFile('/dev/null')).toBe('');
  });
});
