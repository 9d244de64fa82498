import * as scaling from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import * as classic from '@aws-sdk/client-elastic-load-balancing';
import * as targets from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ProbedThings } from '../../model/evidence.js';
import type { Clients } from '../clients.js';
import { GROUP_CHANGES } from './group-changes.js';
import type { Probes } from './prove.js';

/** In the form of an instance's id, and of none. */
const NO_INSTANCE = 'i-00000000000000000';
const DRY = { DryRun: true };

/** By action: a call that changes nothing. */
export const CHANGES: Probes<ProbedThings> = {
  ...GROUP_CHANGES,
  // Without an image or an instance there is nothing to make a launch configuration of, and AWS refuses.
  'autoscaling:CreateLaunchConfiguration': ({ autoScaling }, { unusedName }) =>
    autoScaling.send(new scaling.CreateLaunchConfigurationCommand({ LaunchConfigurationName: unusedName })),
  'autoscaling:DeleteLaunchConfiguration': ({ autoScaling }, { unusedName }) =>
    autoScaling.send(new scaling.DeleteLaunchConfigurationCommand({ LaunchConfigurationName: unusedName })),
  'ec2:CreateLaunchTemplate': (clients, { unusedName, imageId }) =>
    clients.ec2.send(
      new ec2.CreateLaunchTemplateCommand({
        ...DRY,
        LaunchTemplateName: unusedName,
        LaunchTemplateData: { ImageId: imageId },
      }),
    ),
  'ec2:CreateLaunchTemplateVersion': (clients, { launchTemplate, imageId }) =>
    launchTemplate &&
    clients.ec2.send(
      new ec2.CreateLaunchTemplateVersionCommand({
        ...DRY,
        LaunchTemplateId: launchTemplate.id,
        LaunchTemplateData: { ImageId: imageId },
      }),
    ),
  'ec2:ModifyLaunchTemplate': (clients, { launchTemplate }) =>
    launchTemplate &&
    clients.ec2.send(new ec2.ModifyLaunchTemplateCommand({ ...DRY, LaunchTemplateId: launchTemplate.id })),
  'ec2:DeleteLaunchTemplateVersions': (clients, { launchTemplate }) =>
    launchTemplate &&
    clients.ec2.send(
      new ec2.DeleteLaunchTemplateVersionsCommand({
        ...DRY,
        LaunchTemplateId: launchTemplate.id,
        Versions: ['999999999'],
      }),
    ),
  'ec2:DeleteLaunchTemplate': (clients, { unusedName }) =>
    clients.ec2.send(new ec2.DeleteLaunchTemplateCommand({ ...DRY, LaunchTemplateName: unusedName })),
  'ec2:RunInstances': dryLaunch,
  'ec2:CreateTags': dryLaunch,
  'iam:PassRole': dryLaunch,
  'elasticloadbalancing:RegisterInstancesWithLoadBalancer': ({ balancing }, { balancer }) =>
    balancer &&
    balancing.send(
      new classic.RegisterInstancesWithLoadBalancerCommand({
        LoadBalancerName: balancer,
        Instances: [{ InstanceId: NO_INSTANCE }],
      }),
    ),
  'elasticloadbalancing:DeregisterInstancesFromLoadBalancer': ({ balancing }, { balancer }) =>
    balancer &&
    balancing.send(
      new classic.DeregisterInstancesFromLoadBalancerCommand({
        LoadBalancerName: balancer,
        Instances: [{ InstanceId: NO_INSTANCE }],
      }),
    ),
  'elasticloadbalancing:RegisterTargets': (clients, { targetGroup }) =>
    targetGroup &&
    clients.targets.send(
      new targets.RegisterTargetsCommand({ TargetGroupArn: targetGroup, Targets: [{ Id: NO_INSTANCE }] }),
    ),
  'elasticloadbalancing:DeregisterTargets': (clients, { targetGroup }) =>
    targetGroup &&
    clients.targets.send(
      new targets.DeregisterTargetsCommand({ TargetGroupArn: targetGroup, Targets: [{ Id: NO_INSTANCE }] }),
    ),
};

/** What Auto Scaling will ask EC2 for in the caller's name: the instance, its tags, its role. */
function dryLaunch({ ec2: client }: Clients, { launchTemplate, subnet }: ProbedThings) {
  if (launchTemplate === undefined) return undefined;
  return client.send(
    new ec2.RunInstancesCommand({
      ...DRY,
      MinCount: 1,
      MaxCount: 1,
      LaunchTemplate: { LaunchTemplateId: launchTemplate.id, Version: launchTemplate.version },
      ...(subnet && { SubnetId: subnet }),
    }),
  );
}
