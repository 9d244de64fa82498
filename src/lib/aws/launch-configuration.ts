import { isDeepStrictEqual } from 'node:util';
import {
  CreateLaunchConfigurationCommand,
  type CreateLaunchConfigurationCommandInput,
  type LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import { DescribeImagesCommand, type Image } from '@aws-sdk/client-ec2';
import { messageOf, RollError } from '../model/errors.js';
import type { Clients } from './clients.js';
import { describeLaunchConfigurations } from './cluster-reader.js';
import { isAwsError } from './errors.js';
import { copyLaunchConfigurationInput, type ImageDisks } from './launch-template.js';

const NO_IMAGE_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** See `Cloud.createTemplate`. User data often holds secrets, so nothing thrown here quotes it. */
export async function copyLaunchConfiguration(
  clients: Clients,
  from: string,
  name: string,
  imageId: string,
): Promise<void> {
  const [original, existing] = await describeConfigurationAndCopy(clients, from, name);
  if (!original) throw launchConfigurationNotFound(from);
  const disks = await readImageDisks(clients, original.ImageId, imageId);
  const wanted = copyLaunchConfigurationInput(original, { name, imageId, disks });
  if (existing) return assertSameConfiguration(existing, wanted);
  try {
    await clients.autoScaling.send(new CreateLaunchConfigurationCommand(wanted));
  } catch (thrown) {
    if (!isAwsError(thrown, 'AlreadyExists', 'AlreadyExistsFault'))
      throw redactUserData(thrown, wanted.UserData);
    const [, made] = await describeConfigurationAndCopy(clients, from, name);
    if (made) assertSameConfiguration(made, wanted);
  }
}

async function describeConfigurationAndCopy(
  clients: Clients,
  from: string,
  name: string,
): Promise<[LaunchConfiguration | undefined, LaunchConfiguration | undefined]> {
  const found = await describeLaunchConfigurations(clients, [from, name]);
  const named = (wanted: string) => found.find((each) => each.LaunchConfigurationName === wanted);
  return [named(from), named(name)];
}

/** @throws RollError `template-differs` where a launch configuration is not what it should be */
export function assertSameConfiguration(
  existing: LaunchConfiguration,
  wanted: CreateLaunchConfigurationCommandInput,
): void {
  const name = wanted.LaunchConfigurationName ?? '';
  const is = normalizeConfiguration(
    copyLaunchConfigurationInput(existing, { name, imageId: existing.ImageId ?? '', disks: NO_IMAGE_DISKS }),
  );
  const shouldBe = normalizeConfiguration(wanted);
  const fields = new Set([...Object.keys(is), ...Object.keys(shouldBe)]);
  const differing = [...fields].filter(
    (field) => !isDeepStrictEqual(Reflect.get(is, field), Reflect.get(shouldBe, field)),
  );
  if (differing.length === 0) return;
  throw new RollError({
    code: 'template-differs',
    message: `The launch configuration ${name} exists already and differs in ${differing.join(', ')}.`,
    kind: 'refused',
    state: 'The launch configuration was left as it is.',
    next: `If nothing needs it: aws autoscaling delete-launch-configuration --launch-configuration-name ${name}`,
  });
}

/** AWS describes security groups and disks in any order. */
function normalizeConfiguration(
  input: CreateLaunchConfigurationCommandInput,
): CreateLaunchConfigurationCommandInput {
  return {
    ...input,
    ...(input.SecurityGroups && { SecurityGroups: [...input.SecurityGroups].sort() }),
    ...(input.BlockDeviceMappings && {
      BlockDeviceMappings: [...input.BlockDeviceMappings].sort((one, other) =>
        String(one.DeviceName).localeCompare(String(other.DeviceName)),
      ),
    }),
  };
}

export function launchConfigurationNotFound(name: string): RollError {
  return new RollError({
    code: 'template-not-found',
    message: `The template ${name} does not exist, so it cannot be copied.`,
    kind: 'refused',
    state: 'No template was created.',
    next: 'Put the group on a launch configuration, or on a version of a launch template, that exists.',
  });
}

/** AWS quotes the offending value when it refuses one, and that may be the user data. */
export function redactUserData(thrown: unknown, secret: string | undefined): unknown {
  const message = messageOf(thrown);
  if (thrown instanceof RollError || !secret || !message.includes(secret.slice(0, 64))) return thrown;
  return new RollError({
    code: 'launch-source-refused',
    message: 'AWS refused the user data of the new template.',
    kind: 'refused',
    state: 'No template was created.',
    next: 'Compare the user data of the old template with the limits of Amazon EC2 (16 KB).',
  });
}

/** The root device of the new image and the snapshots of the old one. Asked by filter: either may be gone. */
export async function readImageDisks(
  clients: Clients,
  oldImageId: string | undefined,
  newImageId: string,
): Promise<ImageDisks> {
  const Values = oldImageId ? [oldImageId, newImageId] : [newImageId];
  const command = new DescribeImagesCommand({ Filters: [{ Name: 'image-id', Values }] });
  const { Images = [] } = await clients.ec2.send(command);
  const imageOf = (id: string | undefined) => Images.find((image) => image.ImageId === id);
  return {
    newRoot: imageOf(newImageId)?.RootDeviceName,
    oldSnapshots: mapSnapshotsByDevice(imageOf(oldImageId)),
  };
}

function mapSnapshotsByDevice(image: Image | undefined): Record<string, string> {
  const snapshots: Record<string, string> = {};
  for (const { DeviceName, Ebs } of image?.BlockDeviceMappings ?? []) {
    if (DeviceName && Ebs?.SnapshotId) snapshots[DeviceName] = Ebs.SnapshotId;
  }
  return snapshots;
}
