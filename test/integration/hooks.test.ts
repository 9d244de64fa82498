import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventDocument, eventSchema } from '../../src/lib/output/events/schema.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { PORTS } from '../helpers/ports.js';
import { compileProgram, type Ended, type Program } from '../helpers/program.js';

const PORT = PORTS.hooks;
const NEW = getImage('consul-v2').imageId;

let program: Program;
let home: string;
let env: Record<string, string>;
let listener: Server;
const notices: EventDocument[] = [];
/** Of the first notice that is asked for, one answer that will pass. */
let refusals = 1;

const run = (line: string) => program.run(line.split(' '), env);
const read = (name: string) => readFileSync(join(home, name), 'utf8');
const linesOf = (name: string) => read(name).trim().split('\n');

/** Every hook writes down what it was told; `failing` ones fail as long as that file is there. */
const SETTINGS = `
cluster: consul
interval: 250ms
success-threshold: 2
snapshot-dir: snapshots
hooks:
${['before-phase', 'after-phase', 'before-server', 'after-server']
  .map((on) => `  - {on: ${on}, run: ./tell.sh}`)
  .join('\n')}
  - on: before-server
    phases: [drain]
    run: echo "may $CONSUL_ROLL_ADDRESS go?"; test ! -e failing
  - {on: gate, run: echo "$CONSUL_ROLL_INSTANCE_ID" >> gated}
`;
const TELL = `#!/bin/sh
echo "$CONSUL_ROLL_HOOK \${CONSUL_ROLL_INSTANCE_ID:-$CONSUL_ROLL_PHASE}" >> told
env | grep '^CONSUL_ROLL_' | sort > "last-$CONSUL_ROLL_HOOK"
`;

beforeAll(async () => {
  program = compileProgram();
  home = mkdtempSync(join(tmpdir(), 'hooks-'));
  writeFileSync(join(home, 'consul-roll.yaml'), SETTINGS);
  writeFileSync(join(home, 'tell.sh'), TELL, { mode: 0o755 });
  writeFileSync(join(home, 'failing'), '');
  listener = createServer(async (request, response) => {
    const document = eventSchema.parse(await json(request));
    refusals -= 1;
    response.statusCode = refusals >= 0 ? 503 : 200;
    response.end();
    if (response.statusCode === 200) notices.push(document);
  });
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  env = { PATH: '/usr/bin:/bin', XDG_STATE_HOME: join(home, 'state'), TMPDIR: home, HOME: home };
  await run(`sandbox up --port ${PORT} --size 3 --speed 16 --consul simulated --detach`);
  const shell = await run(`sandbox env --port ${PORT}`);
  const exported = shell.stdout.matchAll(/^export (\w+)='(.*)'$/gm);
  for (const [, name = '', value = ''] of exported) env[name] = value;
  env.AWS_CONFIG_FILE = join(home, 'no-config');
  env.CONSUL_ROLL_CONFIG = join(home, 'consul-roll.yaml');
  env.CONSUL_ROLL_WEBHOOK_URL = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hush-hush`;
}, 90_000);

afterAll(async () => {
  listener.closeAllConnections();
  listener.close();
  await run(`sandbox down --port ${PORT}`);
  rmSync(home, { recursive: true, force: true });
}, 30_000);

describe('a roll with hooks and a webhook', () => {
  let first: Ended;

  it('stops before the step that a hook does not allow: exit 5, and what to do', async () => {
    // The gate of the settings file has run before it: it succeeds at the second try for each server.
    const gate = `test "$(grep -c "$CONSUL_ROLL_INSTANCE_ID" ${join(home, 'gated')})" -ge 2`;
    first = await program.run(['upgrade', '--ami', NEW, '--yes', '--gate', gate], env);
    expect(first.exitCode).toBe(5);
    expect(first.stdout).toMatch(/Stopped during the roll; the cluster is healthy and the roll can be resumed\./);
    expect(first.stdout.replace(/\s+/g, ' ')).toMatch(
      /The hook before-server i-\w+ failed with exit code 1: echo .* \(may 127\.\S+ go\?\)/,
    );
    expect(first.stdout).toMatch(/consul-roll resume --cluster consul/);
    expect(first.stderr).toMatch(/ printed: may 127\.\S+ go\?/);
    expect(linesOf('told').filter((line) => line.includes('-phase'))).toEqual([
      'before-phase snapshot',
      'after-phase snapshot',
      'before-phase prepare',
      'after-phase prepare',
      'before-phase canary',
      'after-phase canary',
      'before-phase grow',
      'after-phase grow',
      'before-phase drain',
    ]);
    expect(linesOf('told').at(-1)).toMatch(/^before-server i-/);
  });

  it('tries the gates for every new server until both succeed', () => {
    const ids = linesOf('gated');
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(ids.filter((one) => one === id)).toHaveLength(2);
    expect(first.stderr).toMatch(/hook gate i-\w+ failed with exit code 1; it is tried again/);
    expect(first.stderr).toMatch(/hook gate i-\w+ passed/);
  });

  it('tells a hook the facts, and leaves it what the operator has set', () => {
    const facts = Object.fromEntries(linesOf('last-before-server').map((line) => line.split('=', 2)));
    expect(facts).toMatchObject({
      CONSUL_ROLL_CLUSTER: 'consul',
      CONSUL_ROLL_PHASE: 'drain',
      CONSUL_ROLL_SIDE: 'old',
      CONSUL_ROLL_MOVE: 'leaving',
      CONSUL_ROLL_DIRECTION: 'forward',
      CONSUL_ROLL_IMAGE: NEW,
      CONSUL_ROLL_VOTERS: '6',
      CONSUL_ROLL_QUORUM: '4',
      CONSUL_ROLL_CONFIG: env.CONSUL_ROLL_CONFIG,
    });
    expect(facts.CONSUL_ROLL_INSTANCE_ID).toMatch(/^i-\w+$/);
    expect(facts.CONSUL_ROLL_ROLL_ID).toMatch(/^[0-9a-f]{6}$/);
  });

  it('is resumed once the hook allows it, and finishes', async () => {
    const before = linesOf('told').length;
    rmSync(join(home, 'failing'));
    const second = await run(`resume --yes --ami ${NEW}`);
    expect(second.exitCode).toBe(0);
    const told = linesOf('told').slice(before);
    // The new servers pass their gates again before the next old one leaves.
    expect(told[0]).toBe('before-phase grow');
    expect(told).toContain('before-phase drain');
    expect(told.filter((line) => /^before-server/.test(line))).toHaveLength(3);
    expect(told.at(-1)).toBe('after-phase finish');
  }, 90_000);

  it('told the webhook the start and the outcome of both runs, although it did not listen at first', () => {
    expect(notices.map(({ kind }) => kind)).toEqual(['started', 'ended', 'started', 'ended']);
    expect(notices[1]).toMatchObject({ outcome: 'stopped', exitCode: 5, reason: { kind: 'hook-failed' } });
    expect(notices[2]).toMatchObject({ resumed: true });
    expect(notices[3]).toMatchObject({ outcome: 'rolled', exitCode: 0 });
    expect(`${first.stdout}${first.stderr}`).not.toMatch(/hush|was not notified/);
  });
});
