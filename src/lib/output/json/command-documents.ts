import type { CheckStatus, DoctorReport } from '../../model/check.js';
import type { CreationPlan, CreationResult } from '../../model/cluster-spec.js';
import { findReason } from '../../model/outcome.js';
import { isLockHolderAlive, type PauseResult } from '../../model/plan.js';
import { buildStateDocument } from '../events/documents.js';
import type { RollReport } from '../report/roll-report.js';
import { listNextSteps } from '../text/creation.js';
import type { DemoResult } from '../text/demo.js';
import type {
  CreationDocument,
  CreationPlanDocument,
  DemoDocument,
  DoctorDocument,
  PauseDocument,
  ReportDocument,
  UserDataDocument,
} from './command-schemas.js';
import { buildReason, buildServerEntries } from './documents.js';
import { SCHEMA_IDS } from './schemas.js';

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
    lacking: unmetConditions,
    loadBalancer: dnsName ?? null,
    state: observation === undefined ? null : buildStateDocument(observation),
    servers: buildServerEntries(observation, false),
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
    differences: differences.map(({ field, is, wanted }) => ({
      field,
      is: is ?? null,
      wanted: wanted ?? null,
    })),
  }));
}

/** A demo for scripts: `demo --json`. */
export function buildDemoDocument(demo: DemoResult, exitCode: number): DemoDocument {
  const { roll, consul, from, to, writes } = demo;
  const reason = findReason(roll);
  return {
    schema: SCHEMA_IDS.demo,
    exitCode,
    outcome: roll.outcome,
    reason: reason === undefined ? null : buildReason(reason),
    consul: { kind: consul.kind, version: consul.version },
    from,
    to,
    servers: buildServerEntries(roll.observation),
    writes: {
      acknowledged: writes.acknowledged,
      failed: writes.failed,
      lost: writes.lost,
      longestGapMs: writes.longestGapMs,
    },
    elapsedMs: roll.elapsedMs,
    leaderChanges: roll.leaderChanges,
    phases: demo.phases.map(({ name, startedAtMs, elapsedMs }) => ({
      name,
      startedAt: new Date(startedAtMs).toISOString(),
      elapsedMs,
    })),
  };
}

/** `doctor --json`. */
export function buildDoctorDocument(report: DoctorReport, exitCode: number): DoctorDocument {
  const { cluster, group, imageId, servers, results } = report;
  const count = (wanted: CheckStatus) => results.filter(({ status: verdict }) => verdict === wanted).length;
  return {
    schema: SCHEMA_IDS.doctor,
    exitCode,
    cluster,
    group: group ?? null,
    image: imageId ?? null,
    servers,
    counts: { pass: count('pass'), skip: count('skip'), warn: count('warn'), fail: count('fail') },
    checks: results.map(({ id, status: verdict, observed: saw, remedy }) => ({
      name: id,
      verdict,
      saw,
      remedy: remedy ?? null,
    })),
  };
}

/** `pause --json`: the roll that is asked, and whether anybody runs it. */
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

/** `report --json`: whose story is in which file. */
export function buildReportDocument(
  { rollId, cluster, end: ending, problems: flaws }: RollReport,
  file: string,
  exitCode: number,
): ReportDocument {
  return {
    schema: SCHEMA_IDS.report,
    exitCode,
    file,
    rollId: rollId ?? null,
    cluster,
    outcome: ending?.outcome ?? null,
    flaws,
  };
}
