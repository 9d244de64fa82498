import type {
  Activity,
  AutoScalingGroup,
  EnabledMetric,
  InstanceRefresh,
  LaunchTemplateSpecification,
  LifecycleHook,
  LifecycleState,
  NotificationConfiguration,
  ScalingPolicy,
  ScheduledUpdateGroupAction,
  WarmPoolConfiguration,
} from '@aws-sdk/client-auto-scaling';
import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import type {
  BackendServerDescription,
  HealthCheck,
  Listener,
  LoadBalancerAttributes,
  PolicyDescription,
} from '@aws-sdk/client-elastic-load-balancing';
import type {
  Action,
  Certificate,
  ProtocolEnum,
  RuleCondition,
  SubnetMapping,
  TargetGroup,
  TargetTypeEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { CheckFailure, HealthCheckTarget, SandboxImage } from '../interfaces.js';
import type { Subnet } from './network.js';
import type { ScheduledTask } from './scheduler.js';

/** The processes of a group that can be suspended. */
export const PROCESS_NAMES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;

/** One of them. */
export type ProcessName = (typeof PROCESS_NAMES)[number];

/** The members of a group that are kept as they were given, and described back so. */
export const PLAIN_FIELDS = [
  'LaunchConfigurationName',
  'LaunchTemplate',
  'MixedInstancesPolicy',
  'DefaultCooldown',
  'AvailabilityZones',
  'AvailabilityZoneIds',
  'HealthCheckType',
  'HealthCheckGracePeriod',
  'PlacementGroup',
  'VPCZoneIdentifier',
  'TerminationPolicies',
  'NewInstancesProtectedFromScaleIn',
  'CapacityRebalance',
  'DeletionProtection',
  'ServiceLinkedRoleARN',
  'MaxInstanceLifetime',
  'Context',
  'DesiredCapacityType',
  'DefaultInstanceWarmup',
  'InstanceMaintenancePolicy',
  'AvailabilityZoneDistribution',
  'AvailabilityZoneImpairmentPolicy',
  'CapacityReservationSpecification',
  'InstanceLifecyclePolicy',
  'Operator',
] as const;

/** Those members. */
export type GroupFields = Pick<AutoScalingGroup, (typeof PLAIN_FIELDS)[number]>;

/** An instance of a group. */
export interface Member {
  readonly instance: InstanceRecord;
  lifecycle: LifecycleState;
  health: 'Healthy' | 'Unhealthy';
  /** Why it is unhealthy, as Auto Scaling puts it into a cause. */
  healthIssue: string | undefined;
  protectedFromScaleIn: boolean;
  readonly launchConfigurationName: string | undefined;
  readonly launchTemplate: LaunchTemplateSpecification | undefined;
  inServiceMs: number | undefined;
  /** The scaling activity that moves it now. */
  activity: Activity | undefined;
  /** The lifecycle hook that holds it. */
  hold: HookHold | undefined;
}

/** An instance held by a lifecycle hook. */
export interface HookHold {
  readonly hookName: string;
  readonly token: string;
  readonly proceed: () => void;
  readonly abandon: () => void;
  timeout: ScheduledTask;
}

/** An instance refresh, as it is described and as far as it has got. */
export interface RefreshRecord {
  readonly described: InstanceRefresh;
  /** Instances that it has still to replace. */
  readonly left: Set<string>;
  /** Instances that the group had when it began. */
  readonly before: ReadonlySet<string>;
  /** Since when it waits for instances that are protected or on standby. */
  blockedSinceMs: number | undefined;
}

/** State of a traffic source in a group; `InService` is derived from its instances. */
export type AttachmentState = 'Adding' | 'Added' | 'Removing';

/** A tag of a group. */
export interface GroupTag {
  readonly value: string;
  readonly propagate: boolean;
}

/** An Auto Scaling group. */
export interface GroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly fields: GroupFields;
  minSize: number;
  maxSize: number;
  desired: number;
  /** The request that has not been answered yet, as a sentence for the causes of what follows from it. */
  cause: string | undefined;
  deleting: boolean;
  readonly members: Map<string, Member>;
  readonly suspended: Map<ProcessName, string>;
  /** Traffic sources: classic load balancers by name, all others by ARN. */
  readonly attachments: Map<string, AttachmentState>;
  readonly tags: Map<string, GroupTag>;
  readonly hooks: Map<string, LifecycleHook>;
  /** Newest first. */
  readonly activities: Activity[];
  readonly policies: Map<string, ScalingPolicy>;
  readonly schedule: Map<string, ScheduledUpdateGroupAction>;
  readonly notifications: NotificationConfiguration[];
  readonly metrics: Map<string, EnabledMetric>;
  warmPool: WarmPoolConfiguration | undefined;
  /** Newest first. */
  readonly refreshes: RefreshRecord[];
  /** AZRebalance has launched one instance more than desired, and ends another once that is in service. */
  rebalancing: boolean;
  reconcile: ScheduledTask | undefined;
  healthCheckTask: ScheduledTask | undefined;
}

/** The states of an EC2 instance that the sandbox knows, with EC2's codes. */
export const INSTANCE_STATE_CODES = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;

/** An EC2 instance's state. */
export type InstanceStateName = keyof typeof INSTANCE_STATE_CODES;

/** What to launch, read from a launch configuration or a launch template. */
export interface LaunchSpec {
  readonly image: SandboxImage;
  readonly instanceType: string;
  readonly keyName: string | undefined;
  readonly securityGroupIds: readonly string[];
  readonly iamInstanceProfile: string | undefined;
  /** Base64, as the API carries it. */
  readonly userData: string | undefined;
  readonly ebsOptimized: boolean;
  readonly monitored: boolean;
  readonly volume: { readonly sizeGiB: number; readonly type: string };
  readonly httpTokens: 'optional' | 'required';
  /** Whether the metadata service serves the tags; only a launch template can set this. */
  readonly tagsInMetadata: boolean;
  /** Tags that a launch template gives its instances. */
  readonly tags: ReadonlyMap<string, string>;
}

/** The group of an instance, told when its state changes. */
export interface InstanceWatch {
  running(): void;
  terminated(): void;
}

/** One EC2 instance, from launch until an hour after its end. */
export interface InstanceRecord {
  readonly instanceId: string;
  readonly reservationId: string;
  readonly interfaceId: string;
  readonly volumeId: string;
  readonly spec: LaunchSpec;
  readonly subnet: Subnet;
  /** Private address; given back when the instance is terminated. */
  readonly address: string;
  /** Tests make an instance older than it is. */
  launchedMs: number;
  readonly tags: Map<string, string>;
  /** How many servers to expect before a first election; undefined when others ran at its launch. */
  readonly bootstrapExpect: number | undefined;
  /** Another one once it is detached or attached. */
  watch: InstanceWatch;
  state: InstanceStateName;
  /** Why it left `running`, in EC2's words. */
  stateReason: { readonly code: string; readonly message: string } | undefined;
  transitionReason: string;
  boot: ScheduledTask | undefined;
}

/** A launch template and its versions, by number. */
export interface LaunchTemplateRecord {
  readonly templateId: string;
  readonly name: string;
  readonly createdMs: number;
  readonly tags: Map<string, string>;
  defaultVersion: number;
  /** The highest number given so far: those of deleted versions are not given again. */
  lastVersion: number;
  readonly versions: Map<number, LaunchTemplateVersion>;
  /** By client token, the number of the version that was made with it. */
  readonly tokens: Map<string, number>;
}

/** State of an instance at a load balancer. */
export type RegistrationPhase = 'registering' | 'in-service' | 'out-of-service' | 'draining';

/** One instance at one load balancer. */
export interface Registration {
  readonly instance: InstanceRecord;
  phase: RegistrationPhase;
  /** Health checks in a row that passed, or that failed. */
  passes: number;
  failures: number;
  /** The next health check, or the next check of requests in flight. */
  next: ScheduledTask | undefined;
  /** When draining ends, even with requests in flight; epoch milliseconds. */
  drainEndsMs: number;
  /** Called once when it has drained. */
  readonly drained: (() => void)[];
}

/** What a listener speaks, to clients or to instances. */
export type ListenerProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';

/** A listener and the names of its policies. */
export interface ClassicListenerRecord {
  readonly listener: Listener & {
    readonly Protocol: ListenerProtocol;
    readonly InstanceProtocol: ListenerProtocol;
    readonly LoadBalancerPort: number;
    readonly InstancePort: number;
  };
  policyNames: string[];
}

/** A classic load balancer. */
export interface ClassicLoadBalancerRecord {
  readonly name: string;
  /** The loopback address it listens on, which is its DNS name too. */
  readonly address: string;
  readonly createdMs: number;
  readonly scheme: string;
  subnetIds: string[];
  securityGroupIds: string[];
  readonly listeners: Map<number, ClassicListenerRecord>;
  healthCheck: HealthCheck;
  target: HealthCheckTarget;
  intervalMs: number;
  attributes: LoadBalancerAttributes;
  readonly policies: Map<string, PolicyDescription>;
  backends: BackendServerDescription[];
  readonly tags: Map<string, string>;
  readonly registrations: Map<string, Registration>;
}

/** The two types that send traffic to servers; gateway load balancers are not implemented. */
export type LoadBalancerType = 'application' | 'network';

/** A rule of a listener; its default one has no conditions and the priority `default`. */
export interface RuleRecord {
  readonly arn: string;
  priority: string;
  conditions: RuleCondition[];
  actions: Action[];
  readonly tags: Map<string, string>;
}

/** A listener with its default actions and its other rules. */
export interface ListenerRecord {
  readonly arn: string;
  port: number;
  protocol: ProtocolEnum;
  sslPolicy: string | undefined;
  certificates: Certificate[];
  alpnPolicy: string[] | undefined;
  /** Its actions are the listener's default actions. */
  readonly defaultRule: RuleRecord;
  /** By ARN; the default one is not among them. */
  readonly rules: Map<string, RuleRecord>;
  readonly attributes: Map<string, string>;
  readonly tags: Map<string, string>;
}

/** An application or network load balancer. */
export interface LoadBalancerRecord {
  readonly arn: string;
  readonly name: string;
  readonly type: LoadBalancerType;
  /** The loopback address it listens on, which is its DNS name too. */
  readonly address: string;
  readonly createdMs: number;
  readonly scheme: string;
  /** From when on it is `active`, epoch milliseconds. */
  readonly activeMs: number;
  ipAddressType: string;
  subnets: SubnetMapping[];
  securityGroupIds: string[];
  /** By ARN. */
  readonly listeners: Map<string, ListenerRecord>;
  readonly attributes: Map<string, string>;
  readonly tags: Map<string, string>;
}

/** State of a registered target; `unused` is derived from the load balancers (`listTargetGroupUsers`). */
export type TargetPhase = 'registering' | 'checking' | 'healthy' | 'unhealthy' | 'draining';

/** One target of a target group. */
export interface TargetRecord {
  /** What it was registered by: an instance id, or an address. */
  readonly id: string;
  readonly port: number;
  readonly instance: InstanceRecord;
  phase: TargetPhase;
  /** Health checks in a row that passed, or that failed, and why the last one did. */
  passes: number;
  failures: number;
  failure: CheckFailure | undefined;
  /** The next check, or the end of draining. */
  next: ScheduledTask | undefined;
  /** Called once when it is deregistered. */
  readonly drained: (() => void)[];
}

/** The health check of a target group, every member of it set. */
export type TargetHealthCheck = Required<
  Pick<
    TargetGroup,
    | 'HealthCheckEnabled'
    | 'HealthCheckPort'
    | 'HealthCheckIntervalSeconds'
    | 'HealthCheckTimeoutSeconds'
    | 'HealthyThresholdCount'
    | 'UnhealthyThresholdCount'
  >
> &
  Pick<TargetGroup, 'HealthCheckPath' | 'HealthCheckProtocol' | 'Matcher'>;

/** A target group. */
export interface TargetGroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly protocol: ProtocolEnum | undefined;
  readonly protocolVersion: string | undefined;
  readonly port: number | undefined;
  readonly vpcId: string | undefined;
  readonly targetType: TargetTypeEnum;
  healthCheck: TargetHealthCheck;
  readonly attributes: Map<string, string>;
  readonly tags: Map<string, string>;
  /** By `buildTargetKey`. */
  readonly targets: Map<string, TargetRecord>;
}

/** The values of a parameter, the first version first. */
export interface ParameterRecord {
  readonly name: string;
  readonly versions: { readonly value: string; readonly setMs: number }[];
}
