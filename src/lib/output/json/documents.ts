import { findNotices } from '../../engine/checks/notices.js';
import { findPauseRequest } from '../../engine/plan/fold.js';
import { strategyOf } from '../../engine/strategy/strategies.js';
import type { Decision, Step } from '../../model/decision.js';
import type { RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import { nameHookCommand } from '../../model/hook.js';
import type { Intent } from '../../model/intent.js';
import { formatResolvedLaunchSource } from '../../model/launch-source.js';
import { buildTargetGroupName } from '../../model/load-balancer.js';
import { EMPTY_MEMORY } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { findReason, type RollResult } from '../../model/outcome.js';
import { type ClusterStatus, isLockHolderAlive, type LockHolder, type RollPlan } from '../../model/plan.js';
import type { DisplayedSetting, DisplayedSettings, SettingOrigin } from '../../model/setting.js';
import { formatImportBlocks, formatStateRmCommands, type TerraformImport } from '../../terraform/import.js';
import { getStatusVerdict, isClusterHealthy } from '../text/cluster.js';
import { describeHealthIssues, listHealthRemedies } from '../text/health-issues.js';
import { describeNotice } from '../text/notices.js';
import { buildOutcomeText } from '../text/outcome.js';
import { describeNoImport } from '../text/terraform.js';
import { describeEstimatePart, describePathPart, describeWait } from '../text/waits.js';
import { buildTimeDocument } from '../time-spent.js';
import {
  buildFailureDocument,
  buildImageFields,
  buildLastState,
  buildReasonDocument,
  buildServerDocuments,
  buildStateDocument,
  buildStepDocument,
  buildWaitFields,
  buildWhereDocument,
  formatInstant,
  SCHEMA_IDS,
} from './build-parts.js';
import type { ConfigDocument, OriginDocument } from './command-schemas.js';
import type { TimeSpent } from './parts.js';
import type { ErrorDocument, PlanDocument, ResultDocument, StatusDocument } from './schemas.js';

/** What Terraform is to be told, and where that was written. */
interface TerraformResult {
  readonly terraformImport: TerraformImport;
  readonly file: string | undefined;
}

/** How a roll ended, for scripts: `upgrade --json`. */
export function buildResultDocument(
  result: RollResult,
  exitCode: number,
  { context, observation: before }: Pick<RollPlan, 'context' | 'observation'>,
  terraform?: TerraformResult,
  warnings: readonly string[] = [],
  timeSpent: readonly TimeSpent[] = [],
): ResultDocument {
  const { outcome, intent, observation, memory } = result;
  const reason = findReason(result);
  return {
    schema: SCHEMA_IDS.result,
    outcome,
    exitCode,
    ...buildRoll(intent),
    where: buildWhereDocument(context.caller),
    from: { image: before.old?.imageId ?? null, ...buildImageFields(context.from) },
    to: { image: intent?.imageId ?? null, ...buildImageFields(context.to) },
    reason: reason === undefined ? null : buildReasonDocument(reason),
    failedServers: (result.failures ?? []).map(buildFailureDocument),
    ...buildLastState(observation && { observation, memory }),
    elapsedMs: result.elapsedMs,
    leaderChanges: result.leaderChanges,
    time: buildTimeDocument(timeSpent),
    warnings: [...warnings],
    next: [...buildOutcomeText(result).next],
    terraform: terraform === undefined ? null : buildTerraformImport(terraform.terraformImport, terraform.file),
  };
}

/**
 * `plan --json`.
 *
 * @param options the order, by the names of its flags
 */
export function buildPlanDocument(
  plan: RollPlan,
  exitCode: number,
  options: PlanDocument['options'] = {},
): PlanDocument {
  const { old } = plan.observation;
  return {
    schema: SCHEMA_IDS.plan,
    exitCode,
    ...buildRoll(plan.intent),
    resumed: plan.resumed,
    options: { ...options },
    where: buildWhereDocument(plan.context.caller),
    from: {
      image: old?.imageId ?? null,
      ...buildImageFields(plan.context.from),
      launchSource: old === undefined ? null : formatResolvedLaunchSource(old.launchSource),
    },
    to: { image: plan.intent.imageId, ...buildImageFields(plan.context.to) },
    size: plan.intent.size,
    surge: plan.intent.surge,
    strategy: strategyOf(plan.intent).name,
    state: buildStateDocument(plan.observation),
    servers: buildServerDocuments({ observation: plan.observation, memory: EMPTY_MEMORY }),
    targetGroups: buildTargetGroups(plan.observation),
    notices: findNotices(plan.observation, plan.intent).map((notice) => ({
      kind: notice.kind,
      about: 'balancer' in notice ? notice.balancer : 'group' in notice ? notice.group : null,
      sentence: describeNotice(notice),
    })),
    steps: plan.steps.map((step, index) => ({ number: index + 1, ...buildPlannedStep(step) })),
    end: buildDecision(plan.end, plan.observation.atMs),
    estimate: buildEstimate(plan),
  };
}

function buildEstimate({ estimate, path }: RollPlan): PlanDocument['estimate'] {
  if (estimate === undefined) return null;
  const parts = estimate.parts.map((part) => ({
    kind: part.kind,
    what: describeEstimatePart(part),
    count: part.count,
    ms: part.ms,
    eachMs: part.eachMs,
    basis: part.basis,
  }));
  return {
    ms: estimate.remainingMs,
    parts,
    path: path.map((part) => ({ ...part, what: describePathPart(part), subjects: [...part.subjects] })),
  };
}

/** `status --json`. */
export function buildStatusDocument(status: ClusterStatus, exitCode: number): StatusDocument {
  const { observation, intent, next, lock, healthIssues } = status;
  return {
    schema: SCHEMA_IDS.status,
    exitCode,
    cluster: observation.cluster,
    at: formatInstant(observation.atMs),
    verdict: getStatusVerdict(status),
    healthy: isClusterHealthy(status),
    state: buildStateDocument(observation),
    roll: intent === undefined ? null : buildRollDocument(intent),
    lock: lock === undefined ? null : buildLockDocument(lock, observation.atMs),
    pausedBy: findPauseRequest(observation) ?? null,
    groups: [observation.old, observation.new].flatMap((group) =>
      group === undefined ? [] : buildGroupDocument(group),
    ),
    servers: buildServerDocuments(status, intent !== undefined),
    next: next === undefined ? null : buildDecision(next, observation.atMs),
    health: {
      issues: healthIssues.map((issue) => ({
        kind: issue.kind,
        instanceId: 'instanceId' in issue ? issue.instanceId : null,
        group: 'group' in issue ? issue.group : null,
      })),
      sentences: [...describeHealthIssues(status)],
      remedies: [...listHealthRemedies(healthIssues)],
    },
  };
}

function buildRollDocument(intent: Intent): StatusDocument['roll'] {
  const { rollId, direction, imageId, size, surge, keepOld, oldGroup, newGroup, startedAtMs } = intent;
  const { name: strategy } = strategyOf(intent);
  return { rollId, direction, strategy, imageId, size, surge, keepOld, oldGroup, newGroup, startedAtMs };
}

function buildLockDocument(lock: LockHolder, nowMs: number): StatusDocument['lock'] {
  const { holder, rollId, sinceMs, renewedAtMs, ttlMs } = lock;
  return { holder, rollId, sinceMs, renewedAtMs, ttlMs, alive: isLockHolderAlive(lock, nowMs) };
}

function buildGroupDocument(group: Group): StatusDocument['groups'][number] {
  const { name, imageId, minSize, maxSize, desired, suspendedProcesses, instanceIds } = group;
  return {
    name,
    imageId: imageId ?? null,
    minSize,
    maxSize,
    desired,
    suspendedProcesses,
    instanceIds,
    loadBalancers: group.balancers,
    targetGroups: group.targetGroups,
    launchFailure: group.launchFailure ?? null,
  };
}

/** Any command that ends in an error it knows. */
export function buildErrorDocument(error: RollError, exitCode: number): ErrorDocument {
  const { code, message, state, next } = error;
  return { schema: SCHEMA_IDS.error, exitCode, error: { code, message, state, next } };
}

function buildRoll(intent: Intent | undefined) {
  return { cluster: intent?.cluster ?? null, rollId: intent?.rollId ?? null };
}

function buildPlannedStep(step: Step): Extract<DecisionDocument, { kind: 'act' }>['step'] {
  const { margin } = step;
  return {
    ...buildStepDocument(step),
    phase: step.phase,
    margin:
      margin === undefined
        ? null
        : { voters: margin.voters, healthy: margin.healthy, quorum: margin.quorum, margin: margin.margin },
  };
}

type DecisionDocument = PlanDocument['end'];

function buildDecision(decision: Decision, nowMs: number): DecisionDocument {
  switch (decision.kind) {
    case 'act':
      return { kind: 'act', step: buildPlannedStep(decision.step) };
    case 'wait': {
      const { wait } = decision;
      const what = describeWait(wait, nowMs);
      return { kind: 'wait', wait: { phase: wait.phase, ...buildWaitFields(wait), what } };
    }
    case 'done':
      return { kind: 'done', outcome: decision.outcome };
    case 'stop':
      return { kind: 'stop', outcome: decision.outcome, reason: buildReasonDocument(decision.reason) };
  }
}

/** The target groups a plan was made with, each with its load balancers. */
function buildTargetGroups({ preflightFacts: facts, drainingMs }: Observation): PlanDocument['targetGroups'] {
  return (facts?.targetGroups ?? []).map(
    ({ name, arn, targetType, healthCheck, slowStartMs, endsConnections, loadBalancers }) => ({
      balancer: buildTargetGroupName(arn),
      name,
      arn,
      targetType,
      healthCheck: { protocol: healthCheck.protocol, path: healthCheck.path ?? null },
      slowStartMs,
      endsConnections,
      drainingMs: drainingMs[buildTargetGroupName(arn)] ?? 0,
      loadBalancers: loadBalancers.map(({ name: balancer, type, scheme }) => ({ name: balancer, type, scheme })),
    }),
  );
}

/** What is set, for scripts: `config --json`. No secret is in it. */
export function buildConfigDocument(
  { file, settings, others, unknown }: DisplayedSettings,
  exitCode: number,
): ConfigDocument {
  return {
    schema: SCHEMA_IDS.config,
    exitCode,
    file: file ?? null,
    settings: Object.fromEntries(settings.map(buildSetting)),
    environment: Object.fromEntries(others.map(buildSetting)),
    unknown: unknown.map(({ name, meant }) => ({ name, meant: meant ?? null })),
  };
}

function buildSetting({ name, isSet, value, secret, origin }: DisplayedSetting) {
  const shown = secret ? { secret, set: isSet } : { value: hideHookCommands(value) ?? null };
  return [name, { ...shown, origin: buildOrigin(origin) }] as const;
}

/** A command may hold a secret. */
function hideHookCommands(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((hook) => ({ ...hook, run: nameHookCommand(hook) }));
}

function buildOrigin(origin: SettingOrigin): OriginDocument {
  const { kind, ...where } = origin;
  return { from: kind, ...where } as OriginDocument;
}

/**
 * What brings Terraform in line with a roll, for scripts.
 *
 * @param file where the import blocks were written
 */
function buildTerraformImport(terraformImport: TerraformImport, file: string | undefined) {
  if (terraformImport.kind === 'nothing') {
    const { kind, because } = terraformImport;
    return { kind, because, sentence: describeNoImport(because) };
  }
  const { kind, source, stateRm, imports, addedAgain, settings, conversion } = terraformImport;
  return {
    kind,
    source,
    stateRm,
    imports: imports.map(({ to, id }) => ({ to, id })),
    addedAgain,
    settings: settings.map(({ block, lines }) => ({ block, lines })),
    conversion: conversion ?? null,
    commands: formatStateRmCommands(terraformImport),
    importBlocks: formatImportBlocks(terraformImport.imports)
      .map((line) => `${line}\n`)
      .join(''),
    file: file ?? null,
  };
}
