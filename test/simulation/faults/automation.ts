import { findActiveRefresh } from '../../../src/sandbox/aws/autoscaling/refresh-state.js';
import type { GroupRecord, InstanceRecord, Member } from '../../../src/sandbox/aws/records.js';
import type { Oracle } from '../oracle.js';
import { isHeld } from './external-changes.js';
import { canAbandon } from './target-servers.js';

const HOOK_NAME = 'of-others';
const DAY_S = 86_400;
/** A server has left by then. */
const RETIRED_MS = 20_000;

/** What a group has while another program acts on it. */
export class Automation {
  readonly #oracle: Oracle;
  readonly #detached = new Set<InstanceRecord>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** An instance refresh of the newest group that waits for the roll; false if none would wait. */
  startRefresh(): boolean {
    const group = this.#listGroups().findLast(
      ({ suspended, members }) => suspended.has('InstanceRefresh') && members.size > 0,
    );
    if (!this.#oracle.isRolling || group === undefined || findActiveRefresh(group) !== undefined) return false;
    this.#oracle.environment.aws.call('autoscaling', 'StartInstanceRefresh', { AutoScalingGroupName: group.name });
    return true;
  }

  /** Puts a server of a group on standby, for so long if given; false if no roll would handle it. */
  enterStandby(instanceId: string, backAfterMs?: number): boolean {
    const group = this.#oracle.groupOf(instanceId);
    const member = group?.members.get(instanceId);
    if (!this.#oracle.isRolling || group === undefined || member?.lifecycle !== 'InService') return false;
    if (group.desired <= group.minSize) return false;
    this.#oracle.environment.aws.call('autoscaling', 'EnterStandby', {
      AutoScalingGroupName: group.name,
      InstanceIds: [instanceId],
      ShouldDecrementDesiredCapacity: true,
    });
    if (backAfterMs !== undefined) this.#oracle.environment.after(backAfterMs, () => this.#exitStandby(group, member));
    return true;
  }

  /** Detaches a server from its group, which is lowered by it if it may be; false if no roll would handle it. */
  detach(instanceId: string, lowers: boolean): boolean {
    const group = this.#oracle.groupOf(instanceId);
    const member = group?.members.get(instanceId);
    if (!this.#oracle.isRolling || group === undefined || !isHeld(group)) return false;
    if (member?.lifecycle !== 'InService') return false;
    this.#oracle.environment.aws.call('autoscaling', 'DetachInstances', {
      AutoScalingGroupName: group.name,
      InstanceIds: [instanceId],
      ShouldDecrementDesiredCapacity: lowers && group.desired > group.minSize,
    });
    this.#detached.add(member.instance);
    return true;
  }

  /**
   * From now on each launch, or each termination, is held for so long, and then continues or is abandoned. False if the
   * cluster could not lose the servers that are being launched.
   */
  putHook(holds: 'LAUNCHING' | 'TERMINATING', forMs: number, DefaultResult: 'CONTINUE' | 'ABANDON'): boolean {
    if (holds === 'LAUNCHING' && DefaultResult === 'ABANDON' && !canAbandon(this.#oracle)) return false;
    for (const { name } of this.#listGroups()) {
      this.#oracle.environment.aws.call('autoscaling', 'PutLifecycleHook', {
        AutoScalingGroupName: name,
        LifecycleHookName: HOOK_NAME,
        LifecycleTransition: `autoscaling:EC2_INSTANCE_${holds}`,
        HeartbeatTimeout: Math.ceil(forMs / 1_000),
        DefaultResult,
      });
    }
    return true;
  }

  /** The old servers reach the maximum lifetime of their group at that time. */
  endLifetimes(afterMs: number): boolean {
    const group = this.#oracle.group('old');
    if (!this.#oracle.isRolling || group === undefined || !group.suspended.has('ReplaceUnhealthy')) return false;
    group.fields.MaxInstanceLifetime = DAY_S;
    const launchedMs = this.#oracle.nowMs + afterMs - DAY_S * 1_000;
    for (const { instance } of this.#oracle.listActiveMembers('old')) instance.launchedMs = launchedMs;
    return true;
  }

  /** The operator follows what the roll advises about each of these. */
  end(): void {
    const { aws } = this.#oracle.environment;
    for (const group of this.#listGroups()) {
      const ofGroup = { AutoScalingGroupName: group.name };
      const cancelRefresh = (): void => {
        if (findActiveRefresh(group) !== undefined) aws.call('autoscaling', 'CancelInstanceRefresh', ofGroup);
      };
      if (group.hooks.has(HOOK_NAME)) {
        aws.call('autoscaling', 'DeleteLifecycleHook', { ...ofGroup, LifecycleHookName: HOOK_NAME });
      }
      const allowAnyAge = (): void => {
        group.fields.MaxInstanceLifetime = undefined;
      };
      // After a roll Auto Scaling acts on these first.
      for (const change of [cancelRefresh, allowAnyAge]) {
        if (this.#oracle.isRolling) change();
        else this.#oracle.environment.after(30_000, change);
      }
      this.#exitStandby(group);
    }
    for (const instance of this.#detached) this.#retire(instance);
    this.#detached.clear();
  }

  /** The detached server leaves the cluster, and its instance is terminated then. */
  #retire({ instanceId, address }: InstanceRecord): void {
    const { environment } = this.#oracle;
    environment.net.leave(address, () => {});
    environment.after(RETIRED_MS, () =>
      environment.aws.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] }),
    );
  }

  /** Ends the standby of these members, or of all of a group. */
  #exitStandby(group: GroupRecord, ...members: readonly Member[]): void {
    const isOnStandby = (member: Member) =>
      member.lifecycle === 'Standby' && (members.length === 0 || members.includes(member));
    const InstanceIds = [...group.members.values()].filter(isOnStandby).map(({ instance }) => instance.instanceId);
    if (InstanceIds.length === 0 || group.deleting) return;
    const { aws } = this.#oracle.environment;
    const ofGroup = { AutoScalingGroupName: group.name };
    const MaxSize = Math.max(group.maxSize, group.desired + InstanceIds.length);
    aws.call('autoscaling', 'ResumeProcesses', { ...ofGroup, ScalingProcesses: ['Launch'] });
    aws.call('autoscaling', 'UpdateAutoScalingGroup', { ...ofGroup, MaxSize });
    aws.call('autoscaling', 'ExitStandby', { ...ofGroup, InstanceIds });
  }

  #listGroups(): GroupRecord[] {
    const groups = [this.#oracle.group('old'), this.#oracle.group('new')];
    return [...new Set(groups)].filter((group) => group !== undefined && !group.deleting) as GroupRecord[];
  }
}
