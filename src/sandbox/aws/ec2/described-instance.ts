import type { GroupIdentifier, Instance, InstanceNetworkInterface, InstanceState } from '@aws-sdk/client-ec2';
import { INSTANCE_STATE_CODES, type InstanceRecord, type InstanceStateName } from '../records.js';
import type { AwsState } from '../state.js';

/** An instance's state with EC2's code. */
export function toStateOutput(name: InstanceStateName): InstanceState {
  return { Code: INSTANCE_STATE_CODES[name], Name: name };
}

/** An instance as DescribeInstances gives it; a terminated one has lost its address and its interfaces. */
export function toInstanceOutput(state: AwsState, instance: InstanceRecord): Instance {
  const { spec } = instance;
  const gone = instance.state === 'terminated';
  return {
    InstanceId: instance.instanceId,
    ImageId: spec.image.imageId,
    State: toStateOutput(instance.state),
    StateTransitionReason: instance.transitionReason,
    StateReason: instance.stateReason && { Code: instance.stateReason.code, Message: instance.stateReason.message },
    AmiLaunchIndex: 0,
    Architecture: 'x86_64',
    ClientToken: instance.reservationId,
    EbsOptimized: spec.ebsOptimized,
    EnaSupport: true,
    Hypervisor: 'xen',
    InstanceType: instanceType(spec.instanceType),
    KeyName: spec.keyName,
    LaunchTime: new Date(instance.launchedMs),
    Monitoring: { State: spec.monitored ? 'enabled' : 'disabled' },
    Placement: { AvailabilityZone: instance.subnet.zone, GroupName: '', Tenancy: 'default' },
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    PlatformDetails: 'Linux/UNIX',
    MetadataOptions: {
      State: 'applied',
      HttpTokens: spec.httpTokens,
      HttpPutResponseHopLimit: 1,
      HttpEndpoint: 'enabled',
    },
    Tags: toInstanceTags(instance),
    ...(gone ? { PrivateDnsName: '', PublicDnsName: '' } : presence(state, instance)),
  };
}

/** A running machine's place in the network, and its disk. */
function presence(state: AwsState, instance: InstanceRecord): Partial<Instance> {
  const groups = listSecurityGroups(state, instance);
  const profile = instance.spec.iamInstanceProfile;
  return {
    PrivateIpAddress: instance.address,
    PrivateDnsName: getPrivateName(state, instance),
    PublicDnsName: '',
    SubnetId: instance.subnet.subnetId,
    VpcId: state.network.vpcId,
    SourceDestCheck: true,
    SecurityGroups: groups,
    IamInstanceProfile:
      profile === undefined ? undefined : { Arn: profileArn(state, profile), Id: 'AIPA0000000000000SAND' },
    NetworkInterfaces: [networkInterface(state, instance, groups)],
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: {
          AttachTime: new Date(instance.launchedMs),
          DeleteOnTermination: true,
          Status: 'attached',
          VolumeId: instance.volumeId,
        },
      },
    ],
  };
}

function networkInterface(
  state: AwsState,
  instance: InstanceRecord,
  groups: GroupIdentifier[],
): InstanceNetworkInterface {
  return {
    NetworkInterfaceId: instance.interfaceId,
    Description: '',
    Groups: groups,
    OwnerId: state.accountId,
    PrivateDnsName: getPrivateName(state, instance),
    PrivateIpAddress: instance.address,
    PrivateIpAddresses: [
      { Primary: true, PrivateIpAddress: instance.address, PrivateDnsName: getPrivateName(state, instance) },
    ],
    SourceDestCheck: true,
    Status: 'in-use',
    SubnetId: instance.subnet.subnetId,
    VpcId: state.network.vpcId,
    InterfaceType: 'interface',
  };
}

/** The tags of an instance. */
export function toInstanceTags(instance: InstanceRecord): { Key: string; Value: string }[] {
  return [...instance.tags].map(([Key, Value]) => ({ Key, Value }));
}

/** The security groups of an instance: those of its launch, or the default one. */
export function listSecurityGroups(state: AwsState, instance: InstanceRecord): GroupIdentifier[] {
  const wanted = instance.spec.securityGroupIds;
  const all = state.network.securityGroups;
  const chosen = wanted.length === 0 ? all.slice(0, 1) : all.filter((group) => wanted.includes(group.groupId));
  return chosen.map((group) => ({ GroupId: group.groupId, GroupName: group.groupName }));
}

/** An instance's private DNS name, made of its address. */
export function getPrivateName(state: AwsState, instance: InstanceRecord): string {
  return `ip-${instance.address.replaceAll('.', '-')}.${state.region}.compute.internal`;
}

function profileArn(state: AwsState, profile: string): string {
  return profile.startsWith('arn:') ? profile : `arn:aws:iam::${state.accountId}:instance-profile/${profile}`;
}

/** A launch configuration takes any instance type as text; EC2's own shape lists them all. */
function instanceType(text: string): Instance['InstanceType'] {
  return text as Instance['InstanceType'];
}
