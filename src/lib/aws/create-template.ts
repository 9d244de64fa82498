import { isDeepStrictEqual } from 'node:util';
import {
  CreateLaunchConfigurationCommand,
  type CreateLaunchConfigurationCommandInput,
  type LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import { messageOf, RollError } from '../errors.js';
import { EXIT } from '../outcomes.js';
import type { Clients } from './clients.js';
import { launchConfigurationsNamed } from './describe.js';
import { isAwsError } from './errors.js';
import { readImageDisks } from './image-disks.js';
import { templateLike } from './template-copy.js';

const NO_DISKS = { newRoot: undefined, oldSnapshots: {} };

/** See `Cloud.createTemplate`. User data often holds secrets, so nothing thrown here quotes it. */
export async function createTemplate(
  clients: Clients,
  from: string,
  name: string,
  imageId: string,
): Promise<void> {
  const [original, existing] = await describe(clients, from, name);
  if (!original) throw missing(from);
  const disks = await readImageDisks(clients, original.ImageId, imageId);
  const wanted = templateLike(original, { name, imageId, disks });
  if (existing) return assertEqual(existing, wanted);
  try {
    await clients.autoScaling.send(new CreateLaunchConfigurationCommand(wanted));
  } catch (thrown) {
    if (!isAwsError(thrown, 'AlreadyExists', 'AlreadyExistsFault'))
      throw withoutUserData(thrown, wanted.UserData);
    const [, made] = await describe(clients, from, name);
    if (made) assertEqual(made, wanted);
  }
}

async function describe(
  clients: Clients,
  from: string,
  name: string,
): Promise<[LaunchConfiguration | undefined, LaunchConfiguration | undefined]> {
  const found = await launchConfigurationsNamed(clients, [from, name]);
  const named = (wanted: string) => found.find((each) => each.LaunchConfigurationName === wanted);
  return [named(from), named(name)];
}

/** @throws RollError `template-differs` where a launch configuration is not what it should be */
export function assertEqual(
  existing: LaunchConfiguration,
  wanted: CreateLaunchConfigurationCommandInput,
): void {
  const name = wanted.LaunchConfigurationName ?? '';
  const is = inOrder(templateLike(existing, { name, imageId: existing.ImageId ?? '', disks: NO_DISKS }));
  const shouldBe = inOrder(wanted);
  const fields = new Set([...Object.keys(is), ...Object.keys(shouldBe)]);
  const differing = [...fields].filter(
    (field) => !isDeepStrictEqual(Reflect.get(is, field), Reflect.get(shouldBe, field)),
  );
  if (differing.length === 0) return;
  throw new RollError({
    code: 'template-differs',
    message: `The launch configuration ${name} exists already and differs in ${differing.join(', ')}.`,
    exitCode: EXIT.refused,
    state: 'The launch configuration was left as it is.',
    next: `If nothing needs it: aws autoscaling delete-launch-configuration --launch-configuration-name ${name}`,
  });
}

/** AWS describes security groups and disks in any order. */
function inOrder(input: CreateLaunchConfigurationCommandInput): CreateLaunchConfigurationCommandInput {
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

export function missing(name: string): RollError {
  return new RollError({
    code: 'template-not-found',
    message: `The template ${name} does not exist, so it cannot be copied.`,
    exitCode: EXIT.refused,
    state: 'No template was created.',
    next: 'Put the group on a launch configuration, or on a version of a launch template, that exists.',
  });
}

/** AWS quotes the offending value when it refuses one, and that may be the user data. */
export function withoutUserData(thrown: unknown, secret: string | undefined): unknown {
  const message = messageOf(thrown);
  if (thrown instanceof RollError || !secret || !message.includes(secret.slice(0, 64))) return thrown;
  return new RollError({
    code: 'template-refused',
    message: 'AWS refused the user data of the new template.',
    exitCode: EXIT.refused,
    state: 'No template was created.',
    next: 'Compare the user data of the old template with the limits of Amazon EC2 (16 KB).',
  });
}
