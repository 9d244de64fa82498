import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readApprovedPlan } from '../../src/cli/approved-plan.js';
import { buildSandboxDownDocument, buildSandboxUpDocument } from '../../src/cli/sandbox-command.js';
import type { CreationResult } from '../../src/lib/model/cluster-spec.js';
import { stringifyPrintable } from '../../src/lib/model/printable.js';
import type { SCHEMA_IDS } from '../../src/lib/output/json/build-parts.js';
import {
  buildCreationDocument,
  buildCreationPlanDocument,
  buildDemoDocument,
  buildDoctorDocument,
  buildHistoryDocument,
  buildListDocument,
  buildPauseDocument,
  buildReportDocument,
  buildUserDataDocument,
} from '../../src/lib/output/json/command-documents.js';
import {
  buildConfigDocument,
  buildErrorDocument,
  buildPlanDocument,
  buildResultDocument,
  buildStatusDocument,
} from '../../src/lib/output/json/documents.js';
import type { PlanDocument } from '../../src/lib/output/json/schemas.js';
import { buildRenderedReport } from '../../src/lib/output/report/page.js';
import { buildDemoResult } from './demos.js';
import { ended, record, STOPPED } from './hostile-roll.js';
import { taint } from './hostile-text.js';
import {
  caller,
  clusterList,
  created,
  creation,
  errorOf,
  lockOf,
  pastRolls,
  reportOf,
  settingsOf,
  statusOf,
  terraform,
} from './hostile-values.js';
import { buildObservation } from './observations.js';
import { buildPlan } from './plans.js';
import { summary } from './sandbox-summary.js';

type DocumentName = keyof typeof SCHEMA_IDS | 'event';

/** The documents of docs/schemas, by the name of their schema, with hostile text in each string from outside. */
export const DOCUMENTS: Readonly<Record<DocumentName, (hostile: string) => readonly object[]>> = {
  event: (hostile) => record(hostile).documents,
  status: (hostile) => [buildStatusDocument(statusOf(hostile), 0)],
  plan: (hostile) => [planOf(hostile)],
  result: (hostile) => {
    const given = { terraformImport: taint(terraform(), hostile), file: hostile };
    return [ended.result, ...STOPPED].map((result) =>
      buildResultDocument(taint(result, hostile), 0, taint(buildPlan(), hostile), given, [hostile]),
    );
  },
  error: (hostile) => [buildErrorDocument(errorOf(hostile), 3)],
  list: (hostile) => [buildListDocument(taint(clusterList, hostile), taint(caller, hostile), 0)],
  history: (hostile) => [buildHistoryDocument(hostile, taint(pastRolls, hostile), 0)],
  doctor: (hostile) => [buildDoctorDocument(reportOf(hostile), 0)],
  pause: (hostile) => {
    const { intent } = buildPlan();
    return [buildPauseDocument({ intent: taint(intent, hostile), runner: lockOf(hostile) }, 0, 0)];
  },
  'creation-plan': (hostile) => [buildCreationPlanDocument(taint(creation, hostile) as never, 0)],
  creation: (hostile) => {
    const result = taint({ ...created, plan: creation, observation: buildObservation() }, hostile);
    return [buildCreationDocument({ ...result, outcome: 'missing' } as unknown as CreationResult, 0)];
  },
  'user-data': (hostile) => [
    buildUserDataDocument({
      exitCode: 0,
      bytes: 1,
      limit: 2,
      script: hostile,
      base64: hostile,
      checks: [{ tool: 'shellcheck', result: 'failed', output: hostile }],
    }),
  ],
  config: (hostile) => [buildConfigDocument(settingsOf(hostile), 0)],
  report: (hostile) => {
    const text = record(hostile)
      .documents.map((one) => `${stringifyPrintable(one)}\n`)
      .join('');
    return [buildReportDocument(buildRenderedReport([{ name: hostile, text }], [], undefined).report, hostile, 0)];
  },
  demo: (hostile) => [buildDemoDocument(taint(buildDemoResult(), hostile), 0)],
  'sandbox-up': (hostile) => [buildSandboxUpDocument(taint(summary, hostile))],
  'sandbox-down': () => [buildSandboxDownDocument(4599, 7)],
};

/** `plan --json`, and what `plan --out` writes. */
export function planOf(hostile: string): PlanDocument {
  return buildPlanDocument(taint(buildPlan(), hostile), 0, { ami: hostile, cluster: hostile });
}

/** What `upgrade --plan` reads of a plan that `plan --out` wrote. */
export function readPlanAgain(document: PlanDocument): PlanDocument {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-plan-'));
  const path = join(folder, 'plan.json');
  try {
    writeFileSync(path, `${stringifyPrintable(document, 2)}\n`);
    return readApprovedPlan(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
