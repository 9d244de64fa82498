import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import PlanCommand from '../../../src/commands/plan.js';
import UpgradeCommand from '../../../src/commands/upgrade.js';
import type { RollOptions, RollPlan } from '../../../src/lib/model/plan.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan, CONTEXT } from '../../helpers/plans.js';
import { buildResult } from '../../helpers/scripted-roll.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ORDER = ['--cluster', 'consul', '--ami', 'ami-0c0ffee02'];

const library = vi.hoisted(() => ({ plan: undefined as unknown, orders: [] as unknown[] }));

vi.mock('../../../src/cli/connect.js', () => ({
  connect: async () => ({
    clock: { now: Date.now },
    cloud: { resolveImage: async ({ imageId }: { imageId: string }) => imageId },
    close: async () => undefined,
  }),
}));
vi.mock('../../../src/lib/engine/plan/plan.js', () => ({ planRoll: async () => library.plan }));
vi.mock('../../../src/lib/engine/run/roll.js', () => ({
  executeRoll: async (_: unknown, options: RollOptions) => {
    library.orders.push(options);
    return buildResult();
  },
}));

let folder: string;
let file: string;

const run = (command: { run(argv: string[], root: string): Promise<unknown> }, ...argv: string[]) =>
  captureOutput(() => command.run(argv, ROOT));
const exitCodeOf = ({ error }: Awaited<ReturnType<typeof run>>) => error?.oclif?.exit ?? 0;

/** The plan that both commands compute next. */
function prepare(over: Partial<RollPlan> = {}): void {
  library.plan = { moves: [], ...buildPlan(over) };
}

/** Writes the plan of the prepared roll. */
async function approve(...more: string[]): Promise<void> {
  const planned = await run(PlanCommand, ...ORDER, ...more, '--out', file);
  expect(exitCodeOf(planned)).toBe(0);
  expect(planned.stderr).toContain(`consul-roll upgrade --plan ${file}`);
}

beforeEach(() => {
  library.orders = [];
  prepare();
  folder = mkdtempSync(join(tmpdir(), 'approved-plan-'));
  file = join(folder, 'roll.plan.json');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('upgrade --plan', () => {
  it('rolls with the options of the plan, and asks nothing', async () => {
    await approve('--surge', '2', '--bake', '3m', '--keep-old', '--skip-canary');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const rolled = await run(UpgradeCommand, '--plan', file);
    expect(exitCodeOf(rolled)).toBe(0);
    expect(library.orders).toMatchObject([
      {
        kind: 'upgrade',
        cluster: 'consul',
        imageId: 'ami-0c0ffee02',
        surge: 2,
        keepOld: true,
        skipCanary: true,
        limits: { bakeMs: 180_000 },
      },
    ]);
  });

  it('takes what the plan does not decide from the command line', async () => {
    await approve();
    const rolled = await run(UpgradeCommand, '--plan', file, '--pause-after', 'canary', '--json');
    expect(exitCodeOf(rolled)).toBe(0);
    expect(library.orders).toMatchObject([{ pauseAfter: 'canary' }]);
  });

  it('is the same roll under another id', async () => {
    await approve();
    const { intent, steps } = buildPlan();
    const renamed = JSON.parse(JSON.stringify({ ...intent, steps }).replaceAll(intent.rollId, '99ff'));
    prepare({ intent: { ...intent, rollId: '99ff' }, steps: renamed.steps });
    expect(exitCodeOf(await run(UpgradeCommand, '--plan', file))).toBe(0);
  });

  const observation = buildObservation();
  const another = observation.servers.slice(0, 1).map((server) => ({ ...server, instanceId: 'i-0new' }));
  const calledFrom = (over: object) => ({
    context: { ...CONTEXT, caller: CONTEXT.caller && { ...CONTEXT.caller, ...over } },
  });
  it.each<[string, Partial<RollPlan>, RegExp]>([
    ['another account', calledFrom({ account: '210987654321' }), /the account is 210987654321, and was 123456789012/],
    ['another region', calledFrom({ region: 'us-east-1' }), /the region is us-east-1/],
    [
      'a server that is new',
      { observation: { ...observation, servers: [...observation.servers, ...another] } },
      /a server is new or has changed: i-0new /,
    ],
    [
      'a server that lost its vote',
      { observation: { ...observation, servers: observation.servers.map((one) => ({ ...one, peer: undefined })) } },
      /has changed: i-0a11 .* no vote/,
    ],
    ['fewer steps', { steps: buildPlan().steps.slice(1) }, /step 1 is ".*", and was ".*"/],
    ['another end', { steps: buildPlan().steps.slice(0, -1) }, /is "the end of the roll, rolled", and was "/],
  ])('refuses a world with %s', async (_, over, message) => {
    await approve();
    prepare(over);
    const refused = await run(UpgradeCommand, '--plan', file, '--json');
    expect(exitCodeOf(refused)).toBe(3);
    const { error } = JSON.parse(refused.stdout);
    expect(error).toMatchObject({ code: 'plan-outdated', state: 'This command changed nothing.' });
    expect(error.message).toMatch(message);
    expect(error.next).toContain('consul-roll plan --cluster consul --ami ami-0c0ffee02');
    expect(library.orders).toEqual([]);
  });

  it('refuses while a roll is in progress, and names the command that continues it', async () => {
    await approve();
    prepare({ resumed: true, intent: { ...buildPlan().intent, nonce: 'ab'.repeat(16) } });
    const refused = await run(UpgradeCommand, '--plan', file, '--json');
    expect(exitCodeOf(refused)).toBe(3);
    const { error } = JSON.parse(refused.stdout);
    expect(error).toMatchObject({ code: 'another-roll' });
    expect(error.next).toContain('consul-roll resume --cluster consul --roll 7f3a');
  });

  it.each([
    ['--surge', '2'],
    ['--cluster=other'],
    ['--ami', 'ami-0c0ffee03'],
    ['--no-keep-old'],
    ['--looks', '2'],
    ['--skip-canary'],
    ['--dry-run'],
  ])('cannot be combined with %s', async (...flags) => {
    await approve();
    const refused = await run(UpgradeCommand, '--plan', file, ...flags);
    expect(exitCodeOf(refused)).toBe(2);
    expect(refused.stderr).toContain('cannot be combined');
    expect(library.orders).toEqual([]);
  });

  it('may be given its cluster and its image again, as a job does that names them always', async () => {
    await approve();
    const again = ['--cluster', 'consul', '--ami=ami-0c0ffee02'];
    expect(exitCodeOf(await run(UpgradeCommand, '--plan', file, ...again))).toBe(0);
    expect(library.orders).toHaveLength(1);
  });

  it('has nothing to do once every server runs the image', async () => {
    await approve();
    prepare({ end: { kind: 'done', outcome: 'nothing-to-do' }, steps: [] });
    const done = await run(UpgradeCommand, '--plan', file, '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'nothing-to-do', exitCode: 0 });
  });

  it('says why a roll would be refused by now', async () => {
    await approve();
    const reason = { kind: 'new-group-gone', cluster: 'consul' } as const;
    prepare({ end: { kind: 'stop', outcome: 'refused', reason }, steps: [] });
    const refused = await run(UpgradeCommand, '--plan', file, '--json');
    expect(JSON.parse(refused.stdout)).toMatchObject({ outcome: 'refused', reason: { kind: 'new-group-gone' } });
  });

  it('names what differs in a step of the same words', async () => {
    await approve();
    prepare({ steps: buildPlan().steps.map((step) => ({ ...step, margin: undefined })) });
    const { stdout } = await run(UpgradeCommand, '--plan', file, '--json');
    const [, now = '', was = ''] = /is "(.*)", and was "(.*)"/.exec(JSON.parse(stdout).error.message) ?? [];
    expect(now).not.toBe(was);
  });

  it('refuses an option that a variable has set since', async () => {
    await approve();
    vi.stubEnv('CONSUL_ROLL_LEADER_TIMEOUT', '5m');
    const refused = await run(UpgradeCommand, '--plan', file);
    expect(exitCodeOf(refused)).toBe(2);
    expect(refused.stderr).toMatch(/leader-timeout is set now \(CONSUL_ROLL_LEADER_TIMEOUT\)/);
  });

  it('outranks a variable that had another value', async () => {
    await approve('--bake', '3m');
    vi.stubEnv('CONSUL_ROLL_BAKE', '0s');
    expect(exitCodeOf(await run(UpgradeCommand, '--plan', file))).toBe(0);
    expect(library.orders).toMatchObject([{ limits: { bakeMs: 180_000 } }]);
  });
});

describe('plan --out', () => {
  it.each<[string, Partial<RollPlan>]>([
    ['the roll would be refused', { end: { kind: 'stop', outcome: 'refused', reason: { kind: 'unknown' } as never } }],
    ['there is nothing to do', { end: { kind: 'done', outcome: 'nothing-to-do' } }],
    ['a roll is in progress', { resumed: true }],
  ])('writes nothing where %s', async (_, over) => {
    prepare(over);
    const { stderr } = await run(PlanCommand, ...ORDER, '--out', file);
    expect(stderr).toContain(`${file} was not written`);
    writeFileSync(file, JSON.stringify({ schema: 'consul-roll/plan/4' }));
    await run(PlanCommand, ...ORDER, '--out', file);
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('overwrites a plan, and nothing else', async () => {
    await approve();
    await approve('--surge', '3');
    expect(JSON.parse(readFileSync(file, 'utf8')).options.surge).toBe(3);
    writeFileSync(file, 'resource "aws_autoscaling_group" "consul" {}');
    const refused = await run(PlanCommand, ...ORDER, '--out', file);
    expect(exitCodeOf(refused)).toBe(2);
    expect(readFileSync(file, 'utf8')).toMatch(/^resource/);
  });
});
