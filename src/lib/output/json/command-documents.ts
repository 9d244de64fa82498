import type { CreationPlan, CreationResult } from '../../model/cluster-spec.js';
import type { Examination, Verdict } from '../../model/doctor.js';
import { EXIT } from '../../model/outcome.js';
import { isAlive, type Paused } from '../../model/plan.js';
import { stateDocument } from '../events/documents.js';
import type { Story } from '../report/roll-report.js';
import { nextSteps } from '../text/creation.js';
import { type DemoResult, demoExitCode } from '../text/demo.js';
import type {
  CreationDocument,
  CreationPlanDocument,
  DemoDocument,
  DoctorDocument,
  PauseDocument,
  ReportDocument,
  UserDataDocument,
} from './command-schemas.js';
import { reasonJson, serversJson } from './documents.js';
import { SCHEMA_IDS } from './schemas.js';

/** `create --dry-run --json`. */
export function creationPlanJson(plan: CreationPlan, exitCode: number): CreationPlanDocument {
  const { cluster, size } = plan.blueprint;
  return { schema: SCHEMA_IDS['creation-plan'], exitCode, cluster, size, resources: resourcesJson(plan) };
}

/** `create --json`. */
export function creationJson(result: CreationResult, exitCode: number): CreationDocument {
  const { outcome, plan, survey, dnsName, lacking, elapsedMs } = result;
  return {
    schema: SCHEMA_IDS.creation,
    exitCode,
    outcome,
    cluster: plan.blueprint.cluster,
    size: plan.blueprint.size,
    resources: resourcesJson(plan),
    lacking,
    loadBalancer: dnsName ?? null,
    state: survey === undefined ? null : stateDocument(survey),
    servers: serversJson(survey, false),
    elapsedMs,
    next: nextSteps(result),
  };
}

function resourcesJson({ resources }: CreationPlan) {
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
export function demoJson(demo: DemoResult): DemoDocument {
  const { roll, consul, from, to, writes } = demo;
  return {
    schema: SCHEMA_IDS.demo,
    exitCode: demoExitCode(demo),
    outcome: roll.outcome,
    reason: roll.reason === undefined ? null : reasonJson(roll.reason),
    consul: { kind: consul.kind, version: consul.version },
    from,
    to,
    servers: serversJson(roll.survey),
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
export function doctorJson(examination: Examination, exitCode: number): DoctorDocument {
  const { cluster, group, imageId, servers, findings } = examination;
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  return {
    schema: SCHEMA_IDS.doctor,
    exitCode,
    cluster,
    group: group ?? null,
    image: imageId ?? null,
    servers,
    counts: { pass: count('pass'), skip: count('skip'), warn: count('warn'), fail: count('fail') },
    checks: findings.map(({ check, verdict, saw, remedy }) => ({
      name: check,
      verdict,
      saw,
      remedy: remedy ?? null,
    })),
  };
}

/** `pause --json`: the roll that is asked, and whether anybody runs it. */
export function pauseJson({ intent: { cluster, rollId }, runner }: Paused, nowMs: number): PauseDocument {
  const running = runner === 'unknown' ? null : runner !== 'nobody' && isAlive(runner, nowMs);
  return { schema: SCHEMA_IDS.pause, exitCode: EXIT.done, cluster, rollId, running };
}

/** `user-data --json`. */
export function userDataJson(made: Omit<UserDataDocument, 'schema' | 'exitCode'>): UserDataDocument {
  return { schema: SCHEMA_IDS['user-data'], exitCode: EXIT.done, ...made };
}

/** `report --json`: whose story is in which file. */
export function reportJson({ rollId, cluster, ending, flaws }: Story, file: string): ReportDocument {
  return {
    schema: SCHEMA_IDS.report,
    exitCode: EXIT.done,
    file,
    rollId: rollId ?? null,
    cluster,
    outcome: ending?.outcome ?? null,
    flaws,
  };
}
