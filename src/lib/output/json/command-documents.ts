import type { CheckStatus, DoctorReport } from '../../model/check.js';
import type { CreationPlan, CreationResult } from '../../model/cluster-spec.js';
import type { ClusterList } from '../../model/listed-cluster.js';
import { EMPTY_MEMORY } from '../../model/memory.js';
import { findReason } from '../../model/outcome.js';
import type { PastRoll } from '../../model/past-roll.js';
import { isLockHolderAlive, type PauseResult } from '../../model/plan.js';
import type { CallerIdentity } from '../../model/roll-context.js';
import type { RollReport } from '../report/model.js';
import { describeUnmetConditions, listNextSteps } from '../text/creation.js';
import type { DemoResult } from '../text/demo.js';
import { buildTimeDocument } from '../time-spent.js';
import {
  buildImageFields,
  buildReasonDocument,
  buildServerDocuments,
  buildStateDocument,
  formatInstant,
  SCHEMA_IDS,
} from './build-parts.js';
import type {
  CreationDocument,
  CreationPlanDocument,
  DemoDocument,
  DoctorDocument,
  HistoryDocument,
  ListDocument,
  PauseDocument,
  ReportDocument,
  UserDataDocument,
} from './command-schemas.js';

/** `list --json`. */
export function buildListDocument(
  { clusters, leftOut }: ClusterList,
  caller: CallerIdentity,
  exitCode: number,
): ListDocument {
  return {
    schema: SCHEMA_IDS.list,
    exitCode,
    where: { ...caller, alias: caller.alias ?? null },
    clusters: clusters.map(({ images, versions, peers, leader, rollId, ...one }) => ({
      ...one,
      images: images.map(({ id, image }) => ({ id, ...buildImageFields(image) })),
      consul: [...versions],
      peers: peers ?? null,
      leader: leader ?? null,
      rollId: rollId ?? null,
    })),
    leftOut,
  };
}

/** `history --json`. */
export function buildHistoryDocument(cluster: string, rolls: readonly PastRoll[], exitCode: number): HistoryDocument {
  return {
    schema: SCHEMA_IDS.history,
    exitCode,
    cluster,
    rolls: rolls.map(({ from, reason, startedAtMs, endedAtMs, ...one }) => ({
      ...one,
      from: from ?? null,
      reason: reason ?? null,
      startedAt: formatInstant(startedAtMs),
      endedAt: formatInstant(endedAtMs),
    })),
  };
}

/** `create --dry-run --json`. */
export function buildCreationPlanDocument(plan: CreationPlan, exitCode: number): CreationPlanDocument {
  const { cluster, size } = plan.spec;
  return { schema: SCHEMA_IDS['creation-plan'], exitCode, cluster, size, resources: buildResources(plan) };
}

/** `create --json`. */
export function buildCreationDocument(result: CreationResult, exitCode: number): CreationDocument {
  const { outcome, plan, observation, dnsName, unmetConditions, elapsedMs } = result;
  return {
    schema: SCHEMA_IDS.creation,
    exitCode,
    outcome,
    cluster: plan.spec.cluster,
    size: plan.spec.size,
    resources: buildResources(plan),
    missing: unmetConditions.map((condition) => ({
      kind: condition.kind,
      sentence: describeUnmetConditions([condition]),
    })),
    loadBalancer: dnsName ?? null,
    state: observation === undefined ? null : buildStateDocument(observation),
    servers: buildServerDocuments(observation && { observation, memory: EMPTY_MEMORY }, false),
    elapsedMs,
    next: listNextSteps(result),
  };
}

function buildResources({ resources }: CreationPlan) {
  return resources.map(({ kind, name, state, fields, differences }) => ({
    kind,
    name,
    state,
    fields,
    differences: differences.map(({ field, is, wanted }) => ({ field, is: is ?? null, wanted: wanted ?? null })),
  }));
}

/** A demo for scripts: `demo --json`. */
export function buildDemoDocument(demo: DemoResult, exitCode: number): DemoDocument {
  const { roll, consul, from, to } = demo;
  const { acknowledged, failed, lost, longestGapMs } = demo.writes;
  const reason = findReason(roll);
  return {
    schema: SCHEMA_IDS.demo,
    exitCode,
    outcome: roll.outcome,
    reason: reason === undefined ? null : buildReasonDocument(reason),
    consul: { kind: consul.kind, version: consul.version },
    from,
    to,
    servers: buildServerDocuments(roll.observation && { observation: roll.observation, memory: roll.memory }),
    writes: { acknowledged, failed, lost, longestGapMs },
    elapsedMs: roll.elapsedMs,
    leaderChanges: roll.leaderChanges,
    time: buildTimeDocument(demo.timeSpent),
    phases: demo.phases.map(({ name, startedAtMs, elapsedMs }) => ({
      name,
      startedAt: formatInstant(startedAtMs),
      elapsedMs,
    })),
  };
}

/** `doctor --json`. */
export function buildDoctorDocument(report: DoctorReport, exitCode: number): DoctorDocument {
  const { cluster, group, imageId, servers, results } = report;
  const count = (wanted: CheckStatus) => results.filter(({ status }) => status === wanted).length;
  return {
    schema: SCHEMA_IDS.doctor,
    exitCode,
    cluster,
    group: group ?? null,
    image: imageId ?? null,
    servers,
    counts: { pass: count('pass'), skip: count('skip'), warn: count('warn'), fail: count('fail') },
    checks: results.map(({ id, status, observed, remedy }) => ({ name: id, status, observed, remedy: remedy ?? null })),
  };
}

/** `pause --json`: the roll that is asked to pause, and whether a process runs it. */
export function buildPauseDocument(
  { intent: { cluster, rollId }, runner }: PauseResult,
  nowMs: number,
  exitCode: number,
): PauseDocument {
  const running = runner === 'unknown' ? null : runner !== 'none' && isLockHolderAlive(runner, nowMs);
  return { schema: SCHEMA_IDS.pause, exitCode, cluster, rollId, running };
}

/** `user-data --json`. */
export function buildUserDataDocument(made: Omit<UserDataDocument, 'schema'>): UserDataDocument {
  return { schema: SCHEMA_IDS['user-data'], ...made };
}

/** `report --json`: which file holds which roll. */
export function buildReportDocument(
  { rollId, cluster, end, time, problems }: RollReport,
  file: string,
  exitCode: number,
): ReportDocument {
  return {
    schema: SCHEMA_IDS.report,
    exitCode,
    file,
    rollId: rollId ?? null,
    cluster,
    outcome: end?.outcome ?? null,
    time: buildTimeDocument(time),
    problems: [...problems],
  };
}
