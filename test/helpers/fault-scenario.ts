import { expect } from 'vitest';
import { executeRoll } from '../../src/lib/engine/run/roll.js';
import type { ActionKind } from '../../src/lib/model/action.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import type { Limits } from '../../src/lib/model/intent.js';
import type { RollResult } from '../../src/lib/model/outcome.js';
import type { RollOptions } from '../../src/lib/model/plan.js';
import { createView } from '../../src/lib/output/create-view.js';
import { buildOutcomeText } from '../../src/lib/output/text/outcome.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { buildOrder, type OrderChange } from './fake-engine.js';
import { type FaultySandbox, type FaultySandboxOptions, startFaultySandbox } from './faulty-sandbox.js';
import { createTestLogSink } from './log-sink.js';

/** How a roll in trouble ended, and what an operator was told. */
export interface RollRecord {
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
export interface FaultPoint {
  readonly step: ActionKind;
  /** 1 when left out. */
  readonly nth?: number;
  readonly is: 'started' | 'done';
  readonly inject: (event: Extract<RollEvent, { kind: 'step-started' | 'step-done' }>) => void;
}

/** A sandbox in which things go wrong, under a write load, and the rolls on it. */
export interface FaultScenario {
  readonly sandbox: FaultySandbox;
  /** Onto `consul-v2` unless the order says otherwise. */
  roll(order?: OrderChange, limits?: Partial<Limits>): Promise<RollRecord>;
  /** Resumes the recorded roll. */
  resume(order?: OrderChange, limits?: Partial<Limits>): Promise<RollRecord>;
  when(moment: FaultPoint): void;
  /** How often an event of this kind was told so far. */
  saw(kind: RollEvent['kind']): number;
}

/** An hour for an operator is some seconds here: everything is twenty times as fast as AWS and Consul are. */
export const FAULT_TEST_LIMITS: Limits = {
  healthTimeoutMs: 120_000,
  drainTimeoutMs: 60_000,
  leaveTimeoutMs: 4_000,
  leaderTimeoutMs: 30_000,
  awsTimeoutMs: 60_000,
  bakeMs: 0,
  successThreshold: 2,
};
export const ROLL_MS = 180_000;
const VERIFY_LIMIT_MS = 10_000;

/** Runs a test in a sandbox of its own. Whatever it does, no acknowledged write may be lost at its end. */
export async function runWithFaults(
  shape: FaultySandboxOptions,
  test: (trouble: FaultScenario) => Promise<void>,
): Promise<void> {
  const sandbox = await startFaultySandbox(shape);
  try {
    const writer = startWriter({
      url: sandbox.loadBalancerUrl,
      intervalMs: 200,
      prefix: 'trouble',
      verifyLimitMs: VERIFY_LIMIT_MS,
    });
    await test(createFaultScenario(sandbox));
    const { acknowledged, lost } = await writer.stop();
    expect({ lost, some: acknowledged > 0 }).toEqual({ lost: 0, some: true });
  } finally {
    await sandbox.close();
  }
}

function createFaultScenario(sandbox: FaultySandbox): FaultScenario {
  const moments: FaultPoint[] = [];
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
      if (one.step === kind && one.is === is && (one.nth ?? 1) === nth) one.inject(event);
    }
  };
  const run = (order: OrderChange, limits: Partial<Limits>) =>
    rollOnce(
      sandbox,
      buildOrder({ intervalMs: 200, lockTtlMs: 2_000, ...order, limits: { ...FAULT_TEST_LIMITS, ...limits } }),
      notice,
    );
  return {
    sandbox,
    roll: (order = {}, limits = {}) => run({ imageId: getImage('consul-v2').imageId, ...order } as OrderChange, limits),
    resume: (order = { kind: 'resume' }, limits = {}) => run(order, limits),
    when: (moment) => void moments.push(moment),
    saw: (kind) => seen.get(kind) ?? 0,
  };
}

async function rollOnce(
  sandbox: FaultySandbox,
  options: RollOptions,
  notice: (event: RollEvent) => void,
): Promise<RollRecord> {
  const events: RollEvent[] = [];
  const { stream, text } = createTestLogSink();
  const view = await createView('plain', { stream, colour: false, now: Date.now });
  const listen = (event: RollEvent): void => {
    events.push(event);
    view.handle(event);
    notice(event);
  };
  const control = { signal: new AbortController().signal, isPauseRequested: () => false };
  const result = await executeRoll(sandbox.engine, options, listen, control);
  await view.end(result);
  const { happened, next } = buildOutcomeText(result);
  if (process.env.STORY !== undefined) process.stderr.write(`${text()}${happened}\n${next.join('\n')}\n\n`);
  return { result, events, happened, next: next.join('; '), log: text() };
}
