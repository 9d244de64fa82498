import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectClients } from '../../../src/lib/aws/clients.js';
import { creationOver, refusedByAws } from '../../../src/lib/aws/new-cluster/connect.js';
import { readClusterFile } from '../../../src/lib/config/cluster-file.js';
import { blueprintOf } from '../../../src/lib/create/cluster-spec.js';
import type { Blueprint, LaunchKind } from '../../../src/lib/model/cluster-spec.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { Creation } from '../../../src/lib/ports.js';
import { LEAST } from '../../helpers/cluster-files.js';
import { CREDENTIALS, openAccount, type SandboxAccount } from './sandbox-account.js';

/** Every key of a cluster file, each with another value than its default. */
const FULL = `${LEAST}
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
  creation = creationOver(connectClients({ region: 'eu-west-1', endpoint, credentials: CREDENTIALS }));
});

afterEach(async () => {
  creation.close();
  await account.close();
});

function blueprint(kind: LaunchKind, text = FULL): Blueprint {
  const file = readClusterFile(
    `${text}launchFrom: ${kind}\n`.replace('cluster: consul', 'cluster: other'),
    'c',
  );
  return blueprintOf(file, { userData: btoa('#!/bin/sh\n'), rootDevice: '/dev/sda1' });
}

const named = (AutoScalingGroupName: string) =>
  account.world
    .call('autoscaling', 'DescribeAutoScalingGroups', {})
    .AutoScalingGroups?.find((group) => group.AutoScalingGroupName === AutoScalingGroupName);

describe.each(['launch-template', 'launch-configuration'] as const)('what is made, on a %s', (kind) => {
  it.each([
    ['with every key', FULL],
    ['with the least', `${LEAST}loadBalancer: {}\n`],
  ])('is read back as it was described, %s', async (_name, text) => {
    const wanted = blueprint(kind, text);
    const { balancer, template, group } = wanted;
    if (balancer === undefined) throw new Error('the file describes a load balancer');
    await creation.createBalancer(balancer.name, balancer.fields);
    const launch = await creation.createTemplate(template);
    await creation.createGroup(group.name, group.fields, launch, wanted.cluster);

    const seen = await creation.balancer(balancer.name);
    expect(seen).toMatchObject({ fields: balancer.fields, unfinished: false });
    expect(await creation.template(kind, template.name)).toEqual({ fields: template.fields, launch });
    expect(await creation.group(group.name)).toEqual({ fields: group.fields, launch });
  });
});

describe('a group', () => {
  it('is tagged with its cluster, and gives its servers the other tags only', async () => {
    const { template, group } = blueprint('launch-template', LEAST);
    const launch = await creation.createTemplate(template);
    await creation.createGroup(group.name, group.fields, launch, 'other');
    const tags = named('other')?.Tags?.map(({ Key, Value, PropagateAtLaunch }) => [
      Key,
      Value,
      PropagateAtLaunch,
    ]);
    expect(tags).toEqual(
      expect.arrayContaining([
        ['Name', 'other', true],
        ['consul-roll:cluster', 'other', false],
      ]),
    );
  });

  it('of somebody else may be on a mixed instances policy, which no file describes', async () => {
    const { template, group } = blueprint('launch-template', LEAST);
    await creation.createTemplate(template);
    account.world.call('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: group.name,
      MinSize: 0,
      MaxSize: 3,
      VPCZoneIdentifier: group.fields.subnets.join(','),
      MixedInstancesPolicy: {
        LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateName: template.name, Version: '1' } },
      },
    });
    expect(await creation.group(group.name)).toMatchObject({ launch: undefined });
  });
});

describe('a load balancer', () => {
  it('is unfinished from its first call to its last, and brought to its end by the same call', async () => {
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
    expect(await creation.balancer(name)).toMatchObject({ unfinished: true });
    await creation.createBalancer(name, fields);
    expect(await creation.balancer(name)).toMatchObject({
      unfinished: false,
      fields: { target: 'TCP:8500' },
    });
  });
});

describe('what AWS refuses', () => {
  it('is said in its words, without the user data', async () => {
    const { template } = blueprint('launch-configuration');
    await creation.createTemplate(template);
    const taken = creation.createTemplate(template);
    await expect(taken).rejects.toMatchObject({ code: 'made-meanwhile', exitCode: 3 });
    const { fields } = template;
    const bad = creation.createTemplate({
      ...template,
      name: 'bad',
      fields: { ...fields, image: 'ami-00000000' },
    });
    await expect(bad).rejects.toMatchObject({
      code: 'resource-refused',
      exitCode: 3,
      message: expect.stringMatching(/launch configuration bad.*ami-00000000.*does not exist/),
    });
    await expect(bad).rejects.not.toMatchObject({ message: expect.stringContaining(fields.userData) });
  });

  it('may be launch configurations as such: then the file has a key for it', async () => {
    const facts = {
      code: 'launch-configurations-refused',
      message: 'no',
      exitCode: 3,
      next: 'Roll with --template',
    };
    const refused = refusedByAws('it', () => Promise.reject(new RollError(facts)));
    await expect(refused).rejects.toMatchObject({ ...facts, next: expect.stringContaining('launchFrom:') });
  });

  it('is no answer to a look at what is not there', async () => {
    expect(await creation.balancer('none')).toBeUndefined();
    expect(await creation.template('launch-template', 'none')).toBeUndefined();
    expect(await creation.template('launch-configuration', 'none')).toBeUndefined();
    expect(await creation.group('none')).toBeUndefined();
  });
});
