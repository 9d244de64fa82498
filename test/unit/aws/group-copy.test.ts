import {
  type AutoScalingGroup,
  AutoScalingGroup$,
  CreateAutoScalingGroupType$,
  type LifecycleHook,
  LifecycleHook$,
  LifecycleHookSpecification$,
} from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { copyGroupInput } from '../../../src/lib/aws/group-copy.js';
import { filled, membersOf } from './schema-values.js';

const NEW_CONFIGURATION = { kind: 'launch-configuration', name: 'new-configuration' } as const;
const CHANGE = { name: 'new', launchSource: NEW_CONFIGURATION, tags: { 'consul-roll:roll': '7f3a' } };
const described = filled(AutoScalingGroup$) as AutoScalingGroup;
const hook = filled(LifecycleHook$) as LifecycleHook;
/** Copied, but not under the same name or not as it is; each has a test of its own. */
const TRANSLATED = ['LifecycleHookSpecificationList', 'Tags', 'AvailabilityZones'];

/** Set to the new launch source, in the form the original uses. */
const LAUNCH_FIELDS = ['LaunchConfigurationName', 'LaunchTemplate', 'MixedInstancesPolicy'];
/** Not those of the original; `copyGroupInput` says why. */
const SET = ['AutoScalingGroupName', 'MinSize', 'DesiredCapacity'];
const LEFT_OUT = [
  'InstanceId',
  'LoadBalancerNames',
  'TargetGroupARNs',
  'TrafficSources',
  'AvailabilityZoneIds',
  'SkipZonalShiftValidation',
];

const entriesOf = (value: object) => new Map<string, unknown>(Object.entries(value));
const copy = entriesOf(copyGroupInput({ group: described, hooks: [hook] }, CHANGE));

describe('copyGroupInput', () => {
  it.each(membersOf(CreateAutoScalingGroupType$))('copies %s, or sets it, or leaves it out', (member) => {
    if (LEFT_OUT.includes(member)) return expect(copy.has(member)).toBe(false);
    if (SET.includes(member)) return expect(copy.has(member)).toBe(true);
    if ([...TRANSLATED, ...LAUNCH_FIELDS].includes(member)) return;
    expect(copy.get(member)).toEqual(entriesOf(described).get(member));
    expect(copy.get(member)).toBeDefined();
  });

  it('is tested with the names of fields that the API has', () => {
    expect(membersOf(CreateAutoScalingGroupType$)).toEqual(expect.arrayContaining([...SET, ...LEFT_OUT]));
  });

  it('sets a name, a launch configuration and no servers', () => {
    expect(Object.fromEntries(copy)).toMatchObject({
      AutoScalingGroupName: 'new',
      LaunchConfigurationName: 'new-configuration',
      MinSize: 0,
      DesiredCapacity: 0,
      MaxSize: described.MaxSize,
    });
  });

  it('launches from a version of a launch template, in a mixed instances policy where the original has one', () => {
    const template = { kind: 'launch-template', id: 'lt-9', name: 'consul-lt', version: '4' } as const;
    const named = { LaunchTemplateId: 'lt-9', Version: '4' };
    const policy = described.MixedInstancesPolicy;
    const mixed = copyGroupInput({ group: described, hooks: [] }, { ...CHANGE, launchSource: template });
    expect(mixed.MixedInstancesPolicy).toEqual({
      ...policy,
      LaunchTemplate: { ...policy?.LaunchTemplate, LaunchTemplateSpecification: named },
    });
    const plain = { ...described, MixedInstancesPolicy: undefined };
    const copied = copyGroupInput({ group: plain, hooks: [] }, { ...CHANGE, launchSource: template });
    expect(copied).toMatchObject({ LaunchTemplate: named });
    for (const [request, field] of [
      [mixed, 'MixedInstancesPolicy'],
      [copied, 'LaunchTemplate'],
      [Object.fromEntries(copy), 'LaunchConfigurationName'],
    ] as const) {
      expect(LAUNCH_FIELDS.filter((name) => name in request)).toEqual([field]);
    }
  });

  it('copies every field of a lifecycle hook that can be set', () => {
    const [copied] = copy.get('LifecycleHookSpecificationList') as object[];
    const expected = membersOf(LifecycleHookSpecification$).map((name) => [name, entriesOf(hook).get(name)]);
    expect(copied).toEqual(Object.fromEntries(expected));
  });

  it('copies tags except those of AWS and earlier rolls, and adds its own to the group only', () => {
    const Tags = [
      { Key: 'Name', Value: 'consul', PropagateAtLaunch: true, ResourceId: 'old', ResourceType: 'auto-scaling-group' },
      { Key: 'team', Value: '', PropagateAtLaunch: false },
      { Key: 'aws:cloudformation:stack-name', Value: 'x', PropagateAtLaunch: true },
      { Key: 'consul-roll:roll', Value: 'older', PropagateAtLaunch: false },
    ];
    expect(copyGroupInput({ group: { ...described, Tags }, hooks: [] }, CHANGE).Tags).toEqual([
      { Key: 'Name', Value: 'consul', PropagateAtLaunch: true },
      { Key: 'team', Value: '', PropagateAtLaunch: false },
      { Key: 'consul-roll:roll', Value: '7f3a', PropagateAtLaunch: false },
    ]);
  });

  it('names subnets, or zones where there are none', () => {
    expect(copy.has('AvailabilityZones')).toBe(false);
    const group = { ...described, VPCZoneIdentifier: '', AvailabilityZones: ['eu-west-1a'] };
    const without = copyGroupInput({ group, hooks: [] }, CHANGE);
    expect(without).toMatchObject({ AvailabilityZones: ['eu-west-1a'] });
    expect(without).not.toHaveProperty('VPCZoneIdentifier');
  });

  it('leaves out fields that are empty in the original', () => {
    const bare: AutoScalingGroup = {
      AutoScalingGroupName: 'old',
      MinSize: 3,
      MaxSize: 5,
      DesiredCapacity: 5,
      DefaultCooldown: 300,
      AvailabilityZones: ['eu-west-1a'],
      HealthCheckType: 'EC2',
      CreatedTime: new Date(0),
      PlacementGroup: '',
      TerminationPolicies: [],
      NewInstancesProtectedFromScaleIn: false,
      HealthCheckGracePeriod: 0,
    };
    expect(copyGroupInput({ group: bare, hooks: [] }, { ...CHANGE, tags: {} })).toEqual({
      AutoScalingGroupName: 'new',
      LaunchConfigurationName: 'new-configuration',
      MinSize: 0,
      MaxSize: 5,
      DesiredCapacity: 0,
      DefaultCooldown: 300,
      AvailabilityZones: ['eu-west-1a'],
      HealthCheckType: 'EC2',
      HealthCheckGracePeriod: 0,
      NewInstancesProtectedFromScaleIn: false,
    });
  });
});
