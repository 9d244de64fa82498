import {
  CreateLaunchConfigurationType$,
  type LaunchConfiguration,
  LaunchConfiguration$,
} from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { copyLaunchConfigurationInput } from '../../../src/lib/aws/launch-configuration.js';
import { filled, membersOf } from './schema-values.js';

const NO_DISKS = { newRoot: undefined, oldSnapshots: {} };
const CHANGE = { name: 'new', imageId: 'ami-new', disks: NO_DISKS };
const described = filled(LaunchConfiguration$) as LaunchConfiguration;
const SET: Readonly<Record<string, unknown>> = { LaunchConfigurationName: 'new', ImageId: 'ami-new' };
/** Not a field of a launch configuration, but another way to make one. */
const LEFT_OUT = 'InstanceId';

describe('copyLaunchConfigurationInput', () => {
  const copy = new Map<string, unknown>(Object.entries(copyLaunchConfigurationInput(described, CHANGE)));
  const original = new Map<string, unknown>(Object.entries(described));

  it.each(membersOf(CreateLaunchConfigurationType$))('copies or sets %s', (member) => {
    if (member === LEFT_OUT) return expect(copy.has(member)).toBe(false);
    expect(copy.get(member)).toEqual(SET[member] ?? original.get(member));
    expect(copy.get(member)).toBeDefined();
  });

  it('leaves out what AWS describes as empty', () => {
    const empty = { ...described, KernelId: '', RamdiskId: '', KeyName: '', ClassicLinkVPCSecurityGroups: [] };
    const without = copyLaunchConfigurationInput(empty, CHANGE);
    for (const name of ['KernelId', 'RamdiskId', 'KeyName', 'ClassicLinkVPCSecurityGroups']) {
      expect(without).not.toHaveProperty(name);
    }
  });
});

describe('disks', () => {
  const BlockDeviceMappings = [
    { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-old-root', VolumeSize: 20 } },
    { DeviceName: '/dev/sdf', Ebs: { SnapshotId: 'snap-old-data', VolumeType: 'gp3' } },
    { DeviceName: '/dev/sdg', Ebs: { SnapshotId: 'snap-of-ours' } },
    { DeviceName: '/dev/sdh', VirtualName: 'ephemeral0' },
  ];
  const disksFor = (disks: Parameters<typeof copyLaunchConfigurationInput>[1]['disks']) =>
    copyLaunchConfigurationInput({ ...described, BlockDeviceMappings }, { ...CHANGE, disks }).BlockDeviceMappings;

  it('of the old image are not copied to the new one', () => {
    const oldSnapshots = { '/dev/xvda': 'snap-old-root', '/dev/sdf': 'snap-old-data' };
    expect(disksFor({ newRoot: '/dev/xvda', oldSnapshots })).toEqual([
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20 } },
      { DeviceName: '/dev/sdf', Ebs: { VolumeType: 'gp3' } },
      { DeviceName: '/dev/sdg', Ebs: { SnapshotId: 'snap-of-ours' } },
      { DeviceName: '/dev/sdh', VirtualName: 'ephemeral0' },
    ]);
  });

  it('at the root are the new image’s even when the old image no longer exists', () => {
    expect(disksFor({ newRoot: '/dev/xvda', oldSnapshots: {} })?.[0]).toEqual({
      DeviceName: '/dev/xvda',
      Ebs: { VolumeSize: 20 },
    });
  });
});
