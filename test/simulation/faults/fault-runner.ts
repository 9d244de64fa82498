import type { AgentDown } from '../../../src/lib/model/server.js';
import { AwsFault } from '../../../src/sandbox/aws/fault.js';
import type { Chance } from '../chance.js';
import type { Oracle } from '../oracle.js';
import type { CallFaults } from './calls.js';
import { ExternalChanges } from './external-changes.js';
import type { Fault } from './fault.js';
import { startForeignCluster, startOrphan, stopOrphan } from './foreign-servers.js';
import { chooseMinority, findExpendableServer, listLeavingServers } from './servers.js';
import { releaseAddresses, takeAddresses } from './subnets.js';

/** What faults ask of the machines. */
export interface MachineFaults {
  /** Health checks of instances on the new image fail until then, epoch milliseconds. */
  blindUntilMs: number;
  /** Where instances on the new image look for company; undefined for their own cluster. */
  strangers: readonly string[] | undefined;
  /** Agents still to be started again after they have left. */
  restarts: number;
}

type ServerFault = Extract<Fault, { readonly whom: unknown }>;
type AccountFault = Exclude<Fault, ServerFault>;
type ExternalChangeKind = Extract<Fault['kind'], `${string}-by-hand`>;

/** Does what faults are made of, and ends it again. */
export class FaultRunner {
  /** Who changes groups by hand. */
  readonly externalChanges: ExternalChanges;
  readonly #truth: Oracle;
  readonly #chance: Chance;
  readonly #calls: CallFaults;
  readonly #machines: MachineFaults;
  /** The image that the roll is from. */
  readonly #oldImage: string;
  readonly #disguises = new Map<string, AgentDown['why']>();
  readonly #frozen = new Set<string>();

  constructor(truth: Oracle, chance: Chance, calls: CallFaults, machines: MachineFaults, oldImage: string) {
    this.#truth = truth;
    this.#chance = chance;
    this.#calls = calls;
    this.#machines = machines;
    this.#oldImage = oldImage;
    this.externalChanges = new ExternalChanges(truth);
  }

  /** How a server seems to answer; undefined for as it does. */
  getDisguise(address: string): AgentDown['why'] | undefined {
    return this.#disguises.size === 0 ? undefined : this.#disguises.get(address);
  }

  /** The server answers like this for a while, or for good. */
  disguise(address: string, as: AgentDown['why'], forMs?: number): void {
    this.#disguises.set(address, as);
    this.#truth.disturbed.add(address);
    if (forMs !== undefined) this.#truth.universe.after(forMs, () => this.#unmask(address));
  }

  /** What came about, as a line; undefined when it would be more than the cluster can bear, or there is nobody to hit. */
  apply(fault: Fault): string | undefined {
    if ('whom' in fault) return this.#hit(fault);
    return this.#begin(fault) ? JSON.stringify(fault) : undefined;
  }

  /** Ends what still goes on. */
  end(): void {
    this.#machines.blindUntilMs = 0;
    this.#machines.strangers = undefined;
    this.#machines.restarts = 0;
    for (const address of [...this.#disguises.keys()]) this.#unmask(address);
    for (const address of [...this.#frozen]) this.#thaw(address);
    this.#truth.state.launchFault = undefined;
    stopOrphan(this.#truth.universe.net);
    releaseAddresses(this.#truth.state);
    this.externalChanges.giveImageBack();
  }

  #begin(fault: AccountFault): boolean {
    switch (fault.kind) {
      case 'hang-in-leave':
        return this.#freeze(listLeavingServers(this.#truth), fault.forMs);
      case 'no-leader':
        return this.#stall(chooseMinority(this.#truth, this.#chance), fault.forMs);
      case 'orphan-peer':
        return startOrphan(this.#truth);
      case 'scaled-by-hand':
        return this.externalChanges.scale();
      case 'image-by-hand':
        return this.externalChanges.swapImage(this.#oldImage);
      case 'record-by-hand':
        return this.externalChanges.takeRecord(fault.side);
      default:
        this.#change(fault);
        return true;
    }
  }

  #change(
    fault: Exclude<AccountFault, { readonly kind: 'hang-in-leave' | 'no-leader' | 'orphan-peer' | ExternalChangeKind }>,
  ): void {
    const { universe, state } = this.#truth;
    switch (fault.kind) {
      case 'no-addresses':
        takeAddresses(state);
        universe.after(fault.forMs, () => releaseAddresses(state));
        return;
      case 'no-launches':
        state.launchFault = new AwsFault(fault.code, 'as the simulation wants it');
        universe.after(fault.forMs, () => {
          state.launchFault = undefined;
        });
        return;
      case 'blind-balancer':
        this.#machines.blindUntilMs = universe.nowMs + fault.forMs;
        return;
      case 'foreign-cluster':
        this.#machines.strangers ??= startForeignCluster(universe.net);
        return;
      case 'eager-supervisor':
        this.#machines.restarts += fault.times;
        return;
      case 'deaf-leave':
        this.#calls.deafLeaves += fault.times;
        return;
      case 'aws-outage':
        this.#calls.beginOutage(fault.code, fault.forMs);
    }
  }

  #hit(fault: ServerFault): string | undefined {
    const victim = findExpendableServer(this.#truth, fault.whom, this.#chance);
    if (victim === undefined) return undefined;
    const address = victim.host;
    switch (fault.kind) {
      case 'kill-server':
        this.#truth.universe.net.kill(address);
        break;
      case 'freeze-server':
        this.#freeze([address], fault.forMs);
        break;
      case 'mute-server':
        this.disguise(address, fault.as, fault.forMs);
        break;
      case 'terminate-instance':
        this.#terminate(this.#truth.serverOf(victim)?.nodeName ?? '', fault.throughGroup);
    }
    return `${fault.kind} ${fault.whom} ${address}`;
  }

  #terminate(instanceId: string, throughGroup: boolean): void {
    const { universe } = this.#truth;
    const mayShrink = (this.#truth.groupOf(instanceId)?.minSize ?? 0) === 0;
    // Before a roll has begun, nobody would put back what was shrunk by hand.
    if (throughGroup && mayShrink && this.#truth.isRolling) {
      universe.world.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
        InstanceId: instanceId,
        ShouldDecrementDesiredCapacity: true,
      });
    } else universe.world.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
  }

  /** False when there is nobody to freeze. */
  #freeze(addresses: readonly string[], forMs: number): boolean {
    for (const address of addresses) {
      this.#truth.universe.net.pause(address);
      this.#frozen.add(address);
      this.#truth.universe.after(forMs, () => this.#thaw(address));
    }
    return addresses.length > 0;
  }

  /** The same with more than the cluster can spare: they all come back, so that the quorum is not lost for good. */
  #stall(addresses: readonly string[], forMs: number): boolean {
    for (const address of addresses) this.#truth.stalled.add(address);
    return this.#freeze(addresses, forMs);
  }

  #thaw(address: string): void {
    this.#frozen.delete(address);
    this.#truth.stalled.delete(address);
    this.#truth.universe.net.unpause(address);
  }

  #unmask(address: string): void {
    this.#disguises.delete(address);
    this.#truth.disturbed.delete(address);
  }
}
