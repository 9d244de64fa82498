import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import { PORTS } from '../helpers/ports.js';
import { compileProgram, type Program } from '../helpers/program.js';
import { startInTerminal } from '../helpers/terminal.js';

const PORT = PORTS.commands;
const OLD = getImage('consul-v1').imageId;
const NEW = getImage('consul-v2').imageId;

let program: Program;
let home: string;
let env: Record<string, string>;

const run = (line: string, more: Record<string, string> = {}) => program.run(line.split(' '), { ...env, ...more });
const json = async (line: string) => {
  const { exitCode, stdout } = await run(`${line} --json`);
  return { exitCode, document: JSON.parse(stdout) };
};
const quick = '--interval 250ms --success-threshold 2';
const rollTo = (image: string) => `upgrade --cluster consul --ami ${image} --yes ${quick} --snapshot-dir ${home}`;

/** Comes back once the stream has said this. */
async function saidOn(stream: Readable | null, words: string): Promise<void> {
  let said = '';
  for await (const chunk of stream?.iterator({ destroyOnReturn: false }) ?? []) {
    said += chunk;
    if (said.includes(words)) return;
  }
  throw new Error(`${words} was never said: ${said}`);
}

/** The report of a roll of which no events were kept. */
async function reportFromStore(rollId: string): Promise<void> {
  const page = join(home, 'roll.html');
  const made = await json(`report --cluster consul --roll ${rollId} --out ${page}`);
  expect(made).toMatchObject({ exitCode: 0, document: { rollId, outcome: 'rolled', file: page } });
  expect(readFileSync(page, 'utf8')).toContain(' in 2 runs');
  const other = await run('report --cluster consul --roll 0000 --out other.html');
  expect(other.exitCode).toBe(3);
  expect(other.stderr.replaceAll(/\s+/g, ' ')).toContain(`It has the journal of the last roll, ${rollId}.`);
  // The command that it names works.
  const next = await run(`report --cluster consul --roll ${rollId} --out ${page}`);
  expect(next.exitCode).toBe(0);
}

beforeAll(async () => {
  program = compileProgram();
  home = mkdtempSync(join(tmpdir(), 'commands-'));
  env = { PATH: '/usr/bin:/bin', XDG_STATE_HOME: join(home, 'state'), TMPDIR: home, HOME: home };
  const up = await run(`sandbox up --port ${PORT} --size 3 --speed 8 --consul simulated --detach`);
  expect(up).toMatchObject({ exitCode: 0 });
  const shell = await run(`sandbox env --port ${PORT}`);
  const exported = shell.stdout.matchAll(/^export (\w+)='(.*)'$/gm);
  for (const [, name = '', value = ''] of exported) env[name] = value;
  env.AWS_CONFIG_FILE = join(home, 'no-config');
}, 90_000);

afterAll(async () => {
  await run(`sandbox down --port ${PORT}`);
  rmSync(home, { recursive: true, force: true });
}, 60_000);

describe('what is refused, and changes nothing', () => {
  const cases: [string, string, Record<string, string>, number, RegExp][] = [
    [
      // failure-mode: image-missing
      'an unknown image',
      `upgrade --cluster consul --ami ami-0123456789abcdef0 --yes`,
      {},
      3,
      /ami-0123456789abcdef0 is not visible/,
    ],
    ['an unknown cluster', `plan --cluster unknown --ami ${NEW}`, {}, 3, /No Auto Scaling group is named unknown/],
    [
      // failure-mode: credentials-missing
      'no credentials',
      `plan --cluster consul --ami ${NEW}`,
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      3,
      /No usable AWS credentials/,
    ],
    [
      // failure-mode: aws-unreachable
      'an AWS out of reach',
      `plan --cluster consul --ami ${NEW}`,
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' },
      3,
      // Whichever of the first calls fails first.
      /AWS could not be reached for (autoscaling:DescribeAutoScalingGroups|ec2:DescribeInstances)/,
    ],
    [
      // failure-mode: servers-unreachable
      'servers out of reach',
      `upgrade --cluster consul --ami ${NEW} --consul-port 9 --yes`,
      {},
      3,
      /no answer from/,
    ],
    [
      'a doctor whose file of events cannot be made',
      `doctor --cluster consul --ami ${NEW} --no-permissions --events /nowhere/e.ndjson`,
      {},
      3,
      /directory \/nowhere for --events/,
    ],
    ['a flag that does not exist', `upgrade --cluster consul --ami ${NEW} --surgee 1`, {}, 2, /Unknown flag --surgee/],
    ['a duration without a unit', `upgrade --cluster consul --ami ${NEW} --bake 5`, {}, 2, /--bake 5 has no unit/],
    // failure-mode: wrong-usage
    ['no terminal for the prompt', `upgrade --cluster consul --ami ${NEW}`, {}, 2, /add --yes/],
  ];

  it.each(cases)(
    '%s',
    async (_name, line, more, exitCode, said) => {
      const before = (await json('status --cluster consul')).document;
      const refused = await run(line, more);
      expect(refused.stderr + refused.stdout).toMatch(said);
      expect(refused.stderr).not.toMatch(/\n\s+at /);
      expect(refused.exitCode).toBe(exitCode);
      const after = (await json('status --cluster consul')).document;
      expect(after.groups).toEqual(before.groups);
    },
    60_000,
  );
});

describe('plan, upgrade and status as processes', () => {
  it('plans', async () => {
    const planned = await json(`plan --cluster consul --ami ${NEW}`);
    expect(planned.exitCode).toBe(0);
    expect(planned.document).toMatchObject({ schema: 'consul-roll/plan/4', from: { image: OLD }, to: { image: NEW } });
    const kinds = planned.document.steps.map((step: { action: string }) => step.action);
    expect(kinds.filter((kind: string) => kind === 'leave')).toHaveLength(3);
  }, 60_000);

  // failure-mode: terminal-gone
  it('stops after the current step when its terminal goes away', async () => {
    const terminal = startInTerminal(program, `${rollTo(NEW)} --json`, env, home);
    await saidOn(terminal.screen, 'canary');
    const { exitCode, stdout } = await terminal.hangUp();
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'interrupted' });
    const { document } = await json('status --cluster consul');
    expect(document).toMatchObject({ healthy: true, roll: { imageId: NEW }, lock: null });
  }, 60_000);

  // failure-mode: output-unread
  it('rolls although its output is closed, and then has nothing to do', async () => {
    const { child, ended } = program.start(`${rollTo(NEW)} --json`.split(' '), env);
    await saidOn(child.stderr, 'resumes');
    child.stderr?.destroy();
    const { exitCode, stdout } = await ended;
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ outcome: 'rolled', to: { image: NEW } });
    expect(exitCode).toBe(0);

    const status = await json('status --cluster consul');
    expect(status.exitCode).toBe(0);
    const images = status.document.servers.map((server: { image: string }) => server.image);
    expect(images).toEqual([NEW, NEW, NEW]);

    const again = await run(`upgrade --cluster consul --ami ${NEW} --yes`);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Nothing to do') });
    await reportFromStore(document.rollId);
  }, 120_000);

  // failure-mode: older-consul
  it('is rolled back at once from an image with an older Consul, in plain lines for a pipe', async () => {
    const back = await run(rollTo(OLD));
    expect(back.exitCode).toBe(4);
    expect(back.stderr).toMatch(/\d\d:\d\d:\d\dZ {2}canary/);
    expect(back.stdout.replaceAll('\n', ' ')).toContain('an older Consul cannot read the Raft log of a newer one');
    expect(back.stdout + back.stderr).not.toContain('\u001b');
  }, 60_000);
});
