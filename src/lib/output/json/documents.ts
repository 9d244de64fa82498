import { findNotices } from '../../engine/decide/notices.js';
import { isHealthKnown } from '../../engine/decide/servers.js';
import { findPauseRequest } from '../../engine/plan/fold.js';
import type { Decision, Step } from '../../model/decision.js';
import type { RollError } from '../../model/errors.js';
import type { Estimate } from '../../model/estimate.js';
import { determineStrategy, type Intent } from '../../model/intent.js';
import { buildTargetGroupName } from '../../model/load-balancer.js';
import type { Observation } from '../../model/observation.js';
import { findReason, type RollResult } from '../../model/outcome.js';
import { type ClusterStatus, isLockHolderAlive, type RollPlan } from '../../model/plan.js';
import type { Server } from '../../model/server.js';
import type { DisplayedSetting, DisplayedSettings, SettingOrigin } from '../../model/setting.js';
import type { StopReason } from '../../model/stop-reason.js';
import { formatImportBlocks, formatStateRmCommands, type TerraformImport } from '../../terraform/import.js';
import { buildStateDocument } from '../events/documents.js';
import { describeAction } from '../text/actions.js';
import { describeEstimatePart } from '../text/estimate.js';
import { describeHealthIssues, listHealthRemedies } from '../text/health-issues.js';
import { describeNotice } from '../text/notices.js';
import { buildOutcomeText, getStatusVerdict, isClusterHealthy } from '../text/outcome.js';
import { describeStopReason, listRemedies } from '../text/stop-reasons.js';
import { describeNoImport } from '../text/terraform.js';
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
interface TerraformResult {
  readonly terraformImport: TerraformImport;
  readonly file: string | undefined;
}

/** How a roll ended, for scripts: `upgrade --json`. */
export function buildResultDocument(
  result: RollResult,
  exitCode: number,
  fromImage: string | undefined,
  terraform?: TerraformResult,
  warnings: readonly string[] = [],
): ResultDocument {
  const { outcome, intent, observation, memory } = result;
  const reason = findReason(result);
  return {
    schema: SCHEMA_IDS.result,
    outcome,
    exitCode,
    ...buildRoll(intent),
    from: { image: fromImage ?? null },
    to: { image: intent?.imageId ?? null },
    reason: reason === undefined ? null : buildReason(reason),
    state: observation === undefined ? null : buildStateDocument(observation),
    servers: buildServerEntries(observation),
    /** Taken before the first change, by the run that made it. */
    snapshot: memory.snapshot ?? null,
    elapsedMs: result.elapsedMs,
    leaderChanges: result.leaderChanges,
    warnings: [...warnings],
    next: buildOutcomeText(result).next,
    terraform:
      terraform === undefined ? null : buildTerraformImport(terraform.terraformImport, terraform.file),
  };
}

/** `plan --json`. */
export function buildPlanDocument(plan: RollPlan, exitCode: number): PlanDocument {
  return {
    schema: SCHEMA_IDS.plan,
    exitCode,
    ...buildRoll(plan.intent),
    resumed: plan.resumed,
    from: { image: plan.observation.old?.imageId ?? null },
    to: { image: plan.intent.imageId },
    size: plan.intent.size,
    surge: plan.intent.surge,
    strategy: determineStrategy(plan.intent),
    state: buildStateDocument(plan.observation),
    servers: buildServerEntries(plan.observation),
    targetGroups: buildTargetGroups(plan.observation),
    /** What to know before, and no reason to refuse. */
    remarks: findNotices(plan.observation, plan.intent).map((notice) => ({
      ...notice,
      what: describeNotice(notice),
    })),
    steps: plan.steps.map(buildStep),
    end: buildDecision(plan.end, plan.observation.atMs),
    expected: buildForecast(plan.estimate),
  };
}

function buildForecast(forecast: Estimate | undefined) {
  if (forecast === undefined) return null;
  const { remainingMs: leftMs, parts: shares } = forecast;
  return { ms: leftMs, parts: shares.map((share) => ({ ...share, what: describeEstimatePart(share) })) };
}

/** `status --json`. */
export function buildStatusDocument(status: ClusterStatus, exitCode: number): StatusDocument {
  const { observation, intent, next, lock, healthIssues } = status;
  return {
    schema: SCHEMA_IDS.status,
    exitCode,
    cluster: observation.cluster,
    at: new Date(observation.atMs).toISOString(),
    verdict: getStatusVerdict(status),
    healthy: isClusterHealthy(status),
    state: buildStateDocument(observation),
    roll: intent === undefined ? null : { ...intent },
    lock: lock === undefined ? null : { ...lock, alive: isLockHolderAlive(lock, observation.atMs) },
    pausedBy: findPauseRequest(observation) ?? null,
    groups: [observation.old, observation.new].flatMap((group) => (group === undefined ? [] : { ...group })),
    servers: buildServerEntries(observation, intent !== undefined),
    next: next === undefined ? null : buildDecision(next, observation.atMs),
    healing: {
      ailments: healthIssues,
      what: describeHealthIssues(healthIssues),
      next: listHealthRemedies(healthIssues),
    },
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

function buildStep({ phase, action, why, margin }: Step, index: number) {
  return { number: index + 1, phase, action, what: describeAction(action), why, budget: margin ?? null };
}

function buildDecision(decision: Decision, nowMs: number) {
  switch (decision.kind) {
    case 'act':
      return { kind: decision.kind, step: { ...decision.step, what: describeAction(decision.step.action) } };
    case 'wait':
      return { kind: decision.kind, wait: { ...decision.wait, what: describeWait(decision.wait, nowMs) } };
    case 'done':
      return { kind: decision.kind, outcome: decision.outcome };
    case 'stop':
      return { kind: decision.kind, outcome: decision.outcome, reason: buildReason(decision.reason) };
  }
}

/** Why a roll ended or would end, as data and as a sentence. */
export function buildReason(reason: StopReason) {
  return { ...reason, sentence: describeStopReason(reason), remedies: listRemedies(reason) };
}

/** Every server, oldest first; with the side it is on where there are two. */
export function buildServerEntries(observation: Observation | undefined, sides = true) {
  if (observation === undefined) return [];
  const judged = isHealthKnown(observation);
  return observation.servers.map((server) => buildServerEntry(server, sides, judged));
}

/** The target groups a plan was made with, each with its load balancers. */
export function buildTargetGroups({ preflightFacts: facts, drainingMs }: Observation) {
  return (facts?.targetGroups ?? []).map((group) => {
    const balancer = buildTargetGroupName(group.arn);
    return { balancer, ...group, drainingMs: drainingMs[balancer] ?? 0 };
  });
}

function buildServerEntry({ agent, peer, ...server }: Server, sides: boolean, judged: boolean) {
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
export function buildConfigDocument(
  { file, settings, others, unknown: strange }: DisplayedSettings,
  exitCode: number,
): ConfigDocument {
  return {
    schema: SCHEMA_IDS.config,
    exitCode,
    file: file ?? null,
    settings: Object.fromEntries(settings.map(buildSetting)),
    environment: Object.fromEntries(others.map(buildSetting)),
    unknown: strange.map(({ name, meant }) => ({ name, meant: meant ?? null })),
  };
}

function buildSetting({ name, isSet, value, secret, origin }: DisplayedSetting) {
  const shown = secret ? { secret, set: isSet } : { value: value ?? null };
  return [name, { ...shown, origin: buildOrigin(origin) }] as const;
}

function buildOrigin(origin: SettingOrigin): OriginDocument {
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
export function buildTerraformImport(adoption: TerraformImport, file: string | undefined) {
  if (adoption.kind === 'nothing') {
    const { kind, because } = adoption;
    return { kind, because, sentence: describeNoImport(because) };
  }
  return {
    ...adoption,
    conversion: adoption.conversion ?? null,
    commands: formatStateRmCommands(adoption),
    importBlocks: formatImportBlocks(adoption.imports)
      .map((line) => `${line}\n`)
      .join(''),
    file: file ?? null,
  };
}
