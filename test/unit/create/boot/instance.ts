import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BootOptions } from '../../../../src/lib/create/boot/options.js';
import { renderBootScript } from '../../../../src/lib/create/boot/script.js';

const TOKEN = 'the-token';
export const LAUNCHED = '2026-01-02T03:04:05Z';

/**
 * An instance for a boot script: its metadata service on loopback, a folder for its disk, and shims for the
 * programs that would touch this machine. `aws` prints `answers/aws`, after failing as often as `answers/failures` has
 * lines; what was called is in `calls`.
 */
export class BootInstance {
  readonly folder = mkdtempSync(join(tmpdir(), 'boot-'));
  readonly configDir = join(this.folder, 'etc', 'consul.d');
  readonly dataDir = join(this.folder, 'var', 'consul');
  /** What the metadata service answers, by path; a path that is not here is 404. */
  readonly facts: Record<string, string> = {
    'meta-data/instance-id': 'i-0abc',
    'meta-data/local-ipv4': '127.79.1.4',
    'meta-data/placement/availability-zone': 'eu-west-1a',
    'meta-data/placement/region': 'eu-west-1',
    'dynamic/instance-identity/document': `{\n  "instanceId" : "i-0abc",\n  "pendingTime" : "${LAUNCHED}"\n}`,
  };
  /** How many requests the service refuses before it is up. */
  sleepy = 0;
  /** Requests without the token, other than for one. */
  unsigned = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
    for (const name of ['bin', 'answers']) mkdirSync(join(this.folder, name));
    this.awsSays('');
    const record = `printf '%s\\n' "$(basename "$0") $*" >> '${this.folder}/calls'`;
    this.#program('hostnamectl', record);
    this.#program('systemctl', record);
    this.#program('sleep', record);
    this.#program('id', 'exit 1');
    this.#program(
      'aws',
      `${record}
if [ -s '${this.folder}/answers/failures' ]; then
  head -n 1 '${this.folder}/answers/failures' >&2
  sed -i 1d '${this.folder}/answers/failures'
  exit 254
fi
cat '${this.folder}/answers/aws'`,
    );
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What `aws` prints, and what it fails with before that. */
  awsSays(text: string, failures: readonly string[] = []): void {
    writeFileSync(join(this.folder, 'answers', 'aws'), text);
    writeFileSync(join(this.folder, 'answers', 'failures'), failures.map((line) => `${line}\n`).join(''));
  }

  /** Runs the boot script of these options, its folders in this instance's. */
  async boot(options: BootOptions): Promise<{ status: number | null; said: string }> {
    const { configDir, dataDir } = this;
    const script = renderBootScript({ ...options, configDir, dataDir });
    const address = this.#server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const child = spawn('bash', ['--norc', '-s'], {
      cwd: this.folder,
      env: {
        PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}`,
      },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes));
    child.stdin.end(script);
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { status, said };
  }

  /** The calls in order, without pauses. */
  calls(program?: string): string[] {
    const path = join(this.folder, 'calls');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
    return lines.filter((line) => (program === undefined ? !line.startsWith('sleep') : line.startsWith(program)));
  }

  /** Consul's view of the configuration folder: later files overrule earlier ones. */
  config(): Record<string, unknown> {
    const files = readdirSync(this.configDir).sort();
    const parsed = files.map((name) => JSON.parse(readFileSync(join(this.configDir, name), 'utf8')));
    return Object.assign({}, ...parsed);
  }

  #program(name: string, body: string): void {
    const path = join(this.folder, 'bin', name);
    writeFileSync(path, `#!/bin/bash\n${body}\n`);
    chmodSync(path, 0o755);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace('/latest/', '');
    if (this.sleepy > 0) {
      this.sleepy -= 1;
      response.destroy();
    } else if (request.method === 'PUT' && path === 'api/token') {
      const ttl = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']);
      response.writeHead(ttl > 0 ? 200 : 400).end(TOKEN);
    } else if (request.headers['x-aws-ec2-metadata-token'] !== TOKEN) {
      this.unsigned += 1;
      response.writeHead(401).end();
    } else {
      const fact = this.facts[path];
      response.writeHead(fact === undefined ? 404 : 200).end(fact);
    }
  }
}
