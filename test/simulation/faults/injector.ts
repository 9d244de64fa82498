import type { AgentDown } from '../../../src/lib/model/server.js';
import type { Chance } from '../chance.js';
import { type Effect, nameOf } from '../effect.js';
import type { Truth } from '../truth.js';
import type { CallFaults } from './calls.js';
import type { Fault, PlannedFault } from './fault.js';
import { expendable } from './servers.js';
import { startForeignCluster, startGhost } from './strangers.js';

/** What faults ask of the machines. */
export interface MachineFaults {
  /** Health checks of instances on these images fail until then, epoch milliseconds. */
  blindUntilMs: number;
  /** Where instances on the new image look for company; undefined for their own cluster. */
  strangers: readonly string[] | undefined;
  /** Agents still to be started again after they have left. */
  restarts: number;
}

/** Brings about the faults of a scenario at their time. */
export class Injector {
  /** Faults that came about so far, those of single calls aside. */
  count = 0;
  readonly #truth: Truth;
  readonly #chance: Chance;
  readonly #calls: CallFaults;
  readonly #machines: MachineFaults;
  readonly #tell: (what: string) => void;
  readonly #disguises = new Map<string, AgentDown['why']>();
  readonly #frozen = new Set<string>();
  #pending: readonly PlannedFault[];
  #seen = new Map<string, number>();
  #calm = false;

  constructor(
    truth: Truth,
    planned: readonly PlannedFault[],
    chance: Chance,
    calls: CallFaults,
    machines: MachineFaults,
    tell: (what: string) => void,
  ) {
    this.#truth = truth;
    this.#pending = planned;
    this.#chance = chance;
    this.#calls = calls;
    this.#machines = machines;
    this.#tell = tell;
    for (const { trigger, fault } of planned) {
      if (trigger.kind === 'time') truth.universe.after(trigger.afterMs, () => this.#bring(fault));
    }
  }

  /** How a server seems to answer. */
  disguiseOf(address: string): AgentDown['why'] | undefined {
    return this.#disguises.size === 0 ? undefined : this.#disguises.get(address);
  }

  /** An effect has been asked for: some faults wait for it. */
  noteEffect(effect: Effect): void {
    if (this.#pending.length === 0) return;
    const named = nameOf(effect);
    const nth = (this.#seen.get(named) ?? 0) + 1;
    this.#seen.set(named, nth);
    for (const { trigger, fault } of this.#pending) {
      if (trigger.kind !== 'effect' || trigger.named !== named || trigger.nth !== nth) continue;
      this.#truth.universe.after(trigger.delayMs, () => this.#bring(fault));
    }
  }

  /** Ends what still goes on, and brings nothing more. */
  calmDown(): void {
    this.#calm = true;
    this.#pending = [];
    this.#machines.blindUntilMs = 0;
    this.#machines.strangers = undefined;
    this.#machines.restarts = 0;
    for (const address of this.#disguises.keys()) this.#unmask(address);
    for (const address of this.#frozen) this.#truth.universe.net.thaw(address);
    this.#giveAddressesBack();
  }

  #bring(fault: Fault): void {
    if (this.#calm || !this.#carryOut(fault)) return;
    this.count++;
  }

  /** False when it would be more than the cluster can bear, or there is nobody to hit. */
  #carryOut(fault: Fault): boolean {
    switch (fault.kind) {
      case 'kill-server':
      case 'freeze-server':
      case 'terminate-instance':
      case 'mute-server':
        return this.#hit(fault);
      case 'ghost':
        return this.#tellOf('a ghost joins', startGhost(this.#truth));
      default:
        this.#begin(fault);
        return this.#tellOf(JSON.stringify(fault), true);
    }
  }

  #begin(fault: Fault): void {
    const { universe } = this.#truth;
    switch (fault.kind) {
      case 'no-capacity':
        this.#takeAddresses();
        universe.after(fault.forMs, () => this.#giveAddressesBack());
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

  #hit(fault: Extract<Fault, { readonly whom: unknown }>): boolean {
    const { universe } = this.#truth;
    const victim = expendable(this.#truth, fault.whom, this.#chance);
    if (victim === undefined) return false;
    const address = victim.host;
    this.#tell(`${fault.kind} ${fault.whom} ${address}`);
    switch (fault.kind) {
      case 'kill-server':
        universe.net.kill(address);
        return true;
      case 'freeze-server':
        universe.net.freeze(address);
        this.#frozen.add(address);
        universe.after(fault.forMs, () => universe.net.thaw(address));
        return true;
      case 'mute-server':
        this.#disguises.set(address, fault.as);
        this.#truth.disturbed.add(address);
        universe.after(fault.forMs, () => this.#unmask(address));
        return true;
      case 'terminate-instance': {
        const instanceId = this.#truth.serverOf(victim)?.nodeName ?? '';
        universe.world.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
        return true;
      }
    }
  }

  #tellOf(what: string, happened: boolean): boolean {
    if (happened) this.#tell(what);
    return happened;
  }

  #unmask(address: string): void {
    this.#disguises.delete(address);
    this.#truth.disturbed.delete(address);
  }

  #takeAddresses(): void {
    for (const { taken, prefix } of this.#truth.state.network.subnets) {
      for (let host = 4; host <= 254; host++) {
        if (!taken.has(`${prefix}.${host}`)) taken.add(`${prefix}.${host}`);
      }
    }
  }

  /** Addresses nobody lives at are free again. */
  #giveAddressesBack(): void {
    const living = new Set(
      [...this.#truth.state.instances.values()]
        .filter(({ state }) => state !== 'terminated')
        .map(({ address }) => address),
    );
    for (const { taken } of this.#truth.state.network.subnets) {
      for (const address of taken) if (!living.has(address)) taken.delete(address);
    }
  }
}
