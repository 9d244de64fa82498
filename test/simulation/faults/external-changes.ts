import { copyLaunchConfigurationInput } from '../../../src/lib/aws/launch-configuration.js';
import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { Oracle, Side } from '../oracle.js';

/** Name of the launch configuration that the external change creates. */
const EXTERNAL_CAUSE = 'by-hand';

/** Changes the groups of a roll as an operator would by hand, and reverts that on request. */
export class ExternalChanges {
  readonly #oracle: Oracle;
  #undo: (() => void) | undefined;

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /**
   * Scales out a group that launches nothing now, or a group that is rolled in place, which launches the server;
   * false if there is no such group.
   */
  scale(): boolean {
    if (!this.#oracle.isRolling) return false;
    if (this.#scaleInPlace()) return true;
    const groups = [this.#oracle.group('old'), this.#oracle.group('new')];
    const group = groups.find((one) => one?.suspended.has('Launch') && one.desired > 0);
    if (group === undefined) return false;
    const desired = group.desired + 1;
    // A cluster of three is scaled by raising the minimum too.
    const MinSize = this.#oracle.size === 3 ? { MinSize: desired } : {};
    this.#resize(group, desired, Math.max(group.maxSize, desired), MinSize);
    return true;
  }

  /** Only when rolling forward with servers on both sides: at any other time a rollback would not remove the extra one. */
  #scaleInPlace(): boolean {
    const { size, surge, inPlaceOnto, isRollingBack } = this.#oracle;
    const group = this.#oracle.group('old');
    if (inPlaceOnto === undefined || isRollingBack || group === undefined || group.suspended.has('Launch'))
      return false;
    if (!(['old', 'new'] as const).every((side) => this.#oracle.listActiveMembers(side).length > 0)) return false;
    const desired = size + surge + 1;
    this.#resize(group, desired, Math.max(group.maxSize, desired));
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
      if (aws.inside.groups.has(group.name)) this.#launchFrom(group, before);
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

  /** Reverts what a roll reports as changed: no group has a desired capacity above the size of the cluster. */
  undo(): void {
    for (const group of new Set([this.#oracle.group('old'), this.#oracle.group('new')])) {
      if (group !== undefined && group.desired > this.#most(group)) {
        const most = this.#most(group);
        this.#resize(group, most, group.maxSize, { MinSize: Math.min(group.minSize, most) });
      }
    }
    this.restoreImage();
  }

  /** In place the desired capacity may exceed the cluster's size, up to the number of active instances. */
  #most(group: GroupRecord): number {
    const { size, inPlaceOnto } = this.#oracle;
    if (inPlaceOnto === undefined) return size;
    const listActiveMembers = [...group.members.values()].filter(({ lifecycle }) => !lifecycle.startsWith('Terminat'));
    return Math.max(size, listActiveMembers.length);
  }

  /** The new group launches the image of the roll again. */
  restoreImage(): void {
    this.#undo?.();
    this.#undo = undefined;
  }

  #resize({ name }: GroupRecord, desired: number, maxSize: number, more: { readonly MinSize?: number } = {}): void {
    this.#oracle.environment.aws.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: name,
      DesiredCapacity: desired,
      MaxSize: maxSize,
      ...more,
    });
  }

  #launchFrom({ name }: GroupRecord, launchConfiguration: string): void {
    this.#oracle.environment.aws.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: name,
      LaunchConfigurationName: launchConfiguration,
    });
  }
}
