import createDebug from 'debug';
import type { TraceRequest } from '../lib/config/connection.js';
import { type FoldedPlan, findEffectiveIntent } from '../lib/engine/plan/fold.js';
import { buildWaitKey, type Decision, type Step } from '../lib/model/decision.js';
import type { RollEvent } from '../lib/model/events.js';
import type { Intent } from '../lib/model/intent.js';
import { stringifyPrintable, toOutputLine } from '../lib/model/printable.js';
import { INVARIANT_BY_REASON, type StopReason } from '../lib/model/stop-reason.js';
import type { View } from '../lib/output/view.js';

/** `DEBUG=consul-roll:*` prints to standard error; the part after the colon selects what. */
const logDecision = createDebug('consul-roll:decide');
/** Not of the lines above, because one line holds a whole observation. */
const logObservation = createDebug('consul-roll-observation');
const LOGGERS = { aws: createDebug('consul-roll:aws'), consul: createDebug('consul-roll:consul') };

/** True if DEBUG asks for any of our lines: a live view would overwrite them. */
export function isDebugging(): boolean {
  return [logDecision, logObservation, ...Object.values(LOGGERS)].some(({ enabled }) => enabled);
}

/** Logs every request to this service; undefined if DEBUG does not ask for it. */
export function createRequestTrace(service: keyof typeof LOGGERS): TraceRequest | undefined {
  const log = LOGGERS[service];
  if (!log.enabled) return undefined;
  return ({ name, status, elapsedMs }) =>
    log('%s: %s in %d ms', toOutputLine(name), toOutputLine(String(status)), Math.round(elapsedMs));
}

/** Logs every decision that a plan is made of. */
export function tracePlan({ moves, end }: FoldedPlan): void {
  for (const decision of [...moves, end]) logDecision('%s', toOutputLine(describeDecision(decision)));
}

/**
 * Logs the decision of every observation, what it was made from (as `test/fixtures/incidents/` keeps it), and why an
 * action was refused.
 */
export function createDecisionTrace(): View {
  let started: Intent | undefined;
  return {
    handle(event: RollEvent) {
      if (event.kind === 'started') started = event.intent;
      if (event.kind === 'step-refused') logDecision('%s', toOutputLine(describeRefusal(event.step, event.reason)));
      if (event.kind === 'observation-failed') logDecision('observation failed, %d in a row', event.inARow);
      if (event.kind !== 'observed') return;
      logDecision('%s', toOutputLine(describeDecision(event.decision)));
      if (started === undefined || !logObservation.enabled) return;
      const { observation, memory } = event;
      const intent = findEffectiveIntent(observation, started);
      logObservation('%s', stringifyPrintable({ observation, memory, intent }));
    },
    end: async () => undefined,
  };
}

function describeRefusal({ action }: Step, { kind }: StopReason): string {
  const invariant = INVARIANT_BY_REASON[kind];
  return `refused ${action.kind}: ${kind}${invariant === undefined ? '' : ` [${invariant}]`}`;
}

function describeDecision(decision: Decision): string {
  switch (decision.kind) {
    case 'act':
      return `act ${decision.step.action.kind} in phase ${decision.step.phase}: ${decision.step.reason.kind}`;
    case 'wait':
      return `wait ${buildWaitKey(decision.wait.for)} in phase ${decision.wait.phase}, at most ${decision.wait.limitMs} ms`;
    case 'done':
      return `done ${decision.outcome}`;
    case 'stop':
      return `stop ${decision.outcome}: ${decision.reason.kind}`;
  }
}
