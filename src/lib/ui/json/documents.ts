import { pauseAskedIn } from '../../decide/plan.js';
import { remarksOn } from '../../decide/remarks.js';
import type { RollError } from '../../errors.js';
import type { Decision, Step } from '../../model/decision.js';
import type { RollResult } from '../../model/event.js';
import type { Forecast } from '../../model/forecast.js';
import { type Intent, strategyOf } from '../../model/intent.js';
import { isAlive, type Plan, type Status } from '../../model/plan.js';
import { EXIT, OUTCOMES } from '../../outcomes.js';
import type { Adoption } from '../../terraform/adoption.js';
import { stateDocument } from '../events/server-document.js';
import { describeAction } from '../sentences/action.js';
import { describeShare } from '../sentences/forecast.js';
import { describeAilments, remediesFor } from '../sentences/healing.js';
import { outcomeReport } from '../sentences/outcome.js';
import { describeRemark } from '../sentences/remark.js';
import { describeWait } from '../sentences/wait.js';
import { isHealthy, verdictOn } from '../verdict.js';
import { reasonJson } from './reason.js';
import { SCHEMA_IDS } from './schema-ids.js';
import type { ErrorDocument } from './schemas/error.js';
import type { PlanDocument, ResultDocument } from './schemas/roll.js';
import type { StatusDocument } from './schemas/status.js';
import { serversJson, targetGroupsJson } from './survey.js';
import { adoptionJson } from './terraform.js';

/** What Terraform is to be told, and where that was written. */
interface TerraformPart {
  readonly adoption: Adoption;
  readonly file: string | undefined;
}

/** How a roll ended, for scripts: `upgrade --json`. */
export function resultJson(
  result: RollResult,
  fromImage: string | undefined,
  terraform?: TerraformPart,
  warnings: readonly string[] = [],
): ResultDocument {
  const { outcome, intent, reason, survey } = result;
  return {
    schema: SCHEMA_IDS.result,
    outcome,
    exitCode: OUTCOMES[outcome].exitCode,
    ...rollJson(intent),
    from: { image: fromImage ?? null },
    to: { image: intent?.imageId ?? null },
    reason: reason === undefined ? null : reasonJson(reason),
    state: survey === undefined ? null : stateDocument(survey),
    servers: serversJson(survey),
    /** Taken before the first change, by the run that made it. */
    snapshot: survey?.history.snapshot ?? null,
    elapsedMs: result.elapsedMs,
    leaderChanges: result.leaderChanges,
    warnings: [...warnings],
    next: outcomeReport(result).next,
    terraform: terraform === undefined ? null : adoptionJson(terraform.adoption, terraform.file),
  };
}

/** `plan --json`. */
export function planJson(plan: Plan, exitCode: number): PlanDocument {
  return {
    schema: SCHEMA_IDS.plan,
    exitCode,
    ...rollJson(plan.intent),
    resumed: plan.resumed,
    from: { image: plan.survey.old?.imageId ?? null },
    to: { image: plan.intent.imageId },
    size: plan.intent.size,
    surge: plan.intent.surge,
    strategy: strategyOf(plan.intent),
    state: stateDocument(plan.survey),
    servers: serversJson(plan.survey),
    targetGroups: targetGroupsJson(plan.survey),
    /** What to know before, and no reason to refuse. */
    remarks: remarksOn(plan.survey, plan.intent).map((remark) => ({
      ...remark,
      what: describeRemark(remark),
    })),
    steps: plan.steps.map(stepJson),
    end: decisionJson(plan.end, plan.survey.atMs),
    expected: forecastJson(plan.expected),
  };
}

function forecastJson(forecast: Forecast | undefined) {
  if (forecast === undefined) return null;
  const { leftMs, shares } = forecast;
  return { ms: leftMs, parts: shares.map((share) => ({ ...share, what: describeShare(share) })) };
}

/** `status --json`. */
export function statusJson(status: Status, exitCode: number = EXIT.done): StatusDocument {
  const { survey, intent, next, lock, ailments } = status;
  return {
    schema: SCHEMA_IDS.status,
    exitCode,
    cluster: survey.cluster,
    at: new Date(survey.atMs).toISOString(),
    verdict: verdictOn(status),
    healthy: isHealthy(status),
    state: stateDocument(survey),
    roll: intent === undefined ? null : { ...intent },
    lock: lock === undefined ? null : { ...lock, alive: isAlive(lock, survey.atMs) },
    pausedBy: pauseAskedIn(survey) ?? null,
    groups: [survey.old, survey.new].flatMap((group) => (group === undefined ? [] : { ...group })),
    servers: serversJson(survey, intent !== undefined),
    next: next === undefined ? null : decisionJson(next, survey.atMs),
    healing: { ailments, what: describeAilments(ailments), next: remediesFor(ailments) },
  };
}

/** Any command that ends in an error it knows. */
export function errorJson(error: RollError): ErrorDocument {
  const { code, message, state, next, exitCode } = error;
  return { schema: SCHEMA_IDS.error, exitCode, error: { code, message, state, next } };
}

function rollJson(intent: Intent | undefined) {
  return { cluster: intent?.cluster ?? null, rollId: intent?.rollId ?? null };
}

function stepJson({ phase, action, why, budget }: Step, index: number) {
  return { number: index + 1, phase, action, what: describeAction(action), why, budget: budget ?? null };
}

function decisionJson(decision: Decision, nowMs: number) {
  switch (decision.kind) {
    case 'act':
      return { kind: decision.kind, step: { ...decision.step, what: describeAction(decision.step.action) } };
    case 'wait':
      return { kind: decision.kind, wait: { ...decision.wait, what: describeWait(decision.wait, nowMs) } };
    case 'done':
      return { kind: decision.kind, outcome: decision.outcome };
    case 'stop':
      return { kind: decision.kind, outcome: decision.outcome, reason: reasonJson(decision.reason) };
  }
}
