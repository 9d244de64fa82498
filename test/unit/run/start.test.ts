import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import { executeRoll } from '../../../src/lib/engine/run/roll.js';
import { startRun } from '../../../src/lib/engine/run/start.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { buildLockKey } from '../../../src/lib/model/intent.js';
import { formatPlan } from '../../../src/lib/output/text/plan.js';
import { buildOrder, createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { OLD_IMAGE } from '../../helpers/servers.js';

/** Fails calls of this name, so many times, with an error as the AWS adapter throws it. */
function failing(engine: FakeEngine, call: string, times: number, passing = true): void {
  let left = times;
  engine.injectFault = (called) => {
    if (called !== call || left === 0) return;
    left -= 1;
    throw new RollError({ code: 'aws-x', message: 'no', kind: 'refused', next: 'mend it', passing });
  };
}

/** A cluster whose roll was stopped during the drain. */
async function partWay(): Promise<FakeEngine> {
  const engine = createFakeEngine(3);
  let steps = 0;
  const { result } = await runRoll(engine, {
    onEvent: ({ kind }) => {
      steps += kind === 'step-done' ? 1 : 0;
    },
    pauseRequested: () => steps > 8,
  });
  expect(result.outcome).toBe('interrupted');
  return engine;
}

const carryOn = buildOrder({ kind: 'resume' });

describe('startRun', () => {
  it.each(['findGroups', 'describeCluster'])('reads again after an error that may pass: %s', async (call) => {
    const engine = createFakeEngine(3);
    failing(engine, call, 4);
    expect(await startRun(engine, buildOrder())).toMatchObject({ resumed: false });
  });

  it('throws after five failures in a row, or an error that will not pass', async () => {
    const engine = createFakeEngine(3);
    failing(engine, 'describeCluster', 5);
    await expect(startRun(engine, buildOrder())).rejects.toMatchObject({ code: 'aws-x', kind: 'refused' });
    failing(engine, 'describeCluster', 1, false);
    await expect(startRun(engine, buildOrder())).rejects.toMatchObject({ code: 'aws-x', kind: 'refused' });
  });

  it('needs to know the account for a new roll, and not for one that upgrade continues', async () => {
    const engine = createFakeEngine(3);
    failing(engine, 'readCaller', 4);
    expect(await planRoll(engine, buildOrder())).toMatchObject({ context: { caller: { region: 'eu-west-1' } } });
    failing(engine, 'readCaller', 99);
    await expect(planRoll(engine, buildOrder())).rejects.toMatchObject({ code: 'aws-x', kind: 'refused' });
    const begun = await partWay();
    for (const isPassing of [true, false]) {
      failing(begun, 'readCaller', 99, isPassing);
      for (const order of [buildOrder(), carryOn]) {
        const plan = await planRoll(begun, order);
        expect(plan).toMatchObject({ resumed: true, context: { caller: undefined } });
        const text = formatPlan(plan, 200).map((line) => line.text);
        expect(text).toContain('in an account that AWS did not name (sts:GetCallerIdentity)');
      }
    }
  });

  it('throws an error of kind stopped when a recorded roll cannot be read', async () => {
    const engine = await partWay();
    failing(engine, 'describeCluster', 99, false);
    await expect(startRun(engine, buildOrder())).rejects.toMatchObject({
      kind: 'stopped',
      message: 'no',
      // Only tags were read.
      state:
        'Tags tell of roll 7f3a (forward), which the store of the cluster has not confirmed; this command changed nothing.',
      next: 'mend it; then consul-roll status --cluster consul',
    });
  });

  it('throws an error of kind stopped when resume or rollback cannot read the record', async () => {
    const engine = await partWay();
    failing(engine, 'findGroups', 99, false);
    const may = { kind: 'stopped', state: 'A roll of consul may be in progress; this command changed nothing.' };
    await expect(startRun(engine, carryOn)).rejects.toMatchObject(may);
    await expect(startRun(engine, buildOrder({ kind: 'rollback' }))).rejects.toMatchObject(may);
    await expect(startRun(engine, buildOrder())).rejects.toMatchObject({ kind: 'refused' });
  });

  it('refuses another image than that of the recorded roll, and names the run that holds the lock', async () => {
    const engine = await partWay();
    const other = buildOrder({ imageId: 'ami-0third' });
    const hold = (renewedAtMs: number) => {
      const holder = { holder: 'ann@ops pid 7', rollId: '7f3a', sinceMs: 0, renewedAtMs, ttlMs: 30_000 };
      return engine.servers.put(buildLockKey('consul'), JSON.stringify(holder));
    };
    const ENDS =
      'finish it: consul-roll resume --cluster consul --roll 7f3a, or undo it: consul-roll rollback --cluster consul --roll 7f3a; then consul-roll upgrade --cluster consul --ami ami-0third$';
    const idle = { code: 'another-roll', kind: 'refused', next: expect.stringMatching(ENDS) };
    await expect(startRun(engine, other)).rejects.toMatchObject(idle);
    await hold(engine.clock.now() - 40_000);
    await expect(startRun(engine, other)).rejects.toMatchObject(idle);
    await hold(engine.clock.now() - 4_000);
    await expect(startRun(engine, other)).rejects.toMatchObject({
      code: 'locked',
      kind: 'locked',
      message:
        'Cluster consul is being rolled onto ami-0c0ffee02, not onto ami-0third: roll 7f3a, run by ann@ops pid 7.',
      next: expect.stringMatching(
        `^wait for its end.*status --cluster consul --watch.*pause --cluster consul; then ${ENDS}`,
      ),
    });
  });

  it('offers a rollback to who wants the old image during a roll', async () => {
    const engine = await partWay();
    await expect(startRun(engine, buildOrder({ imageId: OLD_IMAGE }))).rejects.toMatchObject({
      code: 'another-roll',
      next: `roll back to ${OLD_IMAGE}: consul-roll rollback --cluster consul --roll 7f3a`,
    });
  });

  it('refuses to resume without a recorded roll', async () => {
    await expect(startRun(createFakeEngine(3), carryOn)).rejects.toMatchObject({ code: 'no-roll', kind: 'refused' });
  });
});

describe('a roll that follows its plan at once', () => {
  it('starts from the observation of the plan', async () => {
    const engine = createFakeEngine(3);
    const { start } = await planRoll(engine, buildOrder());
    const calls: string[] = [];
    engine.injectFault = (call) => void calls.push(call);
    const events: RollEvent[] = [];
    const stopSignal = { signal: new AbortController().signal, isPauseRequested: () => true };
    const emit = (event: RollEvent) => void events.push(event);
    const result = await executeRoll(engine, buildOrder(), emit, stopSignal, start);
    expect(result).toMatchObject({ outcome: 'interrupted', changed: 'nothing', intent: start.intent });
    expect(events.map(({ kind }) => kind)).toContain('observed');
    expect(calls).toEqual([]);
  });
});
