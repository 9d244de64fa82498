import type { DoctorReport } from '../../src/lib/model/check.js';
import type { CreationPlan } from '../../src/lib/model/cluster-spec.js';
import { RollError } from '../../src/lib/model/errors.js';
import type { ClusterList } from '../../src/lib/model/listed-cluster.js';
import type { PastRoll } from '../../src/lib/model/past-roll.js';
import type { DisplayedSettings } from '../../src/lib/model/setting.js';
import { sampleReport } from './doctor-report.js';
import { ended } from './hostile-roll.js';
import { taint } from './hostile-text.js';
import { CONTEXT } from './plans.js';
import { buildResult } from './scripted-roll.js';
import { planImport } from './terraform-import.js';

/** Lines that no terminal wraps. */
export const UNLIMITED = Number.POSITIVE_INFINITY;
/** The holder of a lock. */
export const lockOf = (hostile: string) =>
  taint({ holder: 'ops', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 1 }, hostile);
/** A status in which every text from outside is hostile. */
export const statusOf = (hostile: string) => {
  const { observation, memory, intent } = taint(ended.result, hostile);
  return { observation, memory, intent, next: undefined, lock: lockOf(hostile), healthIssues: [] } as never;
};
/** Resources to create, and one that differs. */
export const resources: CreationPlan['resources'] = [
  { kind: 'group', name: 'consul', state: 'missing', differences: [], fields: { image: 'ami-1', zones: 'a, b' } },
  {
    kind: 'group',
    name: 'other',
    state: 'differs',
    differences: [{ field: 'image', is: 'a', wanted: 'b' }],
    fields: {},
  },
];
/** A plan to create them. */
export const creation = {
  spec: { cluster: 'consul', size: 3, launchSource: { fields: { image: 'ami-1', instanceType: 'm5' } } },
  resources,
};
/** How that ended. */
export const created = {
  outcome: 'missing',
  dnsName: 'x',
  elapsedMs: 1,
  unmetConditions: [{ kind: 'instances', have: 1, want: 2, why: 'no' }],
};
/** An error. */
export const errorOf = (hostile: string) =>
  new RollError({ ...taint({ code: 'x', message: ['a', 'b'], state: 'c', next: 'd' }, hostile), kind: 'refused' });
/** What Terraform is to be told of a roll. */
export const terraform = () => planImport(buildResult(), { addresses: {}, state: undefined });
/** The same, hostile. */
export const requiredImport = (hostile: string) => {
  const required = taint(terraform(), hostile);
  if (required.kind === 'nothing') throw new Error('a roll is imported');
  return required;
};

/** The ids of checks are of this program. */
export const reportOf = (hostile: string): DoctorReport => ({
  ...taint(sampleReport, hostile),
  results: sampleReport.results.map((result) => ({ ...taint(result, hostile), id: result.id })),
});

/** A list of clusters, the servers of one of which do not answer. */
export const clusterList: ClusterList = {
  clusters: [
    {
      cluster: 'consul',
      group: 'consul-a',
      images: [
        { id: 'ami-1', image: CONTEXT.from },
        { id: 'ami-2', image: undefined },
      ],
      versions: ['1.20.2', '1.8.7'],
      servers: 3,
      answering: 3,
      leader: 'i-1',
      peers: 3,
      rollId: '7f3a',
    },
    {
      cluster: 'a-name-that-is-longer-than-its-column',
      group: 'other',
      images: [],
      versions: [],
      servers: 3,
      answering: 0,
      leader: undefined,
      peers: undefined,
      rollId: undefined,
    },
  ],
  leftOut: 2,
};

/** Who asks. */
export const caller = {
  account: '123456789012',
  alias: 'prod',
  region: 'eu-west-1',
  arn: 'arn:aws:iam::123456789012:root',
};

const PAST_ROLL: PastRoll = {
  rollId: '7f3a',
  from: 'ami-1',
  to: 'ami-2',
  outcome: 'stopped',
  reason: 'founder',
  holder: 'ops@here 1',
  runs: 2,
  startedAtMs: 0,
  endedAtMs: 312_000,
};
/** As the store of a cluster has them. */
export const pastRolls: readonly PastRoll[] = [PAST_ROLL, { ...PAST_ROLL, from: undefined, reason: undefined }];

const FACTS = { isSet: true, secret: false };
/** Settings from each source, and an unknown name. */
export const settingsOf = (hostile: string): DisplayedSettings => {
  const file = taint({ kind: 'file' as const, file: 'x.yaml', line: 1, cluster: 'eu' }, hostile);
  const variable = taint({ kind: 'variable' as const, name: 'CONSUL_ROLL_BAKE' }, hostile);
  const hooks = [taint({ on: 'gate', run: './gate.sh now' }, hostile)];
  return {
    file: hostile,
    settings: [
      { ...FACTS, ...taint({ name: 'cluster', value: 'consul' }, hostile), origin: file },
      { ...FACTS, ...taint({ name: 'bake', value: '1m' }, hostile), origin: variable },
      { ...FACTS, name: 'hooks', value: hooks, origin: file },
    ],
    others: [{ ...FACTS, ...taint({ name: 'CONSUL_HTTP_ADDR', value: 'https://a' }, hostile), origin: variable }],
    unknown: [{ name: hostile, meant: undefined }],
  };
};
