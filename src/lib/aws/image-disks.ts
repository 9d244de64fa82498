import { DescribeImagesCommand, type Image } from '@aws-sdk/client-ec2';
import type { Clients } from './clients.js';
import type { ImageDisks } from './template-copy.js';

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
    oldSnapshots: snapshotsOf(imageOf(oldImageId)),
  };
}

function snapshotsOf(image: Image | undefined): Record<string, string> {
  const snapshots: Record<string, string> = {};
  for (const { DeviceName, Ebs } of image?.BlockDeviceMappings ?? []) {
    if (DeviceName && Ebs?.SnapshotId) snapshots[DeviceName] = Ebs.SnapshotId;
  }
  return snapshots;
}
