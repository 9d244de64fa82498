import { expect } from 'vitest';
import { roll } from '../../src/lib/engine/run/roll.js';
import type { ActionKind } from '../../src/lib/model/action.js';
import type { RollEvent, RollResult } from '../../src/lib/model/events.js';
import type { Limits } from '../../src/lib/model/intent.js';
import type { Order } from '../../src/lib/model/plan.js';
import { createView } from '../../src/lib/output/create-view.js';
import { outcomeReport } from '../../src/lib/output/text/outcome.js';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { imageNamed } from '../../src/sandbox/images.js';
import { paper } from './paper.js';
import { type Shape, type Troubled, troubledSandbox } from './troubled-sandbox.js';

/** How a roll in trouble ended, and what an operator was told. */
export interface Told {
  readonly result: RollResult;
  readonly events: readonly RollEvent[];
  /** What happened, in the words of the report. */
  readonly happened: string;
  /** What to do next, in its words. */
  readonly next: string;
  /** The log. */
  readonly log: string;
}

/** Calls back when the nth step of a kind has been taken, or is about to be. */
export interface Moment {
  readonly step: ActionKind;
  /** 1 when left out. */
  readonly nth?: number;
  readonly is: 'started' | 'done';
  readonly bring: (event: Extract<RollEvent, { kind: 'step-started' | 'step-done' }>) => void;
}

/** A sandbox in which things go wrong, under a write load, and the rolls on it. */
export interface Trouble {
  readonly sandbox: Troubled;
  /** Onto `consul-v2` unless the order says otherwise. */
  roll(order?: Partial<Order>, limits?: Partial<Limits>): Promise<Told>;
  /** Carries on with the roll on record. */
  resume(order?: Partial<Order>, limits?: Partial<Limits>): Promise<Told>;
  when(moment: Moment): void;
  /** How often an event of this kind was told so far. */
  saw(kind: RollEvent['kind']): number;
}

/** An hour for an operator is some seconds here: everything is twenty times as fast as AWS and Consul are. */
export const LIMITS: Limits = {
  healthTimeoutMs: 120_000,
  drainTimeoutMs: 60_000,
  leaveTimeoutMs: 4_000,
  leaderTimeoutMs: 30_000,
  awsTimeoutMs: 60_000,
  bakeMs: 0,
  looks: 2,
};
export const ROLL_MS = 180_000;
const VERIFY_LIMIT_MS = 10_000;

/** Runs a test in a sandbox of its own. Whatever it does, no acknowledged write may be lost at its end. */
export async function inTrouble(shape: Shape, test: (trouble: Trouble) => Promise<void>): Promise<void> {
  const sandbox = await troubledSandbox(shape);
  try {
    const writer = startWriter({
      url: sandbox.loadBalancerUrl,
      intervalMs: 200,
      prefix: 'trouble',
      verifyLimitMs: VERIFY_LIMIT_MS,
    });
    await test(troubleIn(sandbox));
    const { acknowledged, lost } = await writer.stop();
    expect({ lost, some: acknowledged > 0 }).toEqual({ lost: 0, some: true });
  } finally {
    await sandbox.close();
  }
}

function troubleIn(sandbox: Troubled): Trouble {
  const moments: Moment[] = [];
  const counts = new Map<string, number>();
  const seen = new Map<string, number>();
  const notice = (event: RollEvent): void => {
    seen.set(event.kind, (seen.get(event.kind) ?? 0) + 1);
    if (event.kind !== 'step-started' && event.kind !== 'step-done') return;
    const kind = event.step.action.kind;
    const is = event.kind === 'step-done' ? 'done' : 'started';
    const nth = (counts.get(`${is} ${kind}`) ?? 0) + 1;
    counts.set(`${is} ${kind}`, nth);
    for (const one of moments) {
      if (one.step === kind && one.is === is && (one.nth ?? 1) === nth) one.bring(event);
    }
  };
  const run = (order: Partial<Order>, limits: Partial<Limits>) =>
    rollOnce(sandbox, { ...ORDER, ...order, limits: { ...LIMITS, ...limits } }, notice);
  return {
    sandbox,
    roll: (order = {}, limits = {}) => run({ imageId: imageNamed('consul-v2').imageId, ...order }, limits),
    resume: (order = {}, limits = {}) => run(order, limits),
    when: (moment) => void moments.push(moment),
    saw: (kind) => seen.get(kind) ?? 0,
  };
}

const ORDER: Order = {
  cluster: 'consul',
  group: undefined,
  imageId: undefined,
  surge: undefined,
  keepOld: false,
  intervalMs: 200,
  lockTtlMs: 2_000,
  limits: LIMITS,
};

async function rollOnce(sandbox: Troubled, order: Order, notice: (event: RollEvent) => void): Promise<Told> {
  const events: RollEvent[] = [];
  const { stream, text } = paper();
  const view = await createView('plain', { stream, colour: false, now: Date.now });
  const listen = (event: RollEvent): void => {
    events.push(event);
    view.handle(event);
    notice(event);
  };
  const control = { signal: new AbortController().signal, pauseRequested: () => false };
  const result = await roll(sandbox.engine, order, listen, control);
  await view.end(result);
  const { happened, next } = outcomeReport(result);
  if (process.env.STORY !== undefined) process.stderr.write(`${text()}${happened}\n${next.join('\n')}\n\n`);
  return { result, events, happened, next: next.join('; '), log: text() };
}
