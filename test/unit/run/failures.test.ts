import { describe, expect, it } from 'vitest';
import { listDepartingInstances } from '../../../src/lib/model/action.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { buildOutcomeText } from '../../../src/lib/output/text/outcome.js';
import { createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';

/** Fails these calls, so many times. */
function failing(engine: FakeEngine, call: string, times: number): void {
  let left = times;
  engine.injectFault = (called) => {
    if (!called.startsWith(call) || left === 0) return;
    left -= 1;
    throw new Error('Rate exceeded');
  };
}

function kindsIn(events: readonly RollEvent[], kind: RollEvent['kind']): RollEvent[] {
  return events.filter((event) => event.kind === kind);
}

describe('an observation that fails', () => {
  /** Fails every observation from the tenth step on, for this long. */
  async function failFor(ms: number) {
    const engine = createFakeEngine(3);
    const startMs = engine.clock.now();
    let sinceMs = Number.POSITIVE_INFINITY;
    engine.injectFault = (call) => {
      const now = engine.clock.now();
      if (call === 'describeCluster' && now >= sinceMs && now < sinceMs + ms) throw new Error('Rate exceeded');
    };
    const { result, events } = await runRoll(engine, {
      onEvent: (event) => {
        if (event.kind === 'step-done' && event.number === 10) sinceMs = engine.clock.now();
      },
    });
    return { engine, startMs, result, failed: kindsIn(events, 'observation-failed') };
  }

  it('is repeated', async () => {
    const { result, failed } = await failFor(15_000);
    expect(result.outcome).toBe('rolled');
    expect(failed).toMatchObject([{ inARow: 1, message: 'Rate exceeded' }, { inARow: 2 }, { inARow: 3 }]);
  });

  it('before a step has the step decided again: another server may be the next one by then', async () => {
    const engine = createFakeEngine(3);
    let leaves = 0;
    const { result, events } = await runRoll(engine, {
      onEvent: (event) => {
        if (event.kind !== 'observed' || event.decision.kind !== 'act') return;
        if (event.decision.step.action.kind === 'leave' && ++leaves === 1) failing(engine, 'describeCluster', 1);
      },
    });
    const told = events.filter(({ kind }) => ['observation-failed', 'observed', 'step-started'].includes(kind));
    const failed = told.findIndex(({ kind }) => kind === 'observation-failed');
    expect(told[failed + 1]?.kind).toBe('observed');
    expect(told[failed + 2]).toMatchObject({ kind: 'step-started', step: { action: { kind: 'leave' } } });
    expect(result.outcome).toBe('rolled');
  });

  it('before every step puts none off for ever', async () => {
    const engine = createFakeEngine(3);
    const { result } = await runRoll(engine, {
      onEvent: (event) => {
        if (event.kind === 'observed' && event.decision.kind === 'act') failing(engine, 'describeCluster', 1);
      },
    });
    expect(result.outcome).toBe('rolled');
  }, 30_000);

  it('ends the roll after the limit, without a change', async () => {
    const { engine, startMs, result } = await failFor(3_600_000);
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'unreadable', message: 'Rate exceeded' } });
    expect(engine.clock.now() - startMs).toBeLessThan(400_000);
    const { result: resumed } = await runRoll(Object.assign(engine, { injectFault: () => undefined }));
    expect(resumed.outcome).toBe('rolled');
  });
});

describe('a step that fails', () => {
  // failure-mode: tags-denied
  it.each([
    ['beside', undefined],
    ['in-place', undefined],
    ['beside', 'resume'],
  ] as const)(
    'ends the roll as refused, without a record, if AWS denies its first tags: %s %s',
    async (strategy, kind) => {
      const engine = createFakeEngine(3);
      let isRecorded = false;
      const denial = {
        code: 'access-denied',
        message: 'not authorized to perform autoscaling:CreateOrUpdateTags',
        kind: 'refused',
        next: 'allow it',
      } as const;
      const deny = (call: string) => {
        if (call.startsWith('tag ')) throw new RollError(denial);
      };
      if (kind === 'resume') {
        await runRoll(engine, {
          onEvent: (event) => {
            isRecorded ||= event.kind === 'step-done' && event.step.action.kind === 'write-record';
          },
          pauseRequested: () => isRecorded,
        });
        expect(engine.servers.keys).toContain('consul-roll/consul/record');
      }
      engine.injectFault = deny;
      const { result, events } = await runRoll(engine, { order: kind === 'resume' ? { kind } : { strategy } });
      expect(result).toMatchObject({
        outcome: 'refused',
        changed: 'nothing',
        reason: { kind: 'step-failed', times: 2 },
      });
      expect(engine.servers.keys).toEqual([]);
      expect(buildOutcomeText(result)).toMatchObject({
        happened: expect.stringMatching(/^Refused before any change\. .*CreateOrUpdateTags/),
        next: ['allow it', expect.stringContaining('consul-roll plan')],
      });
      expect(events.filter((one) => one.kind === 'step-done').at(-1)).toMatchObject({
        step: { action: { kind: 'delete-record' }, reason: { kind: 'tags-denied' } },
      });
      engine.injectFault = () => undefined;
      expect((await runRoll(engine)).result.outcome).toBe('rolled');
    },
  );

  it.each([
    ['createGroup', 4],
    ['requestLeave', 4],
    ['terminate', 4],
    // The first writes down what others have, which fails no step.
    ['writeKey', 5],
  ])('is taken again: %s', async (call, times) => {
    const engine = createFakeEngine(3);
    failing(engine, call, times);
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(kindsIn(events, 'step-failed')).toHaveLength(4);
  });

  it.each([true, false])('before the first change is tried again only where that may help: %s', async (passing) => {
    const engine = createFakeEngine(3);
    let failures = 0;
    engine.injectFault = (call) => {
      if (!call.startsWith('takeSnapshot') || failures === 4) return;
      failures += 1;
      throw new RollError({ code: 'x', message: 'no answer', kind: 'refused', next: 'describeCluster', passing });
    };
    const rolling = runRoll(engine);
    if (passing) expect((await rolling).result.outcome).toBe('rolled');
    else await expect(rolling).rejects.toMatchObject({ message: 'no answer' });
  });

  it('ends the roll when it fails five times in a row', async () => {
    const engine = createFakeEngine(3);
    failing(engine, 'createGroup', 99);
    const { result, events } = await runRoll(engine);
    expect(result).toMatchObject({
      outcome: 'stopped',
      reason: { kind: 'step-failed', action: 'create-group', message: 'Rate exceeded', times: 5 },
    });
    expect(kindsIn(events, 'step-failed')).toHaveLength(5);
    expect(engine.calls.filter((one) => one.startsWith('createGroup'))).toHaveLength(5);
  });
});

describe('a step that AWS does not permit', () => {
  /** Permits it after so many denials. */
  async function denied(call: string, times: number) {
    const engine = createFakeEngine(3);
    let left = times;
    engine.injectFault = (called) => {
      if (!called.startsWith(call) || left === 0) return;
      left -= 1;
      const message = 'These AWS credentials may not call autoscaling:SetInstanceProtection.';
      throw new RollError({ code: 'access-denied', message, kind: 'refused', next: 'allow it' });
    };
    return { engine, ...(await runRoll(engine)) };
  }

  it('is tried again, because a new permission takes effect after a moment', async () => {
    const { result, events } = await denied('setProtection', 1);
    expect(result).toMatchObject({ outcome: 'rolled' });
    expect(kindsIn(events, 'step-failed')).toHaveLength(1);
  });

  it('then ends the roll and says that only the record was written', async () => {
    const { engine, result } = await denied('setProtection', 99);
    expect(engine.calls.filter((one) => one.startsWith('setProtection'))).toHaveLength(2);
    expect(result).toMatchObject({
      outcome: 'stopped',
      reason: { kind: 'step-failed', action: 'protect-servers', times: 2, remedy: 'allow it' },
      changed: 'record',
    });
    const { happened, next } = buildOutcomeText(result);
    expect(happened).toMatch(/only the record of the roll was written; .* autoscaling:SetInstanceProtection/);
    expect(next.at(-1)).toMatch(/resume .*, or clear the record with: consul-roll rollback/);
    engine.calls.length = 0;
    const { result: back } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(back.outcome).toBe('rolled-back');
    const isOfRecord = (call: string) =>
      /^(tag|untag|compareAnd|deleteKey .*before$|(write|delete)Key .*\/record)/.test(call);
    expect(listWrites(engine).filter((call) => !isOfRecord(call))).toEqual([]);
  });

  it('does not say so after a later step', async () => {
    const { result } = await denied('createGroup', 99);
    expect(result).toMatchObject({ outcome: 'stopped', reason: { times: 2 }, changed: 'cluster' });
  });
});

describe('a step that safety refuses', () => {
  /** A follower dies just after it was decided that another one may leave; it may come back. */
  async function surprised(forMs: number) {
    const engine = createFakeEngine(3);
    let leaving: string | undefined;
    const reckless: string[] = [];
    engine.injectFault = (call) => {
      if (call.startsWith('requestLeave') && !hasOneToSpare(engine, call.replace('requestLeave ', '')))
        reckless.push(call);
    };
    const { result, events } = await runRoll(engine, {
      order: { surge: 1 },
      onEvent: (event) => {
        if (leaving !== undefined || event.kind !== 'observed' || event.decision.kind !== 'act') return;
        const { action } = event.decision.step;
        if (action.kind !== 'leave') return;
        [leaving = ''] = listDepartingInstances(action);
        const bystander = findBystander(engine, leaving);
        engine.servers.crash(bystander);
        engine.clock.after(forMs, () => engine.servers.restart(bystander));
      },
    });
    return { result, reckless, leaving, refused: kindsIn(events, 'step-refused') };
  }

  it.each([3000, 3_600_000])('is not taken, and decided again, with the server back after %i ms', async (forMs) => {
    const { refused, result, reckless, leaving } = await surprised(forMs);
    expect(refused[0]).toMatchObject({
      step: { action: { kind: 'leave', servers: [{ instanceId: leaving }] } },
      reason: { kind: 'quorum-at-risk', instanceId: leaving, after: { voters: 3, healthy: 2, quorum: 2, margin: 0 } },
    });
    expect(reckless).toEqual([]);
    expect(result.outcome).toBe('rolled');
  });
});

/** Address of a follower that stays when this server leaves. */
function findBystander({ servers }: FakeEngine, leaving: string): string {
  const found = servers.peers.find((peer) => peer.instanceId !== leaving && peer.address !== servers.leader);
  if (found === undefined) throw new Error('every cluster has another follower');
  return found.address;
}

/** Whether the voters that answer, without this one, are more than a majority. */
function hasOneToSpare({ servers }: FakeEngine, leaving: string): boolean {
  const voters = servers.peers.filter(({ voter, address }) => voter && address !== leaving);
  return voters.filter((peer) => peer.up).length * 2 > voters.length + 1;
}

describe('AWS that shows a write only later', () => {
  it.each([3000, 8000])('by %i ms makes no step run twice', async (lagMs) => {
    const engine = createFakeEngine(3, { lagMs });
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    // The tags are removed with the record once more, whatever AWS shows of them.
    const writes = listWrites(engine).filter((call) => !/^(compareAnd|untag )/.test(call));
    expect(writes.filter((call, n) => writes.indexOf(call) !== n)).toEqual([]);
  });
});

describe('a step that is refused each time', () => {
  // failure-mode: refused-each-time
  it('ends the roll, also where it is due only once a wait is over: the wait does not begin again', async () => {
    const engine = createFakeEngine(3);
    const { servers } = engine;
    const key = 'consul-roll/consul/sentinel';
    const enough = new AbortController();
    let kept: string | undefined;
    let isDead = false;
    const refusedAtMs: number[] = [];
    const { result } = await runRoll(engine, {
      signal: enough.signal,
      onEvent: (event) => {
        if (event.kind === 'step-done' && event.step.action.kind === 'terminate' && !isDead) {
          servers.crash(servers.peers.find(({ address }) => address !== servers.leader)?.address ?? '');
          isDead = true;
        } else if (event.kind === 'observed' && event.decision.kind === 'act') {
          if (event.decision.step.reason.kind !== 'replacement-died') return;
          kept ??= servers.get(key)?.value;
          void servers.put(key, 'of another roll');
        } else if (event.kind === 'step-refused') {
          refusedAtMs.push(engine.clock.now());
          if (refusedAtMs.length === 50) enough.abort();
          void servers.put(key, kept ?? '');
        }
      },
    });
    expect(result).toMatchObject({ outcome: 'quorum-at-risk', reason: { kind: 'state-lost', cluster: 'consul' } });
    const [firstMs = Number.NaN] = refusedAtMs;
    expect((refusedAtMs.at(-1) ?? 0) - firstMs).toBeLessThan(2 * limits.leaderTimeoutMs);
  });
});
