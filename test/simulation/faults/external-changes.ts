import { copyLaunchConfigurationInput } from '../../../src/lib/aws/launch-configuration.js';
import { listSubnets } from '../../../src/sandbox/aws/autoscaling/placement.js';
import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { Oracle, Side } from '../oracle.js';
import type { Fault } from './fault.js';
import { canGain } from './target-servers.js';

/** Name of the launch configuration that the external change creates. */
const EXTERNAL_CAUSE = 'by-hand';
/** How long a group launches that an operator lets launch. */
const LAUNCH_MS = 60_000;

/** Changes the groups of a roll as an operator would by hand, and reverts an image on request. */
export class ExternalChanges {
  readonly #oracle: Oracle;
  #undo: (() => void) | undefined;
  #reopen: (() => void) | undefined;

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /**
   * Changes the size of a group that a roll keeps from acting on its own; false if there is none, or if the servers that it
   * would launch could take the quorum with them.
   */
  scale({ side, by, backAfterMs, launches }: Extract<Fault, { readonly kind: 'scaled-by-hand' }>): boolean {
    const { environment } = this.#oracle;
    const group = this.#oracle.group(side);
    if (group === undefined || !isHeld(group) || !canGain(this.#oracle, group, by)) return false;
    const before = group.desired;
    this.#resize(group, Math.max(0, before + by));
    if (launches) this.#letLaunch(group);
    if (backAfterMs !== undefined) {
      environment.after(backAfterMs, () => {
        if (environment.aws.inside.groups.has(group.name) && isHeld(group)) this.#resize(group, before);
      });
    }
    return true;
  }

  /** Has the new group launch another image; false if there is no new group. */
  changeImage(imageId: string): boolean {
    const { aws } = this.#oracle.environment;
    const group = this.#oracle.group('new');
    const launchConfiguration = aws.inside.launchConfigurations.get(group?.fields.LaunchConfigurationName ?? '');
    if (group === undefined || group.deleting || launchConfiguration === undefined) return false;
    // In place it is the new group once it launches the image of the roll.
    const { inPlaceOnto = launchConfiguration.ImageId } = this.#oracle;
    if (launchConfiguration.ImageId !== inPlaceOnto) return false;
    // A server that is being launched now from the old image could not be reverted.
    if (this.#oracle.inPlaceOnto !== undefined && group.members.size < group.desired) return false;
    if (aws.inside.launchConfigurations.has(EXTERNAL_CAUSE)) return false;
    const disks = { newRoot: undefined, oldSnapshots: {} };
    const input = copyLaunchConfigurationInput(launchConfiguration, { name: EXTERNAL_CAUSE, imageId, disks });
    aws.call('autoscaling', 'CreateLaunchConfiguration', input);
    this.#launchFrom(group, EXTERNAL_CAUSE);
    const before = launchConfiguration.LaunchConfigurationName ?? '';
    this.#undo = () => {
      const now = aws.inside.groups.get(group.name)?.fields.LaunchConfigurationName;
      if (now === EXTERNAL_CAUSE && aws.inside.launchConfigurations.has(before)) this.#launchFrom(group, before);
      aws.call('autoscaling', 'DeleteLaunchConfiguration', { LaunchConfigurationName: EXTERNAL_CAUSE });
    };
    return true;
  }

  /** Removes the tags of a roll from one of its groups; false unless both have them, as one group must keep them. */
  removeRecord(side: Side): boolean {
    const { aws } = this.#oracle.environment;
    const groups = [this.#oracle.group('old'), this.#oracle.group('new')];
    const group = this.#oracle.group(side);
    if (this.#oracle.inPlaceOnto !== undefined || group === undefined) return false;
    if (!groups.every((one) => one?.tags.has('consul-roll:roll'))) return false;
    const keys = [...group.tags.keys()].filter((key) => /^consul-roll:(?!cluster$)/.test(key));
    const ofGroup = { ResourceId: group.name, ResourceType: 'auto-scaling-group' };
    aws.call('autoscaling', 'DeleteTags', { Tags: keys.map((Key) => ({ ...ofGroup, Key })) });
    return true;
  }

  /** Deletes all keys of the roll; false where no leader can, or while there are none. */
  deleteKeys(): boolean {
    const { environment, leader, isRolling } = this.#oracle;
    if (leader === undefined || !isRolling) return false;
    this.#oracle.hasLostKeys = true;
    environment.net.kvDelete(leader.address, 'consul-roll/', { recurse: true }, () => {});
    return true;
  }

  /** The new group launches the image of the roll again. */
  restoreImage(): void {
    this.#undo?.();
    this.#undo = undefined;
  }

  /** Takes the subnets of zones in which a group of the roll has no server out of it, as an operator is advised to. */
  closeEmptyZones(): void {
    const { aws } = this.#oracle.environment;
    // In place they are one.
    for (const group of new Set([this.#oracle.group('old'), this.#oracle.group('new')])) {
      if (group === undefined || !isHeld(group) || group.members.size === 0) continue;
      const { VPCZoneIdentifier, AvailabilityZones } = group.fields;
      const zones = new Set([...group.members.values()].map(({ instance }) => instance.subnet.zone));
      const open = listSubnets(aws.inside, group.fields).filter(({ zone }) => zones.has(zone));
      const subnets = open.map(({ subnetId }) => subnetId).join();
      aws.call('autoscaling', 'UpdateAutoScalingGroup', {
        AutoScalingGroupName: group.name,
        VPCZoneIdentifier: subnets,
      });
      this.#reopen ??= () => Object.assign(group.fields, { VPCZoneIdentifier, AvailabilityZones });
    }
  }

  /** Puts them back, without time for Auto Scaling to act on it. */
  reopenZones(): void {
    this.#reopen?.();
  }

  #letLaunch(group: GroupRecord): void {
    const { environment } = this.#oracle;
    const { aws } = environment;
    const named = { AutoScalingGroupName: group.name, ScalingProcesses: ['Launch'] };
    aws.call('autoscaling', 'ResumeProcesses', named);
    environment.after(LAUNCH_MS, () => {
      if (aws.inside.groups.has(group.name) && isHeld(group)) aws.call('autoscaling', 'SuspendProcesses', named);
    });
  }

  #resize({ name, minSize, maxSize }: GroupRecord, desired: number): void {
    this.#oracle.environment.aws.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: name,
      DesiredCapacity: desired,
      MinSize: Math.min(minSize, desired),
      MaxSize: Math.max(maxSize, desired),
    });
  }

  #launchFrom({ name }: GroupRecord, launchConfiguration: string): void {
    this.#oracle.environment.aws.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: name,
      LaunchConfigurationName: launchConfiguration,
    });
  }
}

/** A roll has suspended its processes. */
export function isHeld({ suspended, deleting }: GroupRecord): boolean {
  return suspended.has('ReplaceUnhealthy') && !deleting;
}
