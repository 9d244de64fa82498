import { describe, expect, it } from 'vitest';
import { sandboxDownJson, sandboxUpJson } from '../../../src/cli/sandbox-command.js';
import { readClusterFile } from '../../../src/lib/config/cluster-file.js';
import { blueprintOf } from '../../../src/lib/create/cluster-spec.js';
import { planCreation } from '../../../src/lib/create/plan.js';
import { plan } from '../../../src/lib/engine/plan/plan.js';
import { status } from '../../../src/lib/engine/status.js';
import type { CreationPlan, CreationResult } from '../../../src/lib/model/cluster-spec.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { ShownSettings } from '../../../src/lib/model/setting.js';
import {
  creationJson,
  creationPlanJson,
  demoJson,
  doctorJson,
  pauseJson,
  reportJson,
  userDataJson,
} from '../../../src/lib/output/json/command-documents.js';
import {
  errorJson,
  planJson,
  resultJson,
  settingsJson,
  statusJson,
} from '../../../src/lib/output/json/documents.js';
import { SCHEMA_IDS } from '../../../src/lib/output/json/schemas.js';
import { reportOf } from '../../../src/lib/output/report/page.js';
import { LEAST } from '../../helpers/cluster-files.js';
import { demo } from '../../helpers/demos.js';
import { examination } from '../../helpers/examination.js';
import { type FakeEngine, fakeEngine, orderFor, runRoll } from '../../helpers/fake-engine.js';
import { limits, midRoll } from '../../helpers/intents.js';
import { issuesOf, schemaNamed } from '../../helpers/json-schemas.js';
import { ROLLS, rollFile } from '../../helpers/rolls.js';
import { summary } from '../../helpers/sandbox-summary.js';
import { resultOf } from '../../helpers/scripted-roll.js';
import { surveyOf } from '../../helpers/surveys.js';

const names = Object.keys(SCHEMA_IDS) as (keyof typeof SCHEMA_IDS)[];

const look = (engine: FakeEngine) => status(engine, { cluster: 'consul', group: undefined, limits });

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
  const documents: { status: object[]; plan: object[]; result: object[] } = {
    status: [],
    plan: [],
    result: [],
  };
  for (const steps of [0, 2, 5, 8, 10, 13, 16, 20, 24, 100]) {
    const engine = fakeEngine(3);
    const { result } = await leftAfter(engine, steps);
    documents.result.push(resultJson(result, 'ami-0c0ffee01'));
    documents.status.push(statusJson(await look(engine)));
    documents.plan.push(planJson(await plan(engine, orderFor()), 0));
  }
  const survey = surveyOf({ leader: undefined });
  documents.status.push(
    statusJson({ survey, intent: undefined, next: undefined, lock: undefined, ailments: [] }),
  );
  return documents;
}

function creationPlan(): CreationPlan {
  const text = `${LEAST}size: 3\nloadBalancer: {listeners: [{port: 8500}]}\n`;
  const blueprint = blueprintOf(readClusterFile(text, 'cluster.yaml'), {
    userData: 'Ym9vdA==',
    rootDevice: undefined,
  });
  const fields = { ...blueprint.template.fields, userData: btoa('another') };
  const launch = { kind: 'launch-template', id: 'lt-1', name: 'consul', version: '1' } as const;
  return planCreation(blueprint, { balancer: undefined, template: { fields, launch }, group: undefined });
}

const creation = (over: Partial<CreationResult> = {}) => ({
  outcome: 'created' as const,
  plan: creationPlan(),
  dnsName: 'consul-1.elb.amazonaws.com',
  lacking: [],
  survey: surveyOf({ old: 3 }),
  elapsedMs: 35_000,
  ...over,
});

const line = { kind: 'file', file: '/etc/consul-roll.yaml', line: 3 } as const;
const settings: ShownSettings = {
  file: line.file,
  settings: [
    { name: 'surge', isSet: false, value: undefined, secret: false, origin: { kind: 'default' } },
    { name: 'looks', isSet: true, value: 5, secret: false, origin: { kind: 'flag', flag: '--looks' } },
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
  strange: [
    { name: 'CONSUL_ROLL_SURGES', meant: 'CONSUL_ROLL_SURGE' },
    { name: 'CONSUL_ROLL_X', meant: undefined },
  ],
};

const rolls = await ofRolls();
const DOCUMENTS: Readonly<Record<keyof typeof SCHEMA_IDS, readonly object[]>> = {
  ...rolls,
  error: [errorJson(new RollError({ code: 'locked', message: 'held', exitCode: 7, next: 'wait' }))],
  doctor: [
    doctorJson(examination, 3),
    doctorJson({ ...examination, group: undefined, imageId: undefined, findings: [] }, 0),
  ],
  pause: (['nobody', 'unknown'] as const).map((runner) => pauseJson({ intent: midRoll().intent, runner }, 0)),
  'creation-plan': [creationPlanJson(creationPlan(), 3)],
  creation: [
    creationJson(creation(), 0),
    creationJson(
      creation({
        outcome: 'lacking',
        dnsName: undefined,
        survey: undefined,
        lacking: [{ kind: 'leader' }, { kind: 'instances', have: 1, want: 3, why: undefined }],
      }),
      5,
    ),
  ],
  'user-data': [
    userDataJson({ script: '#!/bin/bash', base64: 'IyE=', bytes: 11, limit: 16_384, checks: [] }),
    userDataJson({
      script: '#!/bin/bash',
      base64: 'IyE=',
      bytes: 11,
      limit: 16_384,
      checks: [{ tool: 'shellcheck', result: 'not-installed', output: '' }],
    }),
  ],
  config: [settingsJson(settings), settingsJson({ file: undefined, settings: [], others: [], strange: [] })],
  report: ROLLS.map((name) => reportJson(reportOf([rollFile(name)], [], undefined).story, 'roll.html')),
  demo: [
    demoJson(demo()),
    demoJson(
      demo({
        roll: resultOf({ outcome: 'refused', reason: { kind: 'no-leader', answers: [] }, survey: undefined }),
      }),
    ),
  ],
  'sandbox-up': [sandboxUpJson(summary), sandboxUpJson({ ...summary, cluster: null, loadBalancerUrl: null })],
  'sandbox-down': [sandboxDownJson(4599, 7), sandboxDownJson(4599, undefined)],
};

describe('the documents of --json are as their schemas say', () => {
  it.each(names)('%s', (name) => {
    const schema = schemaNamed(name);
    expect(DOCUMENTS[name].length).toBeGreaterThan(0);
    for (const document of DOCUMENTS[name]) {
      expect(document).toMatchObject({ schema: SCHEMA_IDS[name], exitCode: expect.any(Number) });
      expect(issuesOf(schema, document)).toEqual([]);
    }
  });

  it.each(names)('and the schema of %s refuses another version, and what lacks a field', (name) => {
    const schema = schemaNamed(name);
    const [document = {}] = DOCUMENTS[name];
    expect(issuesOf(schema, { ...document, schema: `consul-roll/${name}/99` })).toHaveLength(1);
    for (const field of Object.keys(document))
      expect(issuesOf(schema, { ...document, [field]: undefined }), field).not.toEqual([]);
  });
});
