import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClients } from '../../../src/lib/aws/clients.js';
import { createCreationFromClients, translateRefusal } from '../../../src/lib/aws/new-cluster/connect.js';
import { parseClusterFile } from '../../../src/lib/config/cluster-file.js';
import { buildClusterSpec } from '../../../src/lib/create/cluster-spec.js';
import type { ClusterSpec, LaunchSourceKind } from '../../../src/lib/model/cluster-spec.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { Creation } from '../../../src/lib/ports.js';
import { MINIMAL_CLUSTER_FILE } from '../../helpers/cluster-files.js';
import { CREDENTIALS, openAccount, type SandboxAccount } from './sandbox-account.js';

/** Every key of a cluster file, each with another value than its default. */
const FULL = `${MINIMAL_CLUSTER_FILE}
size: 3
instanceType: t3.large
keyName: deploy-key
publicAddress: true
rootVolume: { sizeGiB: 30, type: gp2, encrypted: false }
metadata: { tokens: optional, hopLimit: 2 }
loadBalancer:
  internal: false
  listeners:
    - { port: 8501, protocol: tcp, instancePort: 8500, instanceProtocol: tcp }
    - { port: 80 }
  healthCheck: { target: "TCP:8500", interval: 20s, timeout: 4s, healthyThreshold: 3, unhealthyThreshold: 4 }
  draining: 2m
  crossZone: false
health: { type: ELB, grace: 10m }
tags: { team: platform, cost-centre: "12" }
terminationPolicies: [OldestInstance, Default]
lifecycleHooks:
  - { name: backup, on: terminating, timeout: 2m, otherwise: abandon }
  - { name: announce, on: launching }
`;

let account: SandboxAccount;
let creation: Creation;

beforeEach(async () => {
  account = await openAccount(0);
  const { url: endpoint } = account;
  creation = createCreationFromClients(createClients({ region: 'eu-west-1', endpoint, credentials: CREDENTIALS }));
});

afterEach(async () => {
  creation.close();
  await account.close();
});

function blueprint(kind: LaunchSourceKind, text = FULL): ClusterSpec {
  const file = parseClusterFile(`${text}launchFrom: ${kind}\n`.replace('cluster: consul', 'cluster: other'), 'c');
  return buildClusterSpec(file, { userData: btoa('#!/bin/sh\n'), rootDevice: '/dev/sda1' });
}

const named = (AutoScalingGroupName: string) =>
  account.world
    .call('autoscaling', 'DescribeAutoScalingGroups', {})
    .AutoScalingGroups?.find((group) => group.AutoScalingGroupName === AutoScalingGroupName);

describe.each(['launch-template', 'launch-configuration'] as const)('a new cluster on a %s', (kind) => {
  it.each([
    ['with every key', FULL],
    ['with the least', `${MINIMAL_CLUSTER_FILE}loadBalancer: {}\n`],
  ])('is read back as it was described, %s', async (_name, text) => {
    const wanted = blueprint(kind, text);
    const { balancer, launchSource: template, group } = wanted;
    if (balancer === undefined) throw new Error('the file describes a load balancer');
    await creation.createLoadBalancer(balancer.name, balancer.fields);
    const launchSource = await creation.createLaunchSource(template);
    await creation.createGroup(group.name, group.fields, launchSource, wanted.cluster);

    const seen = await creation.findLoadBalancer(balancer.name);
    expect(seen).toMatchObject({ fields: balancer.fields, unfinished: false });
    expect(await creation.findLaunchSource(kind, template.name)).toEqual({
      fields: template.fields,
      launchSource: launchSource,
    });
    expect(await creation.findGroup(group.name)).toEqual({ fields: group.fields, launchSource: launchSource });
  });
});

describe('a group', () => {
  it('is tagged with its cluster, and propagates only the other tags', async () => {
    const { launchSource: template, group } = blueprint('launch-template', MINIMAL_CLUSTER_FILE);
    const launchSource = await creation.createLaunchSource(template);
    await creation.createGroup(group.name, group.fields, launchSource, 'other');
    const tags = named('other')?.Tags?.map(({ Key, Value, PropagateAtLaunch }) => [Key, Value, PropagateAtLaunch]);
    expect(tags).toEqual(
      expect.arrayContaining([
        ['Name', 'other', true],
        ['consul-roll:cluster', 'other', false],
      ]),
    );
  });

  it('created elsewhere may use a mixed instances policy, which a cluster file cannot describe', async () => {
    const { launchSource: template, group } = blueprint('launch-template', MINIMAL_CLUSTER_FILE);
    await creation.createLaunchSource(template);
    account.world.call('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: group.name,
      MinSize: 0,
      MaxSize: 3,
      VPCZoneIdentifier: group.fields.subnets.join(','),
      MixedInstancesPolicy: {
        LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateName: template.name, Version: '1' } },
      },
    });
    expect(await creation.findGroup(group.name)).toMatchObject({ launchSource: undefined });
  });
});

describe('a load balancer', () => {
  it('is tagged unfinished while it is created, and completed by the same call', async () => {
    const { balancer } = blueprint('launch-template');
    if (balancer === undefined) throw new Error('the file describes a load balancer');
    const { name, fields } = balancer;
    account.world.call('elasticloadbalancing', 'CreateLoadBalancer', {
      LoadBalancerName: name,
      Subnets: [...fields.subnets],
      SecurityGroups: [...fields.securityGroups],
      Listeners: fields.listeners.map((one) => ({
        LoadBalancerPort: one.port,
        Protocol: one.protocol,
        InstancePort: one.instancePort,
        InstanceProtocol: one.instanceProtocol,
      })),
      Tags: [{ Key: 'consul-roll:unfinished', Value: 'true' }],
    });
    expect(await creation.findLoadBalancer(name)).toMatchObject({ unfinished: true });
    await creation.createLoadBalancer(name, fields);
    expect(await creation.findLoadBalancer(name)).toMatchObject({ unfinished: false, fields: { target: 'TCP:8500' } });
  });
});

describe('translateRefusal', () => {
  it('quotes AWS, without the user data', async () => {
    const { launchSource: template } = blueprint('launch-configuration');
    await creation.createLaunchSource(template);
    const taken = creation.createLaunchSource(template);
    await expect(taken).rejects.toMatchObject({ code: 'made-meanwhile', kind: 'refused' });
    const { fields } = template;
    const bad = creation.createLaunchSource({ ...template, name: 'bad', fields: { ...fields, image: 'ami-00000000' } });
    await expect(bad).rejects.toMatchObject({
      code: 'resource-refused',
      kind: 'refused',
      message: expect.stringMatching(/launch configuration bad.*ami-00000000.*does not exist/),
    });
    await expect(bad).rejects.not.toMatchObject({ message: expect.stringContaining(fields.userData) });
  });

  it('names the cluster file’s key where AWS refuses launch configurations', async () => {
    const facts = {
      code: 'launch-configurations-refused',
      message: 'no',
      kind: 'refused',
      next: 'Roll with --launch-source',
    } as const;
    const refused = translateRefusal('it', () => Promise.reject(new RollError(facts)));
    await expect(refused).rejects.toMatchObject({ ...facts, next: expect.stringContaining('launchFrom:') });
  });

  it('passes a missing permission through when reading', async () => {
    expect(await creation.findLoadBalancer('none')).toBeUndefined();
    expect(await creation.findLaunchSource('launch-template', 'none')).toBeUndefined();
    expect(await creation.findLaunchSource('launch-configuration', 'none')).toBeUndefined();
    expect(await creation.findGroup('none')).toBeUndefined();
  });
});
