import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHANGE_PROBES, READ_PROBES } from '../../../src/lib/aws/permission-probes.js';
import {
  buildPolicy,
  COMMAND_USERS,
  type CommandName,
  listPermissions,
  PERMISSIONS,
  UNBOUNDED,
} from '../../../src/lib/permissions/iam-policy.js';
import type { PolicyStatement } from '../../../src/lib/permissions/iam-statements.js';

/** The prefix of its actions, by the name of a client. */
const PREFIX: Readonly<Record<string, string>> = {
  autoScaling: 'autoscaling',
  ec2: 'ec2',
  balancing: 'elasticloadbalancing',
  targets: 'elasticloadbalancing',
  iam: 'iam',
  ssm: 'ssm',
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

  it('contains a probe for every action of a roll except these', () => {
    const probed = [...Object.keys(READ_PROBES), ...Object.keys(CHANGE_PROBES)];
    const needed = listPermissions(['upgrade']).map(({ action }) => action);
    const unprobed = needed.filter((action) => !probed.includes(action));
    expect(unprobed).toEqual([
      'iam:ListAccountAliases',
      'autoscaling:SetInstanceHealth',
      'autoscaling:TerminateInstanceInAutoScalingGroup',
      'ec2:DeleteLaunchTemplate',
      'ssm:GetParameter',
    ]);
    expect(probed.filter((action) => !needed.includes(action))).toEqual([]);
  });

  it('lets read-only commands change nothing', () => {
    const changes = listPermissions(['status', 'plan', 'doctor']).filter(
      ({ action }) => !/:(Describe|Get|List|Simulate)/.test(action),
    );
    expect(changes).toEqual([]);
  });

  it('gives status fewer actions than plan, and plan fewer than upgrade', () => {
    const actions = (command: keyof typeof COMMAND_USERS) => listPermissions([command]).map(({ action }) => action);
    expect(actions('plan')).toEqual(expect.arrayContaining(actions('status')));
    expect(actions('upgrade')).toEqual(expect.arrayContaining(actions('plan')));
    expect(actions('status').length).toBeLessThan(actions('plan').length);
    for (const command of ['history', 'report'] as const) {
      expect(actions('status').filter((action) => !actions(command).includes(action))).toEqual(['ec2:DescribeImages']);
    }
    expect(actions('pause')).toContain('autoscaling:CreateOrUpdateTags');
  });

  it('lets only the named caller simulate its own policies', () => {
    const statements = (caller?: string) =>
      buildPolicy(['doctor'], { ...UNBOUNDED, account: '1', caller }).document.Statement;
    expect(statements().map(({ Sid }) => Sid)).toEqual(['Read']);
    expect(statements('role/ci').slice(1)).toMatchObject([
      { Action: ['iam:GetRole', 'iam:SimulatePrincipalPolicy'], Resource: ['arn:aws:iam::1:role/ci'] },
      { Action: ['iam:GetInstanceProfile'], Resource: ['arn:aws:iam::1:instance-profile/*'] },
    ]);
  });

  const bounds = { ...UNBOUNDED, cluster: 'consul', group: 'old', role: 'server', account: '1', region: 'eu-west-1' };
  const GROUPS = 'arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:*:autoScalingGroupName';
  const find = (commands: readonly CommandName[], sid: string, over: Partial<typeof bounds> = {}) =>
    buildPolicy(commands, { ...bounds, ...over }).document.Statement.find(({ Sid }) => Sid === sid);
  const resources = (commands: readonly CommandName[], sid: string, over: Partial<typeof bounds> = {}) => {
    const statement = find(commands, sid, over);
    return statement && 'Resource' in statement ? statement.Resource : undefined;
  };

  it('limits changes to the cluster', () => {
    const ofRoll = ['consul-roll-??????', 'consul-roll-??????-2'];
    expect(resources(['upgrade'], 'Groups')).toEqual(['old', ...ofRoll].map((name) => `${GROUPS}/${name}`));
    expect(resources(['upgrade'], 'NewGroups')).toEqual(ofRoll.map((name) => `${GROUPS}/${name}`));
    expect(resources(['create'], 'NewGroups')).toEqual([`${GROUPS}/consul`]);
    expect(find(['upgrade'], 'Groups')?.Condition).toEqual({
      'ForAllValues:StringLike': { 'aws:TagKeys': ['consul-roll:*'] },
      BoolIfExists: { 'autoscaling:ForceDelete': 'false' },
    });
    expect(find(['upgrade'], 'NewGroups')?.Action).toContain('autoscaling:CreateOrUpdateTags');
  });

  it('limits the tags of groups that a roll makes to keys that are named, and warns where none is', () => {
    const keysOf = (tagKeys: readonly string[] | undefined) =>
      buildPolicy(['upgrade'], { ...bounds, tagKeys }).document.Statement.find(({ Sid }) => Sid === 'NewGroups')
        ?.Condition;
    expect(keysOf(['Name'])).toEqual({ 'ForAllValues:StringLike': { 'aws:TagKeys': ['consul-roll:*', 'Name'] } });
    expect(keysOf(undefined)).toBeUndefined();
    const warned = (tagKeys: readonly string[] | undefined) =>
      buildPolicy(['upgrade'], { ...bounds, tagKeys }).warnings.filter((text) => text.startsWith('NewGroups '));
    expect(warned(undefined)).toEqual([expect.stringMatching(/any tag on a group that a roll made, the current one/)]);
    expect(warned(['Name'])).toEqual([]);
  });

  it('fits a managed policy for a roll and its checks, or says that it does not', () => {
    const long = { ...bounds, cluster: 'consul-production', account: '1'.repeat(12), groupRoles: ['hooks'] };
    const size = (commands: readonly CommandName[]) => JSON.stringify(buildPolicy(commands, long).document).length;
    expect(size(['upgrade', 'doctor', 'pause'])).toBeLessThan(6_144);
    expect(size(['upgrade', 'create'])).toBeGreaterThan(6_144);
    expect(buildPolicy(['upgrade', 'create'], long).warnings.at(-1)).toMatch(
      /^The policy has \d+ characters, of at most/,
    );
  });

  it('lets a pause set its own tag, and nothing else', () => {
    expect(find(['pause'], 'PauseTag')).toMatchObject({
      Action: ['autoscaling:CreateOrUpdateTags'],
      Condition: {
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['consul-roll:pause'] },
        Null: { 'aws:TagKeys': 'false' },
      },
    });
    expect(buildPolicy(['pause'], bounds).document.Statement.map(({ Sid }) => Sid)).toEqual(['Read', 'PauseTag']);
  });

  it('passes a role to the one service that gets it', () => {
    const to = (service: string) => ({ StringEquals: { 'iam:PassedToService': [service] } });
    expect(resources(['upgrade'], 'PassRoleToServers')).toEqual(['arn:aws:iam::1:role/server']);
    expect(find(['upgrade'], 'PassRoleToServers')?.Condition).toEqual(to('ec2.amazonaws.com'));
    expect(find(['upgrade'], 'PassRoleToAutoScaling')).toBeUndefined();
    const named = buildPolicy(['upgrade'], { ...bounds, groupRoles: ['hooks'] });
    expect(named.document.Statement.find(({ Sid }) => Sid === 'PassRoleToAutoScaling')).toMatchObject({
      Resource: ['arn:aws:iam::1:role/hooks'],
      Condition: to('autoscaling.amazonaws.com'),
    });
  });

  it.each([
    ['/consul/image', 'arn:aws:ssm:eu-west-1:1:parameter/consul/image'],
    ['consul-image:3', 'arn:aws:ssm:eu-west-1:1:parameter/consul-image'],
    ['/aws/service/x', 'arn:aws:ssm:eu-west-1:*:parameter/aws/service/x'],
    ['arn:aws:ssm:eu-west-1:2:parameter/shared/image:prod', 'arn:aws:ssm:eu-west-1:2:parameter/shared/image'],
  ])('allows the parameter of an image as --ami names it: %s', (name, arn) => {
    const { document } = buildPolicy(['plan'], { ...bounds, parameters: [name] });
    expect(document.Statement.find(({ Sid }) => Sid === 'ImageParameters')).toMatchObject({ Resource: [arn] });
  });

  it('takes a wildcard in a name for that character', () => {
    const { document } = buildPolicy(['upgrade'], { ...bounds, cluster: '*', group: undefined, role: 'a?$' });
    const text = JSON.stringify(document);
    expect(text).toMatch(/autoScalingGroupName\/\$\{\*\}"/);
    expect(text).not.toContain('autoScalingGroupName/*"');
    expect(text).toMatch(/role\/a\$\{\?\}\$\{\$\}"/);
  });

  it('warns of every statement that ends in a wildcard, or is on everything', () => {
    const named = {
      ...bounds,
      launchConfiguration: 'lc',
      launchTemplate: 'lt-1',
      loadBalancers: ['lb'],
      targetGroups: ['tg'],
      groupRoles: ['hooks'],
      tagKeys: ['Name'],
      caller: 'role/ci',
    };
    const every = Object.keys(COMMAND_USERS) as CommandName[];
    for (const given of [UNBOUNDED, { ...UNBOUNDED, cluster: 'consul' }, bounds, named]) {
      const { document, warnings } = buildPolicy(every, given);
      // The last part of a target group's ARN is an id.
      const isOpen = (arn: string) => /(^|[:/])\*$/.test(arn.replace(/(:targetgroup\/.*)\/\*$/, '$1'));
      const tagsAny = (one: PolicyStatement) =>
        one.Action.includes('autoscaling:CreateOrUpdateTags') && one.Condition === undefined;
      const open = document.Statement.filter(
        (one) => !('Resource' in one) || one.Resource.some(isOpen) || tagsAny(one),
      );
      for (const { Sid } of open)
        expect(warnings.filter((text) => text.startsWith(`${Sid} allows any `))).toHaveLength(1);
      const sids = open.map(({ Sid }) => Sid);
      const told = warnings.flatMap((text) => /^(\w+) allows /.exec(text)?.[1] ?? []);
      expect(told.filter((sid) => !sids.includes(sid))).toEqual([]);
    }
    // What no flag can name.
    expect(buildPolicy(['upgrade'], named).warnings.map((text) => text.split(' ')[0])).toEqual([
      'Read',
      'NewLaunchTemplates',
      'DeleteLaunchTemplates',
      'Consoles',
      'LaunchImages',
      'Launch',
      'TagOnCreation',
    ]);
    expect(buildPolicy(['upgrade'], UNBOUNDED).warnings).toContain(
      'Every ARN allows any account and region: limit it with --account and --region.',
    );
  });
});
