import { describe, expect, it } from 'vitest';
import { parseClusterFile } from '../../../src/lib/config/cluster-file.js';
import { buildClusterSpec } from '../../../src/lib/create/cluster-spec.js';
import { type ExistingResources, planCreation } from '../../../src/lib/create/plan.js';
import { buildUserDataScript } from '../../../src/lib/create/user-data.js';
import type { CreationResult } from '../../../src/lib/model/cluster-spec.js';
import { formatCreation, formatCreationPlan } from '../../../src/lib/output/text/creation.js';
import { MINIMAL_CLUSTER_FILE } from '../../helpers/cluster-files.js';
import { buildObservation } from '../../helpers/observations.js';

const NOTHING: ExistingResources = { loadBalancer: undefined, launchSource: undefined, group: undefined };
const file = parseClusterFile(
  `${MINIMAL_CLUSTER_FILE}size: 3\nloadBalancer: {listeners: [{port: 8500}, {port: 80}], draining: 30s}\n`,
  'cluster.yaml',
);
const userData = buildUserDataScript(file, () => '');
const spec = buildClusterSpec(file, { userData, rootDevice: undefined });
const scriptBytes = Buffer.from(userData, 'base64').length;

const planned = (seen: Partial<ExistingResources>) => planCreation(spec, { ...NOTHING, ...seen });
const dryRun = (seen: Partial<ExistingResources>) =>
  formatCreationPlan(planned(seen), 80).map(({ text }) => text.trimEnd());

/** The load balancer as in the file, with a change. */
function seenBalancer(change: object, unfinished = false): Partial<ExistingResources> {
  const fields = spec.balancer?.fields;
  if (fields === undefined) throw new Error('the file describes a load balancer');
  return { loadBalancer: { fields: { ...fields, ...change }, unfinished, dnsName: 'consul-1.elb.amazonaws.com' } };
}

describe('the plan of create', () => {
  it('lists every field, and the size of the boot script', () => {
    const said = dryRun({}).join('\n');
    expect(said).toMatch(/^Cluster consul, 3 servers of t3\.medium on ami-0c0515ea000000001\n\ncreate {3}load/);
    expect(said.match(/^create .*/gm)).toEqual([
      'create   load balancer consul',
      'create   launch template consul',
      'create   group consul',
    ]);
    expect(said).toMatch(/^ +loadBalancer\.draining: 30s$/m);
    expect(said).toMatch(new RegExp(`^ +boot: ${scriptBytes} bytes, not shown$`, 'm'));
    expect(said).not.toContain(userData.slice(0, 20));
  });

  it('is empty if the resources match the file', () => {
    expect(dryRun(seenBalancer({}))).toEqual(
      expect.arrayContaining(['exists   load balancer consul', 'create   group consul']),
    );
  });

  it('completes an earlier run', () => {
    expect(dryRun(seenBalancer({ drainingS: 300 }, true))).toContain('finish   load balancer consul');
  });

  it('names every field that differs from the file', () => {
    const said = dryRun(seenBalancer({ drainingS: 300, crossZone: false })).join('\n');
    expect(said).toMatch(/^differs {2}load balancer consul$/m);
    expect(said).toMatch(/loadBalancer\.crossZone: false, the file says true/);
    expect(said).toMatch(/loadBalancer\.draining: 300s, the file says 30s/);
  });

  it('does not show how a boot script differs', () => {
    const fields = { ...spec.launchSource.fields, userData: btoa('password=hunter2') };
    const launch = { kind: 'launch-template', id: 'lt-1', name: 'consul', version: '1' } as const;
    const said = dryRun({ launchSource: { fields, launchSource: launch } }).join('\n');
    expect(said).toContain('boot: differs from the file');
    expect(said).not.toMatch(/hunter2|cGFzc3dvcmQ/);
  });
});

describe('the end of create', () => {
  const ended = (change: Partial<CreationResult> = {}) => {
    const result: CreationResult = {
      outcome: 'created',
      plan: planned({}),
      dnsName: 'consul-1.elb.amazonaws.com',
      unmetConditions: [],
      observation: buildObservation({ old: 3 }),
      elapsedMs: 35_000,
      ...change,
    };
    return formatCreation(result, 100).map(({ text }) => text.trimEnd());
  };

  it('gives the address of the cluster and the next commands', () => {
    expect(ended().slice(2)).toEqual([
      'Made     load balancer consul, launch template consul and group consul',
      'Balancer http://consul-1.elb.amazonaws.com:80',
      '         http://consul-1.elb.amazonaws.com:8500',
      'Took     35 s',
      'Next     consul-roll status --cluster consul',
      '         consul-roll upgrade --cluster consul --ami AMI',
    ]);
  });

  it('names what is missing, and the command that shows it', () => {
    const said = ended({ outcome: 'missing', unmetConditions: [{ kind: 'leader' }] }).join(' ');
    expect(said).toMatch(/^Every resource of consul is created, but the cluster was not complete in time: /);
    expect(said).toContain('get-console-output');
  });
});
