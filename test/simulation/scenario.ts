import type { Limits } from '../../src/lib/model/intent.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import type { SandboxImage } from '../../src/sandbox/interfaces.js';
import { Chance } from './chance.js';
import type { AdversaryRight } from './faults/adversary.js';
import type { Noise, PlannedFault } from './faults/fault.js';
import { planLeaveFaults } from './faults/leaves.js';
import { planFaults, planFlaps } from './faults/plan.js';
import { drawLaunchTemplateUse, type LaunchTemplateUse } from './launches.js';
import type { Pause } from './pauses.js';

/** Why a roll cannot start: the image does not exist, the group may not terminate, a server is unreachable. */
export type ScenarioFlaw = 'unknown-image' | 'terminate-suspended' | 'unreachable-server';

/**
 * The outcome of a request to leave: it does not arrive, its answer is lost, or the process ends just before or after it, with
 * those of the same step before it made and the others not.
 */
export interface LeaveCall {
  readonly nth: number;
  readonly outcome: (typeof LEAVE_CALL_OUTCOMES)[number];
}

export const LEAVE_CALL_OUTCOMES = ['lost', 'unanswered', 'killed-before', 'killed-after'] as const;

/** All settings that are drawn from a seed before the roll. */
export interface Scenario {
  readonly seed: number;
  /** Number of servers. */
  readonly size: number;
  readonly from: SandboxImage;
  readonly onto: SandboxImage;
  readonly surge: number | undefined;
  readonly keepOld: boolean;
  /** The group keeps its name and gets another launch source. */
  readonly inPlace: boolean;
  readonly minSize: number;
  readonly maxSize: number;
  readonly suspended: readonly string[];
  /** Which servers are protected from scale-in: all, and those that the group launches; one; or none. */
  readonly protects: 'all' | 'one' | 'none';
  readonly limits: Limits;
  readonly intervalMs: number;
  readonly writeEveryMs: number;
  readonly faults: readonly PlannedFault[];
  readonly noise: Noise;
  /** How long AWS's answers lag behind a write; 0 for no lag. */
  readonly lagMs: number;
  /** The process is killed at these effects, counted from 1 over all processes, or at the first of that name. */
  readonly kills: readonly (number | string)[];
  /** What becomes of the nth request to leave, counted over all processes: one of several in a step may fail. */
  readonly leaveCalls: readonly LeaveCall[];
  readonly pauses: readonly Pause[];
  /** After a process was killed, the operator starts the next one at once and takes its lock. */
  readonly forcesUnlock: boolean;
  /** The operator rolls back at the second run. */
  readonly changesMind: boolean;
  /** Why the roll cannot start. */
  readonly flaw: ScenarioFlaw | undefined;
  /** The launch template of the group; undefined for a launch configuration. */
  readonly launches: LaunchTemplateUse | undefined;
  /** Autopilot removes dead servers from Raft. */
  readonly cleanup: boolean;
  /** `raft_multiplier` of every server: how long elections take. */
  readonly raftMultiplier: number;
  /** How wrong the clocks are of the machines that run the roll. */
  readonly skewMs: number;
  /** ACLs are on in the old servers and off in the new ones. */
  readonly weakens: boolean;
  /** Servers say nothing of themselves without the ACL token. */
  readonly needsToken: boolean;
  /** `redundancy_zone_tag` of autopilot, which matters to Enterprise only; empty for none. */
  readonly zoneTag: string;
  /** Servers of the old image that are launched during the roll bootstrap a cluster of their own before they join. */
  readonly oldFounds: boolean;
  /** The account has a group, a launch configuration and a load balancer of another cluster. */
  readonly neighbour: boolean;
  /** Someone else writes tags or keys of the roll all the time, and the account has another team's cluster. */
  readonly adversary: AdversaryRight | undefined;
  /** That cluster is older than the one that is rolled. */
  readonly victimIsOlder: boolean;
  /** The group of the cluster is one that an earlier roll created. */
  readonly rolledBefore: boolean;
  /** No server is launched alone first. */
  readonly skipCanary: boolean;
  /** The operator has hooks before and after each server, which take so long, and perhaps fail. */
  readonly hooks: { readonly forMs: number; readonly fail: boolean } | undefined;
}

/** The scenario of a seed. */
export function createScenario(seed: number): Scenario {
  const chance = new Chance(seed);
  const size = chance.happens(0.9) ? 3 : chance.pick([5, 5, 5, 7]);
  const images = drawImages(chance);
  const suspended = chance.happens(0.3) ? [chance.pick(['AZRebalance', 'AlarmNotification', 'Launch'])] : [];
  const flaw = chance.happens(0.06) ? chance.pick(FLAWS) : undefined;
  const beside = {
    seed,
    size,
    ...images,
    surge: chance.happens(0.3) ? chance.between(1, size) : undefined,
    keepOld: chance.happens(0.1),
    minSize: chance.between(0, size),
    maxSize: size + chance.between(0, 2),
    suspended,
    limits: drawLimits(chance),
    intervalMs: chance.pick([10, 20, 20, 30]) * 1_000,
    writeEveryMs: chance.between(20_000, 60_000),
    neighbour: chance.happens(0.15),
    flaw,
    ...(flaw === undefined ? drawFaults(chance, suspended.includes('Launch')) : NO_SCENARIO_FAULTS),
    launches: drawLaunchTemplateUse(chance),
    inPlace: false,
    forcesUnlock: false,
    cleanup: true,
    protects: 'none' as const,
    skewMs: 0,
    weakens: false,
    needsToken: false,
    oldFounds: false,
    raftMultiplier: 1,
    adversary: undefined,
    victimIsOlder: false,
    rolledBefore: false,
    skipCanary: false,
    leaveCalls: [],
    hooks: undefined,
    zoneTag: '',
  };
  const scenario = chance.happens(0.15) ? toInPlace(beside) : beside;
  const skewMs = chance.happens(0.1) ? chance.between(-1_200, 1_200) * 1_000 : 0;
  const weakens = chance.happens(0.05);
  const raftMultiplier = chance.happens(0.2) ? chance.pick([5, 10]) : 1;
  const protects = chance.pick(PROTECTED);
  const oldFounds = chance.happens(0.1);
  const onto = chance.happens(0.03) ? withStuckConsul(scenario.onto) : scenario.onto;
  const needsToken = chance.happens(0.5);
  // A roll that cannot start must change nothing, which shows only without others.
  const isAttacked = chance.happens(0.08) && flaw === undefined;
  const adversary = isAttacked ? chance.pick(['tags', 'tags', 'store', 'both'] as const) : undefined;
  const victimIsOlder = chance.happens(0.5);
  const rolledBefore = chance.happens(0.3);
  const skipCanary = chance.happens(0.2);
  // Where the image is bad, no old server leaves.
  const leaves = flaw === undefined && scenario.onto.behaviour === 'good';
  const troubled: Partial<Scenario> = chance.happens(0.12) && leaves ? drawLeaveTrouble(chance, scenario) : {};
  const drawn = { ...troubled, skewMs, weakens, needsToken, raftMultiplier, protects, oldFounds };
  const flaps = chance.happens(0.04) && flaw === undefined ? planFlaps(chance, MAX_FLAPS) : [];
  const faults = [...(troubled.faults ?? scenario.faults), ...flaps];
  // A server that is being terminated and runs on, and is shown late.
  const lagMs = holdsTerminations(faults) && chance.happens(0.5) ? chance.between(500, 9_000) : scenario.lagMs;
  // Hooks that fail stop every run.
  const hooks = chance.happens(0.1) ? { forMs: chance.between(1, 40) * 1_000, fail: false } : undefined;
  const zoneTag = chance.happens(0.1) ? 'az' : '';
  return {
    ...scenario,
    ...drawn,
    faults,
    lagMs,
    onto,
    adversary,
    victimIsOlder,
    rolledBefore,
    skipCanary,
    hooks,
    zoneTag,
  };
}

const MAX_FLAPS = 100;

function holdsTerminations(faults: readonly PlannedFault[]): boolean {
  return faults.some(({ fault }) => fault.kind === 'lifecycle-hook' && fault.holds === 'TERMINATING');
}

/** More servers than most rolls have, of which several leave at once, and what happens to them meanwhile. */
function drawLeaveTrouble(chance: Chance, { size: least, minSize, maxSize, surge, inPlace, faults }: Scenario) {
  const size = chance.between(4, 7);
  return {
    size,
    minSize: Math.min(minSize, size),
    maxSize: maxSize - least + size,
    // A surge beyond the size is refused.
    surge: inPlace ? chance.between(1, 3) : surge && Math.min(surge, size),
    faults: [...faults.slice(0, 1), ...planLeaveFaults(chance, chance.between(1, 2))],
    kills: chance.happens(0.5) ? [chance.pick(['leave', chance.between(30, 90)])] : [],
    forcesUnlock: chance.happens(0.5),
    cleanup: chance.happens(0.5),
    leaveCalls: Array.from({ length: chance.between(0, 2) }, () => {
      return { nth: chance.between(1, 7), outcome: chance.pick(LEAVE_CALL_OUTCOMES) };
    }),
  };
}

/** Its servers refuse to leave. */
function withStuckConsul({ bootMs, consulVersion }: SandboxImage): SandboxImage {
  return { ...getImage('consul-stuck'), bootMs, consulVersion };
}

/** In place, there is no old group to keep. */
function toInPlace(beside: Scenario): Scenario {
  return { ...beside, inPlace: true, keepOld: false };
}

const PROTECTED = ['all', 'one', 'none', 'none', 'none', 'none'] as const;
const FLAWS = ['unknown-image', 'terminate-suspended', 'unreachable-server'] as const;

/** Mostly good images, with a Consul that may or may not support leadership transfers. */
function drawImages(chance: Chance): Pick<Scenario, 'from' | 'onto'> {
  const behaviour = chance.happens(0.8)
    ? 'consul-v2'
    : chance.pick([
        'consul-broken',
        'consul-lonely',
        'consul-slow',
        'consul-crashloop',
        'consul-founder',
        'consul-clone',
        'consul-namesake',
      ]);
  const from = getImage('consul-v1');
  const onto = getImage(behaviour);
  const bootMs = chance.between(4_000, 15_000);
  if (chance.happens(0.7)) return { from, onto: { ...onto, bootMs } };
  const consulVersion = '1.8.7';
  return { from: { ...from, consulVersion }, onto: { ...onto, bootMs, consulVersion } };
}

function drawLimits(chance: Chance): Limits {
  return {
    healthTimeoutMs: chance.between(90, 150) * 1_000,
    drainTimeoutMs: 60_000,
    leaveTimeoutMs: chance.between(30, 60) * 1_000,
    leaderTimeoutMs: undefined,
    awsTimeoutMs: chance.between(60, 300) * 1_000,
    bakeMs: chance.pick([0, 0, 10_000]),
    successThreshold: chance.between(1, 2),
  };
}

type ScenarioFaults = Pick<Scenario, 'faults' | 'noise' | 'lagMs' | 'kills' | 'pauses' | 'changesMind'>;

/** A refused roll must change nothing, which shows only without faults. */
const NO_SCENARIO_FAULTS: ScenarioFaults = {
  faults: [],
  noise: { awsReads: 0, awsEffects: 0, consulReads: 0, consulEffects: 0 },
  lagMs: 0,
  kills: [],
  pauses: [],
  changesMind: false,
};

/** A third of the rolls have no fault except a kill, so that noise hides no error. */
function drawFaults(chance: Chance, launchless: boolean): ScenarioFaults {
  const noisy = chance.happens(0.2);
  const rate = (most: number): number => (noisy ? chance.next() * most : 0);
  return {
    // A group whose launches are suspended from the start cannot replace a terminated server.
    faults: planFaults(chance, chance.pick([0, 0, 1, 1, 1, 2, 3])).filter(
      ({ fault }) => !(launchless && fault.kind === 'terminate-instance'),
    ),
    noise: { awsReads: rate(0.1), awsEffects: rate(0.15), consulReads: rate(0.04), consulEffects: rate(0.1) },
    lagMs: chance.happens(0.15) ? chance.between(500, 9_000) : 0,
    kills: drawEffectNumbers(chance, chance.pick([0, 0, 0, 1, 1, 2])),
    pauses: drawEffectNumbers(chance, chance.pick(PAUSES)).map((atEffect) => {
      return { atEffect, by: chance.pick(['interrupt', 'second-interrupt', 'tag']) };
    }),
    changesMind: chance.happens(0.25),
  };
}

/** How many times the operator stops a roll. */
const PAUSES = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] as const;

/** A roll of three servers takes about fifty effects, with the renewals of the lock. */
function drawEffectNumbers(chance: Chance, count: number): number[] {
  return Array.from({ length: count }, () => chance.between(1, 50));
}
