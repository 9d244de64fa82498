import { copyLaunchConfigurationInput } from '../../../src/lib/aws/launch-configuration.js';
import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { Oracle, Side } from '../oracle.js';

/** The template of whoever changes what a group launches. */
const EXTERNAL_CAUSE = 'by-hand';

/** Somebody who changes the groups of a roll by hand, and takes it back when told to. */
export class ExternalChanges {
  readonly #truth: Oracle;
  #undo: (() => void) | undefined;

  constructor(truth: Oracle) {
    this.#truth = truth;
  }

  /**
   * One more is wanted of a group that launches nothing now, or of one that is rolled in place, which launches it;
   * false where there is no such group.
   */
  scale(): boolean {
    if (!this.#truth.isRolling) return false;
    if (this.#scaleInPlace()) return true;
    const groups = [this.#truth.group('old'), this.#truth.group('new')];
    const group = groups.find((one) => one?.suspended.has('Launch') && one.desired > 0);
    if (group === undefined) return false;
    this.#resize(group, group.desired + 1, Math.max(group.maxSize, group.desired + 1));
    return true;
  }

  /** Only while it goes forward, and both sides stand: at any other time no way back would take the extra one out. */
  #scaleInPlace(): boolean {
    const { size, surge, inPlaceOnto, isRollingBack: goesBack } = this.#truth;
    const group = this.#truth.group('old');
    if (inPlaceOnto === undefined || goesBack || group === undefined || group.suspended.has('Launch')) return false;
    if (!(['old', 'new'] as const).every((side) => this.#truth.standing(side).length > 0)) return false;
    const desired = size + surge + 1;
    this.#resize(group, desired, Math.max(group.maxSize, desired));
    return true;
  }

  /** The new group is to launch another image; false while there is none. */
  swapImage(imageId: string): boolean {
    const { world } = this.#truth.universe;
    const group = this.#truth.group('new');
    const template = world.inside.launchConfigurations.get(group?.fields.LaunchConfigurationName ?? '');
    if (group === undefined || group.deleting || template === undefined) return false;
    // In place it becomes the new one with the image of the roll.
    const { inPlaceOnto = template.ImageId } = this.#truth;
    if (template.ImageId !== inPlaceOnto) return false;
    // A server more of the old image, launched just now, is nothing that could be taken back.
    if (this.#truth.inPlaceOnto !== undefined && group.members.size < group.desired) return false;
    if (world.inside.launchConfigurations.has(EXTERNAL_CAUSE)) return false;
    const disks = { newRoot: undefined, oldSnapshots: {} };
    const input = copyLaunchConfigurationInput(template, { name: EXTERNAL_CAUSE, imageId, disks });
    world.call('autoscaling', 'CreateLaunchConfiguration', input);
    this.#launchFrom(group, EXTERNAL_CAUSE);
    const before = template.LaunchConfigurationName ?? '';
    this.#undo = () => {
      if (world.inside.groups.has(group.name)) this.#launchFrom(group, before);
      world.call('autoscaling', 'DeleteLaunchConfiguration', { LaunchConfigurationName: EXTERNAL_CAUSE });
    };
    return true;
  }

  /** The tags of a roll are gone from one of its groups; false where they are not on both, for none may be left then. */
  takeRecord(side: Side): boolean {
    const { world } = this.#truth.universe;
    const groups = [this.#truth.group('old'), this.#truth.group('new')];
    const group = this.#truth.group(side);
    if (this.#truth.inPlaceOnto !== undefined || group === undefined) return false;
    if (!groups.every((one) => one?.tags.has('consul-roll:roll'))) return false;
    const keys = [...group.tags.keys()].filter((key) => /^consul-roll:(?!cluster$)/.test(key));
    const ofGroup = { ResourceId: group.name, ResourceType: 'auto-scaling-group' };
    world.call('autoscaling', 'DeleteTags', { Tags: keys.map((Key) => ({ ...ofGroup, Key })) });
    return true;
  }

  /** Takes everything back that a roll complains of: no group wants more than the cluster has. */
  undo(): void {
    for (const group of new Set([this.#truth.group('old'), this.#truth.group('new')])) {
      if (group !== undefined && group.desired > this.#most(group)) {
        this.#resize(group, this.#most(group), group.maxSize);
      }
    }
    this.giveImageBack();
  }

  /** In place a group may want more than the cluster has, but no more than there is room for. */
  #most(group: GroupRecord): number {
    const { size, inPlaceOnto } = this.#truth;
    if (inPlaceOnto === undefined) return size;
    const standing = [...group.members.values()].filter(({ lifecycle }) => !lifecycle.startsWith('Terminat'));
    return Math.max(size, standing.length);
  }

  /** The new group launches again what the roll made it for. */
  giveImageBack(): void {
    this.#undo?.();
    this.#undo = undefined;
  }

  #resize({ name }: GroupRecord, desired: number, maxSize: number): void {
    this.#truth.universe.world.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: name,
      DesiredCapacity: desired,
      MaxSize: maxSize,
    });
  }

  #launchFrom({ name }: GroupRecord, template: string): void {
    this.#truth.universe.world.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: name,
      LaunchConfigurationName: template,
    });
  }
}
