import { isDeepStrictEqual } from 'node:util';
import type { CreateLaunchConfigurationCommandInput, LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import { formatFlag, messageOf, RollError } from '../model/errors.js';
import { compareTexts } from '../model/similar.js';
import type { Clients } from './clients.js';
import { describeLaunchConfigurations } from './describe.js';
import { isAwsError } from './errors.js';
import { type EveryField, removeEmptyFields } from './fields.js';
import { type ImageDisks, readImageDisks, replaceRootSnapshot } from './image-disks.js';

/** Disks as they are. */
export const NO_IMAGE_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** See `Cloud.createLaunchConfiguration`. */
export async function copyLaunchConfiguration(
  clients: Clients,
  from: string,
  name: string,
  imageId: string,
): Promise<void> {
  const original = await readLaunchConfiguration(clients, from);
  const disks = await readImageDisks(clients, original.ImageId, imageId);
  await ensureLaunchConfiguration(clients, copyLaunchConfigurationInput(original, { name, imageId, disks }));
}

/** @throws RollError `launch-source-not-found` */
export async function readLaunchConfiguration(clients: Clients, name: string): Promise<LaunchConfiguration> {
  const [found] = await describeLaunchConfigurations(clients, [name]);
  if (found === undefined) throw launchConfigurationNotFound(name);
  return found;
}

/** Creates it, unless there is an equal one. User data often holds secrets, so nothing thrown here quotes it. */
export async function ensureLaunchConfiguration(
  clients: Clients,
  wanted: CreateLaunchConfigurationCommandInput,
): Promise<void> {
  const describeExisting = () => describeLaunchConfigurations(clients, [wanted.LaunchConfigurationName ?? '']);
  const [existing] = await describeExisting();
  if (existing) return assertSameConfiguration(existing, wanted);
  try {
    await clients.autoScaling.createLaunchConfiguration(wanted);
  } catch (thrown) {
    if (!isAwsError(thrown, 'AlreadyExists')) throw redactUserData(thrown, wanted.UserData);
    const [made] = await describeExisting();
    if (made) assertSameConfiguration(made, wanted);
  }
}

/** @throws RollError `launch-configuration-differs` where an existing one is not as expected */
function assertSameConfiguration(existing: LaunchConfiguration, wanted: CreateLaunchConfigurationCommandInput): void {
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
    code: 'launch-configuration-differs',
    message: `The launch configuration ${name} exists already and differs in ${differing.join(', ')}.`,
    kind: 'refused',
    state: 'The launch configuration was left as it is.',
    next: `if nothing needs it: aws autoscaling delete-launch-configuration ${formatFlag('launch-configuration-name', name)}`,
  });
}

/** AWS describes security groups and disks in any order. */
function normalizeConfiguration(input: CreateLaunchConfigurationCommandInput): CreateLaunchConfigurationCommandInput {
  return {
    ...input,
    ...(input.SecurityGroups && { SecurityGroups: [...input.SecurityGroups].sort() }),
    ...(input.BlockDeviceMappings && {
      BlockDeviceMappings: [...input.BlockDeviceMappings].sort((one, other) =>
        compareTexts(String(one.DeviceName), String(other.DeviceName)),
      ),
    }),
  };
}

export function launchConfigurationNotFound(name: string): RollError {
  return new RollError({
    code: 'launch-source-not-found',
    message: `The launch configuration ${name} does not exist, so it cannot be copied.`,
    kind: 'refused',
    state: 'No launch source was created.',
    next: 'put the group on a launch configuration, or on a version of a launch template, that exists',
  });
}

/** Recognised by its beginning: AWS may shorten what it quotes. */
export function quotesUserData(message: string, userData = ''): boolean {
  return userData !== '' && message.includes(userData.slice(0, 64));
}

/** AWS quotes a value that it refuses, and that may be the user data. */
export function redactUserData(thrown: unknown, secret: string | undefined): unknown {
  if (thrown instanceof RollError || !quotesUserData(messageOf(thrown), secret)) return thrown;
  return new RollError({
    code: 'launch-source-refused',
    message: 'AWS refused the user data of the new launch source.',
    kind: 'refused',
    state: 'No launch source was created.',
    next: 'compare the user data of the old launch source with the limits of Amazon EC2 (16 KB)',
  });
}

/** How a copy differs from its original. */
interface LaunchConfigurationCopyOptions {
  readonly name: string;
  readonly imageId: string;
  readonly disks: ImageDisks;
}

/** The request for a launch configuration equal to `from` in every field but name and image. */
export function copyLaunchConfigurationInput(
  from: LaunchConfiguration,
  change: LaunchConfigurationCopyOptions,
): CreateLaunchConfigurationCommandInput {
  const every: EveryField<CreateLaunchConfigurationCommandInput> = {
    LaunchConfigurationName: change.name,
    ImageId: change.imageId,
    // Would copy an instance, which may have drifted from what the group launches.
    InstanceId: undefined,
    KeyName: from.KeyName,
    SecurityGroups: from.SecurityGroups,
    ClassicLinkVPCId: from.ClassicLinkVPCId,
    ClassicLinkVPCSecurityGroups: from.ClassicLinkVPCSecurityGroups,
    // Base64 in the description and in the request alike.
    UserData: from.UserData,
    InstanceType: from.InstanceType,
    KernelId: from.KernelId,
    RamdiskId: from.RamdiskId,
    BlockDeviceMappings: from.BlockDeviceMappings?.map((mapping) => replaceRootSnapshot(mapping, change.disks)),
    InstanceMonitoring: from.InstanceMonitoring,
    SpotPrice: from.SpotPrice,
    IamInstanceProfile: from.IamInstanceProfile,
    EbsOptimized: from.EbsOptimized,
    AssociatePublicIpAddress: from.AssociatePublicIpAddress,
    PlacementTenancy: from.PlacementTenancy,
    MetadataOptions: from.MetadataOptions,
  };
  return removeEmptyFields(every);
}
