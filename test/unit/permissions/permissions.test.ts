import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHANGE_PROBES, READ_PROBES } from '../../../src/lib/aws/permission-probes.js';
import {
  buildPolicy,
  type COMMAND_USERS,
  listPermissions,
  PERMISSIONS,
  UNBOUNDED,
} from '../../../src/lib/permissions/iam-policy.js';

/** The prefix of its actions, by the name of a client. */
const PREFIX: Readonly<Record<string, string>> = {
  autoScaling: 'autoscaling',
  ec2: 'ec2',
  balancing: 'elasticloadbalancing',
  targets: 'elasticloadbalancing',
  iam: 'iam',
  sts: 'sts',
};
/** Required by AWS as part of another call. */
const REQUIRED_BY_AWS = ['ec2:RunInstances', 'ec2:CreateTags', 'iam:PassRole', 'elasticloadbalancing:AddTags'];

/** The actions of every method, paginators included, that a file of src/lib/aws calls on a client. */
function actionsIn(file: string): string[] {
  const calls = readFileSync(file, 'utf8').matchAll(/\b(\w+)\.(?:paginate)?(\w+)\(/g);
  return [...calls].flatMap(([, client = '', method = '']) => {
    const action = `${method.slice(0, 1).toUpperCase()}${method.slice(1)}`;
    return client in PREFIX && method !== 'destroy' ? [`${PREFIX[client]}:${action}`] : [];
  });
}

const files = readdirSync('src/lib/aws', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.includes('probes'))
  .map((name) => join('src/lib/aws', name));
const called = [...new Set(files.flatMap(actionsIn))].sort();

describe('PERMISSIONS', () => {
  it('contains every action that the adapters call, and no other', () => {
    const listed = PERMISSIONS.map(({ action }) => action);
    expect(called.length).toBeGreaterThan(40);
    expect(called.filter((action) => !listed.includes(action))).toEqual([]);
    expect(listed.filter((action) => !called.includes(action) && !REQUIRED_BY_AWS.includes(action))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('contains a probe for every action of a roll except one', () => {
    const probed = [...Object.keys(READ_PROBES), ...Object.keys(CHANGE_PROBES)];
    const needed = listPermissions(['upgrade']).map(({ action }) => action);
    const unprobed = needed.filter((action) => !probed.includes(action));
    expect(unprobed).toEqual(['autoscaling:SetInstanceHealth', 'autoscaling:TerminateInstanceInAutoScalingGroup']);
    expect(probed.filter((action) => !needed.includes(action))).toEqual([]);
  });

  it('lets read-only commands change nothing', () => {
    const changes = listPermissions(['status', 'plan', 'doctor']).filter(
      ({ action }) => !/:(Describe|Get|Simulate)/.test(action),
    );
    expect(changes).toEqual([]);
  });

  it('gives status fewer actions than plan, and plan fewer than upgrade', () => {
    const actions = (command: keyof typeof COMMAND_USERS) => listPermissions([command]).map(({ action }) => action);
    expect(actions('plan')).toEqual(expect.arrayContaining(actions('status')));
    expect(actions('upgrade')).toEqual(expect.arrayContaining(actions('plan')));
    expect(actions('status').length).toBeLessThan(actions('plan').length);
    expect(actions('pause')).toContain('autoscaling:CreateOrUpdateTags');
  });

  it('lets only the named caller simulate its own policies', () => {
    const sids = (caller?: string) =>
      buildPolicy(listPermissions(['doctor']), { ...UNBOUNDED, account: '1', caller }).Statement;
    expect(sids().map(({ Sid }) => Sid)).toEqual(['Read']);
    expect(sids('role/ci').slice(1)).toMatchObject([
      { Action: ['iam:GetRole', 'iam:SimulatePrincipalPolicy'], Resource: ['arn:aws:iam::1:role/ci'] },
      { Action: ['iam:GetInstanceProfile'], Resource: ['arn:aws:iam::1:instance-profile/*'] },
    ]);
  });

  it('limits changes to the cluster', () => {
    const bounds = { ...UNBOUNDED, cluster: 'consul', group: 'old', role: 'server', account: '1', region: 'eu-west-1' };
    const { Statement } = buildPolicy(listPermissions(['upgrade']), bounds);
    const resources = (sid: string) => Statement.find(({ Sid }) => Sid === sid)?.Resource;
    const groups = 'arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:*:autoScalingGroupName';
    expect(resources('Groups')).toEqual(
      ['old', 'consul', 'consul-??????', 'consul-??????-2'].map((name) => `${groups}/${name}`),
    );
    expect(resources('PassRole')).toEqual(['arn:aws:iam::1:role/server']);
    const unbound = Statement.filter(({ Resource, Condition }) => Resource.includes('*') && !Condition);
    expect(unbound.map(({ Sid }) => Sid)).toEqual(['Read']);
    expect(JSON.stringify({ Statement }).length).toBeLessThan(6_144);
  });
});
