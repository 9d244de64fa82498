import { convertToConfigurationInput, convertToTemplateData } from '../../../src/lib/aws/convert-launch-source.js';
import { buildLaunchSourceFields } from '../../../src/lib/aws/launch-source.js';
import type { LaunchSource, PreviousLaunchSource } from '../../../src/lib/model/launch-source.js';
import type { ConvertedLaunchSource } from '../../../src/lib/ports.js';
import { getLaunchTemplateVersion } from '../../../src/sandbox/aws/ec2/launch-template.js';
import type { SandboxAws } from '../../../src/sandbox/aws/sandbox-aws.js';

const NO_IMAGE_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** The AWS adapter's writes to launch sources as calls of the account. */
export class LaunchSourceChanges {
  readonly #aws: SandboxAws;

  constructor(aws: SandboxAws) {
    this.#aws = aws;
  }

  createVersion(source: { readonly id: string; readonly version: number }, mark: string, imageId: string): void {
    const made = [...(this.#aws.inside.launchTemplates.get(source.id)?.versions.values() ?? [])];
    if (made.some(({ VersionDescription }) => VersionDescription === mark)) return;
    this.#aws.call('ec2', 'CreateLaunchTemplateVersion', {
      LaunchTemplateId: source.id,
      SourceVersion: String(source.version),
      VersionDescription: mark,
      ClientToken: mark,
      LaunchTemplateData: { ImageId: imageId },
    });
  }

  convertLaunchSource(from: PreviousLaunchSource, to: ConvertedLaunchSource, mark: string, imageId: string): void {
    const { inside } = this.#aws;
    const change = { imageId, disks: NO_IMAGE_DISKS };
    if (from.kind === 'launch-template') {
      const { version } = getLaunchTemplateVersion(inside, from.id, undefined, String(from.resolved));
      if (inside.launchConfigurations.has(to.name)) return;
      const input = convertToConfigurationInput(version.LaunchTemplateData ?? {}, to.name, change);
      this.#aws.call('autoscaling', 'CreateLaunchConfiguration', input);
      return;
    }
    const original = inside.launchConfigurations.get(from.name);
    if (original === undefined) throw new Error(`the launch configuration ${from.name} does not exist`);
    if ([...inside.launchTemplates.values()].some(({ name }) => name === to.name)) return;
    this.#aws.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: to.name,
      VersionDescription: mark,
      LaunchTemplateData: convertToTemplateData(original, change),
    });
  }

  setLaunchSource(name: string, launchSource: LaunchSource): void {
    const { AutoScalingGroups: [group] = [] } = this.#aws.call('autoscaling', 'DescribeAutoScalingGroups', {
      AutoScalingGroupNames: [name],
    });
    if (group === undefined) throw new Error(`the group ${name} does not exist`);
    const input = { AutoScalingGroupName: name, ...buildLaunchSourceFields(group, launchSource) };
    this.#aws.call('autoscaling', 'UpdateAutoScalingGroup', input);
  }

  setDefaultVersion(LaunchTemplateId: string, version: number): void {
    this.#aws.call('ec2', 'ModifyLaunchTemplate', { LaunchTemplateId, DefaultVersion: String(version) });
  }

  deleteVersion(LaunchTemplateId: string, version: number): void {
    const Versions = [String(version)];
    this.#aws.call('ec2', 'DeleteLaunchTemplateVersions', { LaunchTemplateId, Versions });
  }

  deleteLaunchTemplate(LaunchTemplateId: string): void {
    if (!this.#aws.inside.launchTemplates.has(LaunchTemplateId)) return;
    this.#aws.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateId });
  }
}
