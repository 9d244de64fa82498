import type { DescribeImagesRequest, DescribeImagesResult, Image } from '@aws-sdk/client-ec2';
import type { SandboxImage } from '../../interfaces.js';
import { AwsFault } from '../fault.js';
import { getPage } from '../paging.js';
import type { AwsState } from '../state.js';
import { applyFilters, type FilterTable } from './filters.js';

const imageIdForm = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/**
 * The image of that id.
 *
 * @throws AwsFault `InvalidAMIID.Malformed` or `InvalidAMIID.NotFound`
 */
export function findImage(state: AwsState, imageId: string | undefined): SandboxImage {
  const image = state.images.get(imageId ?? '');
  if (image !== undefined) return image;
  if (!imageIdForm.test(imageId ?? '')) throw new AwsFault('InvalidAMIID.Malformed', `Invalid id: "${imageId}"`);
  throw new AwsFault('InvalidAMIID.NotFound', `The image id '[${imageId}]' does not exist`);
}

const filters: FilterTable<Image> = {
  architecture: (image) => [image.Architecture],
  description: (image) => [image.Description],
  'image-id': (image) => [image.ImageId],
  'image-type': (image) => [image.ImageType],
  'is-public': (image) => [String(image.Public)],
  name: (image) => [image.Name],
  'owner-id': (image) => [image.OwnerId],
  'root-device-type': (image) => [image.RootDeviceType],
  state: (image) => [image.State],
  'virtualization-type': (image) => [image.VirtualizationType],
};

/** DescribeImages: by id, owner and filter, in pages. */
export function describeImages(state: AwsState, input: DescribeImagesRequest): DescribeImagesResult {
  const ids = input.ImageIds ?? [];
  const chosen = ids.length > 0 ? ids.map((id) => findImage(state, id)) : [...state.images.values()];
  const owners = input.Owners ?? [];
  const owned = owners.length === 0 || owners.includes('self') || owners.includes(state.accountId);
  const images = owned ? chosen.map((image) => described(state, image)) : [];
  const page = getPage(applyFilters(images, input.Filters, filters), input.NextToken, input.MaxResults, {
    defaultSize: 1_000,
    maxSize: 1_000,
  });
  return { Images: page.items, NextToken: page.nextToken };
}

function described(state: AwsState, image: SandboxImage): Image {
  return {
    ImageId: image.imageId,
    Name: image.name,
    Description: image.description,
    Architecture: 'x86_64',
    CreationDate: new Date(image.createdAtMs).toISOString(),
    ImageLocation: `${state.accountId}/${image.name}`,
    ImageType: 'machine',
    Public: false,
    OwnerId: state.accountId,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    State: 'available',
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: { DeleteOnTermination: true, VolumeSize: 8, VolumeType: 'gp2', Encrypted: false },
      },
    ],
    EnaSupport: true,
    Hypervisor: 'xen',
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    Tags: [],
  };
}
