import type {
  CreateLaunchConfigurationCommandInput,
  LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import { withoutEmpty } from './without-empty.js';

/** How a copy differs from its original. */
export interface TemplateChange {
  readonly name: string;
  readonly imageId: string;
  readonly disks: ImageDisks;
}

/** The disks that come out of images, and so must not be taken along to another image. */
export interface ImageDisks {
  /** Device name of the new image's root, for instance `/dev/xvda`; undefined when EC2 would not say. */
  readonly newRoot: string | undefined;
  /** By device name, the snapshot the old image has there. */
  readonly oldSnapshots: Readonly<Record<string, string>>;
}

type Every<Input> = { readonly [Field in keyof Required<Input>]: Input[Field] };

/**
 * The request for a launch configuration equal to `from` in every field but name and image. A field that the
 * SDK adds one day does not compile until it is decided here.
 */
export function templateLike(
  from: LaunchConfiguration,
  change: TemplateChange,
): CreateLaunchConfigurationCommandInput {
  const every: Every<CreateLaunchConfigurationCommandInput> = {
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
    BlockDeviceMappings: from.BlockDeviceMappings?.map((mapping) => mappingFor(mapping, change.disks)),
    InstanceMonitoring: from.InstanceMonitoring,
    SpotPrice: from.SpotPrice,
    IamInstanceProfile: from.IamInstanceProfile,
    EbsOptimized: from.EbsOptimized,
    AssociatePublicIpAddress: from.AssociatePublicIpAddress,
    PlacementTenancy: from.PlacementTenancy,
    MetadataOptions: from.MetadataOptions,
  };
  return withoutEmpty(every);
}

/** A disk as launch configurations and launch templates alike describe it. */
interface DiskMapping {
  readonly DeviceName?: string | undefined;
  readonly Ebs?: { readonly SnapshotId?: string | undefined } | undefined;
}

/**
 * A mapping may name the snapshot of the old image, as those made in the AWS console do. EC2 refuses to launch
 * another image with it on the root device, and would mount the old image's disk on any other.
 */
export function mappingFor<Mapping extends DiskMapping>(mapping: Mapping, disks: ImageDisks): Mapping {
  const device = mapping.DeviceName;
  const snapshot = mapping.Ebs?.SnapshotId;
  if (!device || !snapshot) return mapping;
  const fromImage = device === disks.newRoot || disks.oldSnapshots[device] === snapshot;
  return fromImage ? { ...mapping, Ebs: withoutEmpty({ ...mapping.Ebs, SnapshotId: undefined }) } : mapping;
}
