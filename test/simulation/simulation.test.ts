import type { CreateLaunchConfigurationType } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import { listForeignResources } from './account.js';
import { buildHarness, type Harness } from './harness.js';
import { after, at, atTime, NO_FAULTS } from './mutation.js';
import { createScenario, LEAVE_CALL_OUTCOMES, type Scenario } from './scenario.js';
import { simulate } from './simulate.js';
import { formatTotals, SimulationTotals } from './totals.js';

const ROLLS = 120;

/** Servers that need longer than the least that is waited for any server, and not as long as the health timeout. */
const SLOW_BOOT: Partial<Scenario> = {
  onto: { ...getImage('consul-v2'), bootMs: 80_000 },
  limits: { ...createScenario(1).limits, healthTimeoutMs: 200_000, leaderTimeoutMs: 30_000 },
};

/** The names of the launch configurations that the checkers do not count as the cluster's, nor as those of a roll. */
function listForeignLaunchConfigurations({ oracle }: Harness): string[] {
  return [...listForeignResources(oracle).keys()].filter((name) => name.includes('launch conf'));
}

async function traceOf(seed: number): Promise<string[]> {
  const trace: string[] = [];
  await simulate(seed, (atMs, line) => trace.push(`${atMs} ${line}`));
  return trace;
}

describe('listForeignResources', () => {
  it('has a new launch configuration only while no record names it', () => {
    const harness = buildHarness({ ...createScenario(1), ...NO_FAULTS, launches: undefined, neighbour: false });
    const { environment, oracle } = harness;
    const { LaunchConfigurationName: _name, ...rest } = [...oracle.state.launchConfigurations.values()][0] ?? {};
    const input = { ...rest, LaunchConfigurationName: 'consul-2' } as CreateLaunchConfigurationType;
    environment.aws.call('autoscaling', 'CreateLaunchConfiguration', input);
    expect(listForeignLaunchConfigurations(harness)).toEqual(['launch configuration consul-2']);
    const record = Buffer.from(JSON.stringify({ 'new-template': 'consul-2' }));
    environment.net.kvPut(oracle.leader?.address ?? '', 'consul-roll/consul/record', record, {}, () => {});
    environment.until(() => oracle.record !== undefined, 10_000);
    expect(listForeignLaunchConfigurations(harness)).toEqual([]);
  });
});

describe('simulate', () => {
  it(`breaks no invariant in ${ROLLS} rolls, and ends each of them`, async () => {
    const totals = new SimulationTotals();
    for (let seed = 1; seed <= ROLLS; seed++) {
      const report = await simulate(seed);
      // Who may write the store can keep a roll from its end.
      if (!['store', 'both'].includes(createScenario(seed).adversary ?? '')) totals.add(report);
      expect({ seed, broken: report.violations }).toEqual({ seed, broken: [] });
    }
    expect(formatTotals(totals)).toMatch(
      /^1[01]\d rolls, \d+ faults, \d+ crashes, outcomes ((rolled|rolled-back|refused)=\d+,? )+0 violations$/,
    );
    expect(totals.faults).toBeGreaterThan(ROLLS / 2);
    expect(totals.kills).toBeGreaterThan(ROLLS / 4);
  }, 120_000);

  // failure-mode: clock-skew
  it.each([
    [600_000, []],
    [-600_000, [10]],
  ])('gives up no healthy server where a clock is wrong by %i ms, with kills at %j', async (skewMs, kills) => {
    for (let seed = 1; seed <= 5; seed++) {
      const { outcome } = await simulate(seed, undefined, { ...NO_FAULTS, ...SLOW_BOOT, skewMs, kills });
      expect({ seed, outcome }).toEqual({ seed, outcome: 'rolled' });
    }
  });

  // failure-mode: old-image-founds
  it.each([false, true])(
    'loses no key in a rollback whose old servers bootstrap a cluster of their own, in place: %s',
    async (inPlace) => {
      const outcomes: string[] = [];
      const stops: string[] = [];
      for (let seed = 1; seed <= 20; seed++) {
        const kills = [inPlace ? 'terminate' : 'delete-group'];
        const change = { ...NO_FAULTS, inPlace, surge: 1, kills, changesMind: true, oldFounds: true };
        const { outcome, ends, violations } = await simulate(seed, undefined, change);
        expect({ seed, violations }).toEqual({ seed, violations: [] });
        outcomes.push(outcome);
        stops.push(...ends.filter(({ end }) => end === 'stopped').map(({ why }) => why));
      }
      // Once the operator has followed the advice, it is over; the operator of some seeds does not roll back.
      expect(outcomes).toContain('rolled-back');
      expect(outcomes).not.toContain('stopped');
      expect([...new Set(stops)]).toEqual(['founder']);
    },
    60_000,
  );

  // failure-mode: old-image-founds
  it('ends where one of them is the third voter of three', async () => {
    const trigger = { kind: 'effect', named: 'resize', nth: 2, delayMs: 2_000 } as const;
    const fault = { kind: 'terminate-instance', whom: 'new', throughGroup: false } as const;
    const founding = { ...NO_FAULTS, minSize: 0, maxSize: 4, surge: 1, inPlace: true, oldFounds: true };
    const change = { ...founding, changesMind: true, kills: ['terminate'], faults: [{ trigger, fault }] };
    for (const seed of [2, 5, 8]) {
      const { outcome, violations, ends } = await simulate(seed, undefined, change);
      expect({ seed, outcome, violations }).toEqual({ seed, outcome: 'rolled-back', violations: [] });
      expect(ends.map(({ why }) => why)).toContain('founder');
    }
  });

  // failure-mode: old-group-scaled
  it.each([[[]], [['leave']]])(
    'loses no key where an operator has the old group launch such a server, with kills at %j',
    async (kills) => {
      const launched = { kind: 'scaled-by-hand', side: 'old', by: 1, backAfterMs: undefined, launches: true } as const;
      const faults = [at('leave', launched, kills.length + 1)];
      const change = { ...NO_FAULTS, maxSize: 6, oldFounds: true, kills, faults };
      for (let seed = 1; seed <= 12; seed++) {
        const { outcome, violations } = await simulate(seed, undefined, change);
        const end = { seed, over: /^rolled/.test(outcome), violations };
        expect(end).toEqual({ seed, over: true, violations: [] });
      }
    },
    60_000,
  );

  it('has all the time of an election that begins while the leader did not answer', async () => {
    const denied = { kind: 'unresponsive-server', whom: 'leader', as: 'denied', forMs: 100_000 } as const;
    const paused = { kind: 'pause-server', whom: 'leader', forMs: 54_000 } as const;
    const faults = [atTime(61_000, denied), atTime(113_000, paused)];
    const change = { ...NO_FAULTS, raftMultiplier: 5, intervalMs: 5_000, faults };
    for (let seed = 1; seed <= 8; seed++) {
      const { outcome, violations, ends } = await simulate(seed, undefined, change);
      const end = { seed, outcome, violations, runs: ends.length };
      expect(end).toEqual({ seed, outcome: 'rolled', violations: [], runs: 1 });
    }
  });

  it('terminates impostors whose group is scaled in and out by hand meanwhile', async () => {
    const scaled = { kind: 'scaled-by-hand', side: 'new', by: -1, backAfterMs: 159_000 } as const;
    const faults = [atTime(14_600, scaled)];
    const cloning = { ...NO_FAULTS, onto: getImage('consul-clone'), skipCanary: true, surge: 3 };
    for (let seed = 1; seed <= 8; seed++) {
      const { outcome, violations, ends } = await simulate(seed, undefined, { ...cloning, changesMind: true, faults });
      const end = { seed, outcome, violations, runs: ends.length };
      expect(end).toEqual({ seed, outcome: 'rolled-back', violations: [], runs: 1 });
    }
  });

  it('leaves an instance that is gone at the end to its group, although its zones are uneven without it', async () => {
    const trigger = { kind: 'effect', named: 'tag', nth: 2, delayMs: 2_000 } as const;
    const fault = { kind: 'terminate-instance', whom: 'leader', throughGroup: false } as const;
    const inPlace = { ...NO_FAULTS, minSize: 0, maxSize: 4, surge: 1, inPlace: true, kills: [45] };
    const change = { ...inPlace, faults: [{ trigger, fault }] };
    const { outcome, violations } = await simulate(5, undefined, change);
    expect({ outcome, violations }).toEqual({ outcome: 'rolled', violations: [] });
  });

  // failure-mode: rollback-cannot-launch
  it.each([false, true])(
    'is turned forward where a rollback cannot launch old servers: in place %s',
    async (inPlace) => {
      const surge = inPlace ? 1 : undefined;
      const faults = [at('terminate', { kind: 'old-image-gone' })];
      const change = { ...NO_FAULTS, maxSize: 4, inPlace, surge, changesMind: true, kills: ['terminate'], faults };
      for (const seed of [1, 2, 3]) {
        const { outcome, violations, ends } = await simulate(seed, undefined, change);
        expect({ seed, outcome, violations }).toEqual({ seed, outcome: 'rolled', violations: [] });
        expect(ends.slice(1, -1).map(({ why }) => why)).toEqual(Array(3).fill(expect.stringContaining('not-launched')));
      }
    },
  );

  // failure-mode: state-lost
  it.each([
    ['forward', false],
    ['back', true],
  ])(
    'is finished after others have deleted its keys, whether an old or a new server leads: %s',
    async (_way, changesMind) => {
      for (const inPlace of [false, true]) {
        for (const [named, nth] of [
          ['resize', 3],
          ['leave', 1],
          ['leave', 3],
          ['terminate', 3],
        ] as const) {
          const faults = [at(named, { kind: 'keys-by-hand' }, nth)];
          const change = { ...NO_FAULTS, maxSize: 4, surge: inPlace ? 1 : undefined, inPlace, changesMind, faults };
          const { outcome, violations, ends } = await simulate(3, undefined, change);
          const end = { inPlace, named, nth, first: ends[0]?.why, over: /^rolled/.test(outcome), violations };
          expect(end).toEqual({ inPlace, named, nth, first: 'state-lost', over: true, violations: [] });
        }
      }
    },
  );

  it('sees one of them before it joins, also while the server that it replaces is still being terminated', async () => {
    const fault = { kind: 'terminate-instance', whom: 'leader', throughGroup: false } as const;
    const faults = [{ trigger: { kind: 'time', afterMs: 45_000 }, fault } as const];
    const change = { ...NO_FAULTS, onto: getImage('consul-lonely'), intervalMs: 20_000, oldFounds: true, faults };
    // In others AWS takes seconds to answer just then.
    for (const seed of [1, 3, 4]) {
      const { outcome, violations } = await simulate(seed, undefined, change);
      expect({ seed, outcome, violations }).toEqual({ seed, outcome: 'rolled-back', violations: [] });
    }
  });

  it.each([
    [1, 1],
    [3, 0],
  ])(
    'scales out an image whose servers crash all the time by %i: %i faults, as the quorum must be kept',
    async (by, faults) => {
      const scaled = after('resize', 25_000, { kind: 'scaled-by-hand', side: 'new', by, backAfterMs: undefined });
      const change = { ...NO_FAULTS, onto: getImage('consul-crashloop'), inPlace: true, surge: 1, faults: [scaled] };
      for (let seed = 1; seed <= 5; seed++) {
        const report = await simulate(seed, undefined, change);
        expect({ seed, faults: report.faults, broken: report.violations }).toEqual({ seed, faults, broken: [] });
      }
    },
  );

  it('lets a server go first that the leader no longer reaches, although its zone has no other', async () => {
    const trigger = { kind: 'effect', named: 'register', nth: 2, delayMs: 12_000 } as const;
    const closed = { trigger, fault: { kind: 'closed-raft-port', whom: 'old', forMs: 50_000 } } as const;
    const change = { ...NO_FAULTS, surge: 2, intervalMs: 20_000, raftMultiplier: 10, faults: [closed] };
    for (let seed = 1; seed <= 10; seed++) {
      const { violations } = await simulate(seed, undefined, change);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
    }
  });

  // failure-mode: leave-of-one-fails
  it.each(LEAVE_CALL_OUTCOMES)(
    'rolls where one of several requests to leave is %s, whichever it is',
    async (outcome) => {
      for (const inPlace of [false, true]) {
        for (const nth of [1, 2, 3, 4]) {
          const five = { ...NO_FAULTS, size: 5, maxSize: 7, inPlace, surge: inPlace ? 2 : undefined };
          const change = { ...five, leaveCalls: [{ nth, outcome }], forcesUnlock: true };
          const report = await simulate(nth, undefined, change);
          const end = { inPlace, nth, outcome: report.outcome, violations: report.violations };
          expect(end).toEqual({ inPlace, nth, outcome: 'rolled', violations: [] });
        }
      }
    },
    60_000,
  );

  it.each(['lost', 'unanswered'] as const)(
    'rolls back where the old group was scaled out by hand, and the first request to leave is %s',
    async (outcome) => {
      const fault = { kind: 'scaled-by-hand', side: 'old', by: 2, backAfterMs: undefined, launches: true } as const;
      const faults = [at('resize', fault)];
      const change = { ...NO_FAULTS, maxSize: 5, changesMind: true, faults, leaveCalls: [{ nth: 1, outcome }] };
      for (let seed = 1; seed <= 5; seed++) {
        const { ends, violations } = await simulate(seed, undefined, change);
        // The first run stops because the group was scaled.
        const found = { seed, ends: ends.map(({ end }) => end), violations };
        expect(found).toEqual({ seed, ends: ['stopped', 'rolled-back'], violations: [] });
      }
    },
  );

  it('has the same trace for the same seed, and another for another seed', async () => {
    const trace = await traceOf(14);
    expect(await traceOf(14)).toEqual(trace);
    expect(await traceOf(15)).not.toEqual(trace);
  });
});
