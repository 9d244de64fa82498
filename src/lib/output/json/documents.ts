import { remarksOn } from '../../engine/decide/notices.js';
import { isJudged } from '../../engine/decide/servers.js';
import { pauseAskedIn } from '../../engine/plan/fold.js';
import type { Decision, Step } from '../../model/decision.js';
import type { RollError } from '../../model/errors.js';
import type { Forecast } from '../../model/estimate.js';
import type { RollResult } from '../../model/events.js';
import { type Intent, strategyOf } from '../../model/intent.js';
import { balancerNameOf } from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import { EXIT, OUTCOMES } from '../../model/outcome.js';
import { isAlive, type Plan, type Status } from '../../model/plan.js';
import type { Server } from '../../model/server.js';
import type { Origin, ShownSetting, ShownSettings } from '../../model/setting.js';
import type { Refusal } from '../../model/stop-reason.js';
import { type Adoption, forgetCommands, importBlocks } from '../../terraform/import.js';
import { stateDocument } from '../events/documents.js';
import { describeAction } from '../text/actions.js';
import { describeShare } from '../text/estimate.js';
import { describeAilments, remediesFor } from '../text/health-issues.js';
import { describeRemark } from '../text/notices.js';
import { isHealthy, outcomeReport, verdictOn } from '../text/outcome.js';
import { describeRefusal, remediesOf } from '../text/stop-reasons.js';
import { describeNothingToAdopt } from '../text/terraform.js';
import { describeWait } from '../text/waits.js';
import type { ConfigDocument, OriginDocument } from './command-schemas.js';
import {
  type ErrorDocument,
  type PlanDocument,
  type ResultDocument,
  SCHEMA_IDS,
  type StatusDocument,
} from './schemas.js';

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

/** Why a roll ended or would end, as data and as a sentence. */
export function reasonJson(reason: Refusal) {
  return { ...reason, sentence: describeRefusal(reason), remedies: remediesOf(reason) };
}

/** Every server, oldest first; with the side it is on where there are two. */
export function serversJson(survey: Survey | undefined, sides = true) {
  if (survey === undefined) return [];
  const judged = isJudged(survey);
  return survey.servers.map((server) => serverJson(server, sides, judged));
}

/** The target groups a plan was made with, each with its load balancers. */
export function targetGroupsJson({ facts, drainingMs }: Survey) {
  return (facts?.targetGroups ?? []).map((group) => {
    const balancer = balancerNameOf(group.arn);
    return { balancer, ...group, drainingMs: drainingMs[balancer] ?? 0 };
  });
}

function serverJson({ agent, peer, ...server }: Server, sides: boolean, judged: boolean) {
  return {
    instanceId: server.instanceId,
    address: server.address ?? null,
    zone: server.zone,
    side: sides ? server.side : null,
    image: server.imageId,
    lifecycle: server.lifecycle,
    version: agent.kind === 'up' ? agent.version : null,
    voter: peer?.voter ?? false,
    healthy: judged ? (peer?.healthy ?? false) : null,
    leader: peer?.leader ?? false,
    balancers: server.balancers,
  };
}

/** What is set, for scripts: `config --json`. No secret is in it. */
export function settingsJson({ file, settings, others, strange }: ShownSettings): ConfigDocument {
  return {
    schema: SCHEMA_IDS.config,
    exitCode: EXIT.done,
    file: file ?? null,
    settings: Object.fromEntries(settings.map(settingJson)),
    environment: Object.fromEntries(others.map(settingJson)),
    unknown: strange.map(({ name, meant }) => ({ name, meant: meant ?? null })),
  };
}

function settingJson({ name, isSet, value, secret, origin }: ShownSetting) {
  const shown = secret ? { secret, set: isSet } : { value: value ?? null };
  return [name, { ...shown, origin: originJson(origin) }] as const;
}

function originJson(origin: Origin): OriginDocument {
  switch (origin.kind) {
    case 'flag':
      return { from: 'flag', flag: origin.flag };
    case 'variable':
      return { from: 'variable', name: origin.name };
    case 'file':
      return { from: 'file', file: origin.file, line: origin.line, cluster: origin.cluster };
    case 'default':
      return { from: 'default' };
  }
}

/**
 * What brings Terraform in line with a roll, for scripts.
 *
 * @param file where the import blocks were written
 */
export function adoptionJson(adoption: Adoption, file: string | undefined) {
  if (adoption.kind === 'nothing') {
    const { kind, because } = adoption;
    return { kind, because, sentence: describeNothingToAdopt(because) };
  }
  return {
    ...adoption,
    conversion: adoption.conversion ?? null,
    commands: forgetCommands(adoption),
    importBlocks: importBlocks(adoption.imports)
      .map((line) => `${line}\n`)
      .join(''),
    file: file ?? null,
  };
}
