import * as account from './autoscaling/account.js';
import { describeScalingActivities } from './autoscaling/activities.js';
import * as attached from './autoscaling/attach-instances.js';
import * as capacity from './autoscaling/capacity.js';
import { createGroup } from './autoscaling/create.js';
import { describeGroupInstances, describeGroups } from './autoscaling/describe.js';
import { setInstanceHealth } from './autoscaling/health.js';
import * as hooks from './autoscaling/hook-actions.js';
import * as refresh from './autoscaling/instance-refresh.js';
import * as configurations from './autoscaling/launch-configurations.js';
import * as scalingPolicies from './autoscaling/policies.js';
import * as processes from './autoscaling/processes.js';
import { deleteGroup } from './autoscaling/remove.js';
import * as schedule from './autoscaling/schedule.js';
import * as standby from './autoscaling/standby.js';
import * as stored from './autoscaling/stored-settings.js';
import * as groupTags from './autoscaling/tags.js';
import * as sources from './autoscaling/traffic-sources.js';
import { updateGroup } from './autoscaling/update.js';
import * as access from './ec2/access.js';
import { getConsoleOutput } from './ec2/console.js';
import { describeImages } from './ec2/image.js';
import { describeInstanceTypes } from './ec2/instance-types.js';
import * as instances from './ec2/instances.js';
import { describeInterfaces } from './ec2/interfaces.js';
import * as templates from './ec2/launch-template-actions.js';
import { deleteLaunchTemplateVersions } from './ec2/launch-template-removal.js';
import * as region from './ec2/region.js';
import * as tags from './ec2/tags.js';
import * as vpc from './ec2/vpc.js';
import * as create from './elb/create.js';
import * as describe from './elb/describe.js';
import { configureHealthCheck } from './elb/health-check.js';
import * as registered from './elb/instances.js';
import * as listeners from './elb/listeners.js';
import * as policies from './elb/policies.js';
import * as settings from './elb/settings.js';
import * as attributes from './elbv2/attributes.js';
import * as balancerChanges from './elbv2/change-load-balancer.js';
import * as balancerLife from './elbv2/create-load-balancer.js';
import * as loadBalancers from './elbv2/describe-load-balancers.js';
import * as balancerListeners from './elbv2/listeners.js';
import * as rules from './elbv2/rules.js';
import * as balancerTags from './elbv2/tags.js';
import * as targetGroups from './elbv2/target-groups.js';
import * as targets from './elbv2/targets.js';
import * as identities from './identities.js';
import { getCallerIdentity } from './identities.js';
import { getParameter, putParameter } from './parameters.js';

/** Every action the sandbox implements, by service (named as in a signature's scope) and by AWS's own name. */
export const actions = {
  autoscaling: {
    AttachInstances: attached.attachInstances,
    AttachLoadBalancers: sources.attachLoadBalancers,
    AttachLoadBalancerTargetGroups: sources.attachTargetGroups,
    AttachTrafficSources: sources.attachTrafficSources,
    BatchDeleteScheduledAction: schedule.batchDeleteScheduledActions,
    BatchPutScheduledUpdateGroupAction: schedule.batchPutScheduledActions,
    CancelInstanceRefresh: refresh.cancelInstanceRefresh,
    CompleteLifecycleAction: hooks.completeLifecycleAction,
    CreateAutoScalingGroup: createGroup,
    CreateLaunchConfiguration: configurations.createLaunchConfiguration,
    CreateOrUpdateTags: groupTags.createOrUpdateTags,
    DeleteAutoScalingGroup: deleteGroup,
    DeleteLaunchConfiguration: configurations.deleteLaunchConfiguration,
    DeleteLifecycleHook: hooks.deleteLifecycleHook,
    DeleteNotificationConfiguration: stored.deleteNotifications,
    DeletePolicy: scalingPolicies.deletePolicy,
    DeleteScheduledAction: schedule.deleteScheduledAction,
    DeleteTags: groupTags.deleteGroupTags,
    DeleteWarmPool: stored.deleteWarmPool,
    DescribeAccountLimits: account.describeAccountLimits,
    DescribeAutoScalingGroups: describeGroups,
    DescribeAutoScalingInstances: describeGroupInstances,
    DescribeInstanceRefreshes: refresh.describeInstanceRefreshes,
    DescribeLaunchConfigurations: configurations.describeLaunchConfigurations,
    DescribeLifecycleHooks: hooks.describeLifecycleHooks,
    DescribeLoadBalancers: sources.describeGroupBalancers,
    DescribeLoadBalancerTargetGroups: sources.describeTargetGroups,
    DescribeNotificationConfigurations: stored.describeNotifications,
    DescribePolicies: scalingPolicies.describePolicies,
    DescribeScalingActivities: describeScalingActivities,
    DescribeScalingProcessTypes: processes.describeProcessTypes,
    DescribeScheduledActions: schedule.describeScheduledActions,
    DescribeTags: groupTags.describeGroupTags,
    DescribeTerminationPolicyTypes: account.describeTerminationPolicyTypes,
    DescribeTrafficSources: sources.describeTrafficSources,
    DescribeWarmPool: stored.describeWarmPool,
    DetachInstances: attached.detachInstances,
    DetachLoadBalancers: sources.detachLoadBalancers,
    DetachLoadBalancerTargetGroups: sources.detachTargetGroups,
    DetachTrafficSources: sources.detachTrafficSources,
    DisableMetricsCollection: stored.disableMetrics,
    EnableMetricsCollection: stored.enableMetrics,
    EnterStandby: standby.enterStandby,
    ExitStandby: standby.exitStandby,
    PutLifecycleHook: hooks.putLifecycleHook,
    PutNotificationConfiguration: stored.putNotifications,
    PutScalingPolicy: scalingPolicies.putScalingPolicy,
    PutScheduledUpdateGroupAction: schedule.putScheduledAction,
    PutWarmPool: stored.putWarmPool,
    RecordLifecycleActionHeartbeat: hooks.recordHeartbeat,
    ResumeProcesses: processes.resumeProcesses,
    RollbackInstanceRefresh: refresh.rollbackInstanceRefresh,
    SetDesiredCapacity: capacity.setDesiredCapacity,
    SetInstanceHealth: setInstanceHealth,
    SetInstanceProtection: account.setInstanceProtection,
    StartInstanceRefresh: refresh.startInstanceRefresh,
    SuspendProcesses: processes.suspendProcesses,
    TerminateInstanceInAutoScalingGroup: capacity.terminateInGroup,
    UpdateAutoScalingGroup: updateGroup,
  },
  elasticloadbalancing: {
    AddTags: settings.addTags,
    ApplySecurityGroupsToLoadBalancer: settings.applySecurityGroups,
    AttachLoadBalancerToSubnets: settings.attachSubnets,
    ConfigureHealthCheck: configureHealthCheck,
    CreateAppCookieStickinessPolicy: policies.createAppCookiePolicy,
    CreateLBCookieStickinessPolicy: policies.createBalancerCookiePolicy,
    CreateLoadBalancer: create.createLoadBalancer,
    CreateLoadBalancerListeners: listeners.createListeners,
    CreateLoadBalancerPolicy: policies.createPolicy,
    DeleteLoadBalancer: create.deleteLoadBalancer,
    DeleteLoadBalancerListeners: listeners.deleteListeners,
    DeleteLoadBalancerPolicy: policies.deletePolicy,
    DeregisterInstancesFromLoadBalancer: registered.deregisterInstances,
    DescribeAccountLimits: describe.describeBalancerLimits,
    DescribeInstanceHealth: registered.describeInstanceHealth,
    DescribeLoadBalancerAttributes: settings.describeAttributes,
    DescribeLoadBalancerPolicies: policies.describePolicies,
    DescribeLoadBalancers: describe.describeLoadBalancers,
    DescribeTags: settings.describeBalancerTags,
    DetachLoadBalancerFromSubnets: settings.detachSubnets,
    DisableAvailabilityZonesForLoadBalancer: settings.disableZones,
    EnableAvailabilityZonesForLoadBalancer: settings.enableZones,
    ModifyLoadBalancerAttributes: settings.modifyAttributes,
    RegisterInstancesWithLoadBalancer: registered.registerInstances,
    RemoveTags: settings.removeTags,
    SetLoadBalancerListenerSSLCertificate: listeners.setListenerCertificate,
    SetLoadBalancerPoliciesForBackendServer: policies.setBackendPolicies,
    SetLoadBalancerPoliciesOfListener: policies.setListenerPolicies,
  },
  elasticloadbalancingv2: {
    AddTags: balancerTags.addTags,
    CreateListener: balancerListeners.createListener,
    CreateLoadBalancer: balancerLife.createLoadBalancer,
    CreateRule: rules.createRule,
    CreateTargetGroup: targetGroups.createTargetGroup,
    DeleteListener: balancerListeners.deleteListener,
    DeleteLoadBalancer: balancerLife.deleteLoadBalancer,
    DeleteRule: rules.deleteRule,
    DeleteTargetGroup: targetGroups.deleteTargetGroup,
    DeregisterTargets: targets.deregisterTargets,
    DescribeAccountLimits: loadBalancers.describeLimits,
    DescribeCapacityReservation: loadBalancers.describeCapacityReservation,
    DescribeListenerAttributes: attributes.describeListenerAttributes,
    DescribeListeners: balancerListeners.describeListeners,
    DescribeLoadBalancerAttributes: attributes.describeLoadBalancerAttributes,
    DescribeLoadBalancers: loadBalancers.describeLoadBalancers,
    DescribeRules: rules.describeRules,
    DescribeTags: balancerTags.describeTags,
    DescribeTargetGroupAttributes: attributes.describeTargetGroupAttributes,
    DescribeTargetGroups: targetGroups.describeTargetGroups,
    DescribeTargetHealth: targets.describeTargetHealth,
    ModifyListener: balancerListeners.modifyListener,
    ModifyListenerAttributes: attributes.modifyListenerAttributes,
    ModifyLoadBalancerAttributes: attributes.modifyLoadBalancerAttributes,
    ModifyRule: rules.modifyRule,
    ModifyTargetGroup: targetGroups.modifyTargetGroup,
    ModifyTargetGroupAttributes: attributes.modifyTargetGroupAttributes,
    RegisterTargets: targets.registerTargets,
    RemoveTags: balancerTags.removeTags,
    SetIpAddressType: balancerChanges.setIpAddressType,
    SetRulePriorities: rules.setRulePriorities,
    SetSecurityGroups: balancerChanges.setSecurityGroups,
    SetSubnets: balancerChanges.setSubnets,
  },
  ec2: {
    CreateLaunchTemplate: templates.createLaunchTemplate,
    CreateLaunchTemplateVersion: templates.createLaunchTemplateVersion,
    CreateTags: tags.createTags,
    DeleteLaunchTemplate: templates.deleteLaunchTemplate,
    DeleteLaunchTemplateVersions: deleteLaunchTemplateVersions,
    DeleteTags: tags.deleteTags,
    DescribeAccountAttributes: region.describeAccountAttributes,
    DescribeAvailabilityZones: region.describeZones,
    DescribeImages: describeImages,
    DescribeInstanceAttribute: instances.describeInstanceAttribute,
    DescribeInstances: instances.describeInstances,
    DescribeInstanceStatus: instances.describeInstanceStatus,
    DescribeInstanceTypes: describeInstanceTypes,
    DescribeKeyPairs: access.describeKeyPairs,
    DescribeLaunchTemplates: templates.describeLaunchTemplates,
    DescribeLaunchTemplateVersions: templates.describeLaunchTemplateVersions,
    DescribeNetworkInterfaces: describeInterfaces,
    DescribeRegions: region.describeRegions,
    DescribeRouteTables: vpc.describeRouteTables,
    DescribeSecurityGroups: access.describeSecurityGroups,
    DescribeSubnets: vpc.describeSubnets,
    DescribeTags: tags.describeTags,
    DescribeVpcAttribute: vpc.describeVpcAttribute,
    DescribeVpcs: vpc.describeVpcs,
    GetConsoleOutput: getConsoleOutput,
    ModifyLaunchTemplate: templates.modifyLaunchTemplate,
    RunInstances: instances.runInstances,
    TerminateInstances: instances.terminateInstances,
  },
  iam: {
    GetInstanceProfile: identities.getInstanceProfile,
    GetRole: identities.getRole,
    ListAccountAliases: identities.listAccountAliases,
    SimulatePrincipalPolicy: identities.simulatePrincipalPolicy,
  },
  ssm: { GetParameter: getParameter, PutParameter: putParameter },
  sts: { GetCallerIdentity: getCallerIdentity },
} as const;

/** The table's type: what `call` is typed by. */
export type Actions = typeof actions;

/** A service of the sandbox. */
export type ServiceName = keyof Actions;
