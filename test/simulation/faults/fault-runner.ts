import type { AgentDown } from '../../../src/lib/model/server.js';
import { AwsFault } from '../../../src/sandbox/aws/fault.js';
import type { Chance } from '../chance.js';
import type { Oracle } from '../oracle.js';
import type { OtherKind } from '../others.js';
import { Automation } from './automation.js';
import type { CallFaults } from './calls.js';
import { ExternalChanges, isHeld } from './external-changes.js';
import type { Fault } from './fault.js';
import { startForeignCluster, startOrphan, stopOrphan } from './foreign-servers.js';
import { markUnhealthy } from './health-marks.js';
import { listEndable } from './leaves.js';
import { releaseAddresses, takeAddresses } from './subnets.js';
import { chooseMinority, findExpendableServer, listLeavingServers } from './target-servers.js';

/** Faults of instances. */
export interface MachineFaults {
  /** Health checks of instances on the new image fail until then, epoch milliseconds. */
  failChecksUntilMs: number;
  /** Addresses that instances on the new image join; undefined for their own cluster. */
  foreignServers: readonly string[] | undefined;
  /** Number of agents that are still to be restarted after they left. */
  restarts: number;
  /** Agents on the new image are restarted whenever they have left. */
  restartsNew: boolean;
  /** Ids of instances that run on, and whose agent is not started again. */
  readonly dead: Set<string>;
  /** Whether a server of this image bootstraps a cluster of its own if it boots now. */
  founds: (imageId: string) => boolean;
}

type ServerFault = Extract<Fault, { readonly whom: unknown }>;
type AccountFault = Exclude<Fault, ServerFault>;
type ExternalChangeKind = Extract<Fault['kind'], `${string}-by-hand`>;

/** Applies faults and ends them. */
export class FaultRunner {
  readonly externalChanges: ExternalChanges;
  readonly #oracle: Oracle;
  readonly #automation: Automation;
  readonly #chance: Chance;
  readonly #calls: CallFaults;
  readonly #machines: MachineFaults;
  /** The image that the roll replaces. */
  readonly #oldImage: string;
  readonly #answerFaults = new Map<string, AgentDown['why']>();
  readonly #paused = new Set<string>();
  readonly #closed = new Set<string>();

  constructor(oracle: Oracle, chance: Chance, calls: CallFaults, machines: MachineFaults, oldImage: string) {
    this.#oracle = oracle;
    this.#chance = chance;
    this.#calls = calls;
    this.#machines = machines;
    this.#oldImage = oldImage;
    this.externalChanges = new ExternalChanges(oracle);
    this.#automation = new Automation(oracle);
  }

  /** Why a server does not answer; undefined if it does. */
  getAnswerFault(address: string): AgentDown['why'] | undefined {
    return this.#answerFaults.size === 0 ? undefined : this.#answerFaults.get(address);
  }

  /** The server's answers fail like this, for `forMs` if given. */
  setAnswerFault(address: string, as: AgentDown['why'], forMs?: number): void {
    this.#answerFaults.set(address, as);
    this.#oracle.disturbed.add(address);
    if (forMs !== undefined) this.#oracle.environment.after(forMs, () => this.#clearAnswerFault(address));
  }

  /** The applied fault as a line; undefined if there is no target, or the cluster would lose its quorum. */
  apply(fault: Fault): string | undefined {
    if ('whom' in fault) return this.#applyToServer(fault);
    return this.#applyToAccount(fault) ? JSON.stringify(fault) : undefined;
  }

  /** Ends every fault that is still active. */
  end(): void {
    this.#machines.failChecksUntilMs = 0;
    this.#machines.foreignServers = undefined;
    this.#machines.restarts = 0;
    // The operator changes what gives old servers their bootstrap_expect.
    this.#machines.founds = () => false;
    for (const address of [...this.#answerFaults.keys()]) this.#clearAnswerFault(address);
    for (const address of [...this.#paused]) this.#unpause(address);
    for (const address of [...this.#closed]) this.#openPort(address);
    this.#oracle.state.launchFault = undefined;
    this.#oracle.refusingLeaves.clear();
    stopOrphan(this.#oracle.environment.net);
    releaseAddresses(this.#oracle.state);
    this.externalChanges.restoreImage();
    this.#automation.end();
  }

  #applyToAccount(fault: AccountFault): boolean {
    switch (fault.kind) {
      case 'end-in-leave':
        return this.#endInLeave(fault);
      case 'hang-in-leave':
        return this.#pause(listLeavingServers(this.#oracle), fault.forMs);
      case 'no-leader':
        return this.#stall(chooseMinority(this.#oracle, this.#chance), fault.forMs);
      case 'old-image-gone':
        return this.#removeOldImage();
      case 'orphan-peer':
        return startOrphan(this.#oracle);
      case 'others-lost':
        return this.#loseOthers(fault.what, fault.forMs);
      case 'health-marks':
        return markUnhealthy(this.#oracle, fault.servers);
      case 'instance-refresh':
        return this.#automation.startRefresh();
      case 'lifecycle-hook':
        return this.#automation.putHook(fault.holds, fault.forMs, fault.result);
      case 'lifetimes-end':
        return this.#automation.endLifetimes(fault.afterMs);
      case 'scaled-by-hand':
        return this.externalChanges.scale(fault);
      case 'image-by-hand':
        return this.externalChanges.changeImage(this.#oldImage);
      case 'keys-by-hand':
        return this.externalChanges.deleteKeys();
      case 'record-by-hand':
        return this.externalChanges.removeRecord(fault.side);
      default:
        this.#apply(fault);
        return true;
    }
  }

  /** Before a roll has begun, no run would make up for a server that Auto Scaling cannot replace. */
  #removeOldImage(): boolean {
    return this.#oracle.isRolling && this.#oracle.state.images.delete(this.#oldImage);
  }

  #loseOthers(what: OtherKind, forMs: number): boolean {
    const { environment, others, nowMs } = this.#oracle;
    environment.after(forMs, () => others.restore(what));
    return others.lose(what, nowMs);
  }

  #apply(
    fault: Exclude<
      AccountFault,
      {
        readonly kind:
          | 'end-in-leave'
          | 'hang-in-leave'
          | 'no-leader'
          | 'old-image-gone'
          | 'orphan-peer'
          | 'others-lost'
          | 'health-marks'
          | 'instance-refresh'
          | 'lifecycle-hook'
          | 'lifetimes-end'
          | ExternalChangeKind;
      }
    >,
  ): void {
    const { environment, state } = this.#oracle;
    switch (fault.kind) {
      case 'no-addresses':
        takeAddresses(state);
        environment.after(fault.forMs, () => releaseAddresses(state));
        return;
      case 'full-zone':
        takeAddresses(state, fault.zone);
        environment.after(fault.forMs, () => releaseAddresses(state));
        return;
      case 'no-launches':
        state.launchFault = new AwsFault(fault.code, 'as the simulation wants it');
        environment.after(fault.forMs, () => {
          state.launchFault = undefined;
        });
        return;
      case 'failing-health-checks':
        this.#machines.failChecksUntilMs = environment.nowMs + fault.forMs;
        return;
      case 'foreign-cluster':
        this.#machines.foreignServers ??= startForeignCluster(environment.net);
        return;
      case 'eager-supervisor':
        this.#machines.restarts += fault.times;
        return;
      case 'restarting-image':
        this.#machines.restartsNew = true;
        return;
      case 'ignored-leave':
        this.#calls.ignoredLeaves += fault.times;
        return;
      case 'stale-reports':
        this.#calls.staleReportsUntilMs = environment.nowMs + fault.forMs;
        return;
      case 'refused-leaves':
        this.#oracle.refusingLeaves.add(fault.side);
        environment.after(fault.forMs, () => this.#oracle.refusingLeaves.delete(fault.side));
        return;
      case 'aws-outage':
        this.#calls.startOutage(fault.code, fault.forMs);
    }
  }

  #applyToServer(fault: ServerFault): string | undefined {
    const target = findExpendableServer(this.#oracle, fault.whom, this.#chance);
    if (target === undefined) return undefined;
    const address = target.host;
    switch (fault.kind) {
      case 'kill-server':
        this.#oracle.environment.net.kill(address);
        break;
      case 'dead-agent': {
        const instanceId = this.#oracle.serverOf(target)?.nodeName ?? '';
        // Of a group that acts on its own, Auto Scaling does not replace it, and there may be no roll to do so.
        const group = this.#oracle.groupOf(instanceId);
        if (group === undefined || !isHeld(group)) return undefined;
        this.#machines.dead.add(instanceId);
        this.#oracle.environment.net.kill(address);
        break;
      }
      case 'pause-server':
        this.#pause([address], fault.forMs);
        break;
      case 'closed-raft-port':
        this.#closePort(address, fault.forMs);
        break;
      case 'leave-by-hand': {
        const server = this.#oracle.serverOf(target);
        const group = this.#oracle.groupOf(server?.nodeName ?? '');
        if (server === undefined || group === undefined || !isHeld(group)) return undefined;
        this.#oracle.leftByHand.add(server);
        this.#oracle.environment.net.leave(address, () => {});
        break;
      }
      case 'unresponsive-server':
        this.setAnswerFault(address, fault.as, fault.forMs);
        break;
      case 'standby': {
        const instanceId = this.#oracle.serverOf(target)?.nodeName ?? '';
        if (!this.#automation.enterStandby(instanceId, fault.backAfterMs)) return undefined;
        break;
      }
      case 'detach':
        if (!this.#automation.detach(this.#oracle.serverOf(target)?.nodeName ?? '', fault.lowers)) return undefined;
        break;
      case 'terminate-instance':
        this.#terminate(this.#oracle.serverOf(target)?.nodeName ?? '', fault.throughGroup);
    }
    return `${fault.kind} ${fault.whom} ${address}`;
  }

  /** False if no server is leaving that the cluster can lose. */
  #endInLeave({ servers, how, forMs }: Extract<Fault, { readonly kind: 'end-in-leave' }>): boolean {
    const addresses = listEndable(this.#oracle, servers);
    if (how === 'paused') return this.#pause(addresses, forMs);
    for (const address of addresses) {
      const instanceId = this.#oracle.sideAt(address) && this.#oracle.net.servers.get(address)?.nodeName;
      if (how === 'dead' && instanceId !== undefined) this.#machines.dead.add(instanceId);
      this.#oracle.environment.net.kill(address);
    }
    return addresses.length > 0;
  }

  #terminate(instanceId: string, throughGroup: boolean): void {
    const { environment } = this.#oracle;
    const canShrink = (this.#oracle.groupOf(instanceId)?.minSize ?? 0) === 0;
    // Before a roll has begun, no run would restore a group that was scaled in by hand.
    if (throughGroup && canShrink && this.#oracle.isRolling) {
      environment.aws.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
        InstanceId: instanceId,
        ShouldDecrementDesiredCapacity: true,
      });
    } else environment.aws.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
  }

  /** False if there is no server to pause. */
  #pause(addresses: readonly string[], forMs: number): boolean {
    for (const address of addresses) {
      this.#oracle.environment.net.pause(address);
      this.#paused.add(address);
      this.#oracle.environment.after(forMs, () => this.#unpause(address));
    }
    return addresses.length > 0;
  }

  /** Pauses more servers than the cluster can spare. All of them resume, so the quorum is not lost for good. */
  #stall(addresses: readonly string[], forMs: number): boolean {
    for (const address of addresses) this.#oracle.stalled.add(address);
    return this.#pause(addresses, forMs);
  }

  #unpause(address: string): void {
    this.#paused.delete(address);
    this.#oracle.stalled.delete(address);
    this.#oracle.environment.net.unpause(address);
  }

  #closePort(address: string, forMs: number): void {
    this.#oracle.environment.net.closeRaftPort(address);
    this.#closed.add(address);
    this.#oracle.environment.after(forMs, () => this.#openPort(address));
  }

  #openPort(address: string): void {
    this.#closed.delete(address);
    this.#oracle.environment.net.openRaftPort(address);
  }

  #clearAnswerFault(address: string): void {
    this.#answerFaults.delete(address);
    this.#oracle.disturbed.delete(address);
  }
}
