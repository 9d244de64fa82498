import type { GroupLaunchSource } from './launch-source.js';

/** The fields of an Auto Scaling group that a roll needs. */
export interface Group {
  readonly name: string;
  readonly createdAtMs: number;
  readonly launchSource: GroupLaunchSource;
  /** The image that it launches now; undefined if AWS does not return it, or if it is the value of a parameter. */
  readonly imageId: string | undefined;
  readonly instanceType: string | undefined;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
  /** Servers that it launches are protected from scale-in. */
  readonly protectsNewServers: boolean;
  /** Names of its suspended processes, sorted. */
  readonly suspendedProcesses: readonly string[];
  /** Classic load balancers attached to the group. */
  readonly balancers: readonly string[];
  /** ARNs of the target groups attached to the group. */
  readonly targetGroups: readonly string[];
  /** What else sends traffic to the group, which a roll cannot gate or drain: `vpc-lattice arn:aws:...`. */
  readonly otherTraffic: readonly string[];
  readonly subnets: readonly string[];
  /** Availability Zones that it launches into. */
  readonly zones: readonly string[];
  /** What `desired` counts: `units` (servers), `vcpu` or `memory-mib`. */
  readonly desiredUnit: string;
  /** Whether it has a warm pool; `going` while AWS deletes it. */
  readonly warmPool: 'none' | 'there' | 'going';
  /** `none`, `prevent-force-deletion` or `prevent-all-deletion`. */
  readonly deletionProtection: string;
  /** Those of a roll in progress as its record in Consul has them, whatever AWS returns (model/record.ts). */
  readonly tags: Readonly<Record<string, string>>;
  /** AWS returns other tags of the roll than its record has. */
  readonly hasOtherTags?: boolean | undefined;
  /** The group is being deleted. */
  readonly deleting: boolean;
  /** Instances Auto Scaling counts as the group's, in any lifecycle state. */
  readonly instanceIds: readonly string[];
  /** Why its last launch failed, as AWS reports it; undefined if none failed. */
  readonly launchFailure?: string | undefined;
  /** Whether an instance refresh has not ended, which may wait for suspended processes; undefined if it was not read. */
  readonly refreshWaiting?: boolean | undefined;
  /** Its lifecycle hooks; undefined unless one holds a server of it now. */
  readonly hooks?: readonly LifecycleHook[] | undefined;
  /** Auto Scaling replaces servers that are older; undefined if none are. */
  readonly maxLifetimeMs?: number | undefined;
  /** It keeps a server whose termination a lifecycle hook abandons, until that is terminated again. */
  readonly retainsAbandoned?: boolean | undefined;
}

/** A lifecycle hook of a group: it holds each launch or each termination until it is completed, or times out. */
export interface LifecycleHook {
  readonly name: string;
  readonly holds: 'launches' | 'terminations';
  readonly timeoutMs: number;
  /** `CONTINUE` or `ABANDON`: what follows once it has timed out. */
  readonly defaultResult: string;
}

/** True if the group has servers, or is about to. */
export function isUsed({ desired, instanceIds }: Group): boolean {
  return desired > 0 || instanceIds.length > 0;
}

/**
 * Processes of Auto Scaling that could disturb a roll; they are suspended on both groups during it. `Launch` is
 * suspended too on the group that must not grow. strategy/suspended-processes.ts explains `Terminate` and
 * `AddToLoadBalancer`.
 */
export const SELF_ACTING_PROCESSES = [
  'AZRebalance',
  'AlarmNotification',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;

/** During a roll both of its groups are, from before the second has a server, whatever their tags are. */
export function isHeldByRoll({ suspendedProcesses }: Group): boolean {
  return SELF_ACTING_PROCESSES.every((process) => suspendedProcesses.includes(process));
}

/**
 * What a roll does to a group before it takes a server out, and no suspension for maintenance does: its servers are protected
 * from scale-in, and it terminates those that the roll names.
 *
 * @param instances of any groups
 */
export function isPreparedByRoll(
  group: Group,
  instances: readonly { readonly group: string; readonly lifecycle: string; readonly protectedFromScaleIn: boolean }[],
): boolean {
  // AWS changes the protection of servers in service only.
  const own = instances.filter((one) => one.group === group.name && one.lifecycle === 'InService');
  const isSafe = own.every(({ protectedFromScaleIn }) => protectedFromScaleIn);
  return isHeldByRoll(group) && !group.suspendedProcesses.includes('Terminate') && isSafe;
}
