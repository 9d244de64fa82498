import type { Image } from '@aws-sdk/client-ec2';
import type { Clients } from './clients.js';
import { removeEmptyFields } from './fields.js';

/** Disks that come from an image, and so must not be copied to another image. */
export interface ImageDisks {
  /** Device name of the new image's root, for instance `/dev/xvda`; undefined when EC2 does not say. */
  readonly newRoot: string | undefined;
  /** By device name, the snapshot the old image has there. */
  readonly oldSnapshots: Readonly<Record<string, string>>;
}

/** A disk as both launch configurations and launch templates describe it. */
interface DiskMapping {
  readonly DeviceName?: string | undefined;
  readonly Ebs?: { readonly SnapshotId?: string | undefined } | undefined;
}

function mapSnapshotsByDevice(image: Image | undefined): Record<string, string> {
  const snapshots: Record<string, string> = {};
  for (const { DeviceName, Ebs } of image?.BlockDeviceMappings ?? []) {
    if (DeviceName && Ebs?.SnapshotId) snapshots[DeviceName] = Ebs.SnapshotId;
  }
  return snapshots;
}

/** The root device of the new image and the snapshots of the old one. Uses a filter: either image may be gone. */
export async function readImageDisks(
  clients: Clients,
  oldImageId: string | undefined,
  newImageId: string,
): Promise<ImageDisks> {
  const Values = oldImageId ? [oldImageId, newImageId] : [newImageId];
  const { Images = [] } = await clients.ec2.describeImages({ Filters: [{ Name: 'image-id', Values }] });
  const imageOf = (id: string | undefined) => Images.find((image) => image.ImageId === id);
  return { newRoot: imageOf(newImageId)?.RootDeviceName, oldSnapshots: mapSnapshotsByDevice(imageOf(oldImageId)) };
}

/**
 * A mapping may name the snapshot of the old image, as those made in the AWS console do. EC2 refuses to launch
 * another image with it on the root device, and would mount the old image's disk on any other.
 */
export function replaceRootSnapshot<Mapping extends DiskMapping>(mapping: Mapping, disks: ImageDisks): Mapping {
  const device = mapping.DeviceName;
  const snapshot = mapping.Ebs?.SnapshotId;
  if (!device || !snapshot) return mapping;
  const fromImage = device === disks.newRoot || disks.oldSnapshots[device] === snapshot;
  return fromImage ? { ...mapping, Ebs: removeEmptyFields({ ...mapping.Ebs, SnapshotId: undefined }) } : mapping;
}
