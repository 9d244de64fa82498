import { configurationLike, templateDataLike } from '../../../src/lib/aws/convert-launch-source.js';
import { launchFieldsLike } from '../../../src/lib/aws/launch-source.js';
import type { LaunchFrom, OldTemplate } from '../../../src/lib/model/launch-source.js';
import type { ConvertedTemplate } from '../../../src/lib/ports.js';
import { templateVersion } from '../../../src/sandbox/aws/ec2/launch-template.js';
import type { World } from '../../../src/sandbox/aws/world.js';

const NO_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** The AWS adapter's writes to templates as calls of the account. */
export class TemplateChanges {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  createVersion(
    source: { readonly id: string; readonly version: number },
    mark: string,
    imageId: string,
  ): void {
    const made = [...(this.#world.inside.templates.get(source.id)?.versions.values() ?? [])];
    if (made.some(({ VersionDescription }) => VersionDescription === mark)) return;
    this.#world.call('ec2', 'CreateLaunchTemplateVersion', {
      LaunchTemplateId: source.id,
      SourceVersion: String(source.version),
      VersionDescription: mark,
      ClientToken: mark,
      LaunchTemplateData: { ImageId: imageId },
    });
  }

  convertTemplate(from: OldTemplate, to: ConvertedTemplate, mark: string, imageId: string): void {
    const { inside } = this.#world;
    const change = { imageId, disks: NO_DISKS };
    if (from.kind === 'launch-template') {
      const { version } = templateVersion(inside, from.id, undefined, String(from.resolved));
      if (inside.launchConfigurations.has(to.name)) return;
      const input = configurationLike(version.LaunchTemplateData ?? {}, to.name, change);
      this.#world.call('autoscaling', 'CreateLaunchConfiguration', input);
      return;
    }
    const original = inside.launchConfigurations.get(from.name);
    if (original === undefined) throw new Error(`the launch configuration ${from.name} does not exist`);
    if ([...inside.templates.values()].some(({ name }) => name === to.name)) return;
    this.#world.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: to.name,
      VersionDescription: mark,
      LaunchTemplateData: templateDataLike(original, change),
    });
  }

  setTemplate(name: string, template: LaunchFrom): void {
    const { AutoScalingGroups: [group] = [] } = this.#world.call('autoscaling', 'DescribeAutoScalingGroups', {
      AutoScalingGroupNames: [name],
    });
    if (group === undefined) throw new Error(`the group ${name} does not exist`);
    const input = { AutoScalingGroupName: name, ...launchFieldsLike(group, template) };
    this.#world.call('autoscaling', 'UpdateAutoScalingGroup', input);
  }

  setDefaultVersion(LaunchTemplateId: string, version: number): void {
    this.#world.call('ec2', 'ModifyLaunchTemplate', { LaunchTemplateId, DefaultVersion: String(version) });
  }

  deleteVersion(LaunchTemplateId: string, version: number): void {
    const Versions = [String(version)];
    this.#world.call('ec2', 'DeleteLaunchTemplateVersions', { LaunchTemplateId, Versions });
  }

  deleteLaunchTemplate(LaunchTemplateId: string): void {
    if (!this.#world.inside.templates.has(LaunchTemplateId)) return;
    this.#world.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateId });
  }
}
