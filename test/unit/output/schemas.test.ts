import { describe, expect, it } from 'vitest';
import { buildSandboxDownDocument, buildSandboxUpDocument } from '../../../src/cli/sandbox-command.js';
import { parseClusterFile } from '../../../src/lib/config/cluster-file.js';
import { buildClusterSpec } from '../../../src/lib/create/cluster-spec.js';
import { planCreation } from '../../../src/lib/create/plan.js';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import { readStatus } from '../../../src/lib/engine/status.js';
import type { CreationPlan, CreationResult } from '../../../src/lib/model/cluster-spec.js';
import { RollError } from '../../../src/lib/model/errors.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { PastRoll } from '../../../src/lib/model/past-roll.js';
import type { DisplayedSettings } from '../../../src/lib/model/setting.js';
import { SCHEMA_IDS } from '../../../src/lib/output/json/build-parts.js';
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
} from '../../../src/lib/output/json/command-documents.js';
import {
  buildConfigDocument,
  buildErrorDocument,
  buildPlanDocument,
  buildResultDocument,
  buildStatusDocument,
} from '../../../src/lib/output/json/documents.js';
import { buildRenderedReport } from '../../../src/lib/output/report/page.js';
import { MINIMAL_CLUSTER_FILE } from '../../helpers/cluster-files.js';
import { buildDemoResult } from '../../helpers/demos.js';
import { sampleReport } from '../../helpers/doctor-report.js';
import { buildOrder, createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { buildMidRoll, limits } from '../../helpers/intents.js';
import { findIssues, getSchema } from '../../helpers/json-schemas.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan, CONTEXT } from '../../helpers/plans.js';
import { ROLLS, readRollFile } from '../../helpers/rolls.js';
import { summary } from '../../helpers/sandbox-summary.js';
import { buildResult } from '../../helpers/scripted-roll.js';

const names = Object.keys(SCHEMA_IDS) as (keyof typeof SCHEMA_IDS)[];

const read = (engine: FakeEngine) => readStatus(engine, { cluster: 'consul', group: undefined, limits });

/** A roll that is left after so many steps. */
function leftAfter(engine: FakeEngine, steps: number) {
  let taken = 0;
  return runRoll(engine, {
    pauseRequested: () => taken >= steps,
    onEvent: ({ kind }) => {
      if (kind === 'step-done') taken += 1;
    },
  });
}

/** What is documented, from a roll left at many moments. */
async function ofRolls() {
  const documents: { status: object[]; plan: object[]; result: object[] } = { status: [], plan: [], result: [] };
  for (const steps of [0, 2, 5, 8, 10, 13, 16, 20, 24, 100]) {
    const engine = createFakeEngine(3);
    const { result } = await leftAfter(engine, steps);
    documents.result.push(buildResultDocument(result, 0, buildPlan()));
    documents.status.push(buildStatusDocument(await read(engine), 0));
    documents.plan.push(buildPlanDocument(await planRoll(engine, buildOrder()), 0));
  }
  const observation = buildObservation({ leader: undefined });
  documents.status.push(
    buildStatusDocument(
      { observation, memory: EMPTY_MEMORY, intent: undefined, next: undefined, lock: undefined, healthIssues: [] },
      0,
    ),
  );
  return documents;
}

function creationPlan(): CreationPlan {
  const text = `${MINIMAL_CLUSTER_FILE}size: 3\nloadBalancer: {listeners: [{port: 8500}]}\n`;
  const spec = buildClusterSpec(parseClusterFile(text, 'cluster.yaml'), {
    userData: 'Ym9vdA==',
    rootDevice: undefined,
  });
  const fields = { ...spec.launchSource.fields, userData: btoa('another') };
  const launch = { kind: 'launch-template', id: 'lt-1', name: 'consul', version: '1' } as const;
  return planCreation(spec, {
    loadBalancer: undefined,
    launchSource: { fields, launchSource: launch },
    group: undefined,
  });
}

const creation = (over: Partial<CreationResult> = {}) => ({
  outcome: 'created' as const,
  plan: creationPlan(),
  dnsName: 'consul-1.elb.amazonaws.com',
  unmetConditions: [],
  observation: buildObservation({ old: 3 }),
  elapsedMs: 35_000,
  ...over,
});

const line = { kind: 'file', file: '/etc/consul-roll.yaml', line: 3 } as const;
const settings: DisplayedSettings = {
  file: line.file,
  settings: [
    { name: 'surge', isSet: false, value: undefined, secret: false, origin: { kind: 'default' } },
    {
      name: 'success-threshold',
      isSet: true,
      value: 5,
      secret: false,
      origin: { kind: 'flag', flag: '--success-threshold' },
    },
    { name: 'bake', isSet: true, value: '1m', secret: false, origin: { ...line, cluster: undefined } },
    { name: 'interval', isSet: true, value: '5s', secret: false, origin: { ...line, cluster: 'consul' } },
  ],
  others: [
    {
      name: 'CONSUL_HTTP_TOKEN',
      isSet: true,
      value: undefined,
      secret: true,
      origin: { kind: 'variable', name: 'CONSUL_HTTP_TOKEN' },
    },
  ],
  unknown: [
    { name: 'CONSUL_ROLL_SURGES', meant: 'CONSUL_ROLL_SURGE' },
    { name: 'CONSUL_ROLL_X', meant: undefined },
  ],
};

const caller = {
  account: '123456789012',
  alias: undefined,
  region: 'eu-west-1',
  arn: 'arn:aws:iam::123456789012:root',
};
const listed = {
  cluster: 'consul',
  group: 'consul',
  images: [
    { id: 'ami-1', image: CONTEXT.from },
    { id: 'ami-2', image: undefined },
  ],
  versions: ['1.20.2'],
  servers: 3,
  answering: 3,
  leader: 'i-1',
  peers: 3,
  rollId: undefined,
};

const PAST_ROLL: PastRoll = {
  rollId: '7f3a',
  from: 'ami-1',
  to: 'ami-2',
  outcome: 'rolled',
  reason: undefined,
  holder: 'ops@here 1',
  runs: 2,
  startedAtMs: 0,
  endedAtMs: 312_000,
};

const rolls = await ofRolls();
const DOCUMENTS: Readonly<Record<keyof typeof SCHEMA_IDS, readonly object[]>> = {
  ...rolls,
  error: [buildErrorDocument(new RollError({ code: 'locked', message: 'held', kind: 'locked', next: 'wait' }), 7)],
  list: [
    buildListDocument(
      { clusters: [listed, { ...listed, peers: undefined, leader: undefined, rollId: '7f3a' }], leftOut: 2 },
      caller,
      0,
    ),
  ],
  history: [
    buildHistoryDocument('consul', [], 0),
    buildHistoryDocument('consul', [PAST_ROLL, { ...PAST_ROLL, from: undefined, reason: 'founder' }], 0),
  ],
  doctor: [
    buildDoctorDocument(sampleReport, 3),
    buildDoctorDocument({ ...sampleReport, group: undefined, imageId: undefined, results: [] }, 0),
  ],
  pause: (['none', 'unknown'] as const).map((runner) =>
    buildPauseDocument({ intent: buildMidRoll().intent, runner }, 0, 0),
  ),
  'creation-plan': [buildCreationPlanDocument(creationPlan(), 3)],
  creation: [
    buildCreationDocument(creation(), 0),
    buildCreationDocument(
      creation({
        outcome: 'missing',
        dnsName: undefined,
        observation: undefined,
        unmetConditions: [{ kind: 'leader' }, { kind: 'instances', have: 1, want: 3, why: undefined }],
      }),
      5,
    ),
  ],
  'user-data': [
    buildUserDataDocument({ exitCode: 0, script: '#!/bin/bash', base64: 'IyE=', bytes: 11, limit: 16_384, checks: [] }),
    buildUserDataDocument({
      exitCode: 0,
      script: '#!/bin/bash',
      base64: 'IyE=',
      bytes: 11,
      limit: 16_384,
      checks: [{ tool: 'shellcheck', result: 'not-installed', output: '' }],
    }),
  ],
  config: [
    buildConfigDocument(settings, 0),
    buildConfigDocument({ file: undefined, settings: [], others: [], unknown: [] }, 0),
  ],
  report: ROLLS.map((name) =>
    buildReportDocument(buildRenderedReport([readRollFile(name)], [], undefined).report, 'roll.html', 0),
  ),
  demo: [
    buildDemoDocument(buildDemoResult(), 0),
    buildDemoDocument(
      buildDemoResult({
        roll: buildResult({ outcome: 'refused', reason: { kind: 'no-leader', answers: [] }, observation: undefined }),
      }),
      3,
    ),
  ],
  'sandbox-up': [
    buildSandboxUpDocument(summary),
    buildSandboxUpDocument({ ...summary, cluster: null, loadBalancerUrl: null }),
  ],
  'sandbox-down': [buildSandboxDownDocument(4599, 7), buildSandboxDownDocument(4599, undefined)],
};

describe('the JSON documents match their schemas', () => {
  it.each(names)('%s', (name) => {
    const schema = getSchema(name);
    expect(DOCUMENTS[name].length).toBeGreaterThan(0);
    for (const document of DOCUMENTS[name]) {
      expect(document).toMatchObject({ schema: SCHEMA_IDS[name], exitCode: expect.any(Number) });
      expect(findIssues(schema, document)).toEqual([]);
    }
  });

  it.each(names)('%s: its schema rejects another version and a missing field', (name) => {
    const schema = getSchema(name);
    const [document = {}] = DOCUMENTS[name];
    expect(findIssues(schema, { ...document, schema: `consul-roll/${name}/99` })).toHaveLength(1);
    for (const field of Object.keys(document))
      expect(findIssues(schema, { ...document, [field]: undefined }), field).not.toEqual([]);
  });
});
