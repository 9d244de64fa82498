import type { Engine } from '../../src/lib/engine/engine.js';
import type { Order } from '../../src/lib/model/plan.js';
import { accountOf } from './account.js';
import { Chance } from './chance.js';
import type { Violation } from './checkers/checker.js';
import { describeEffect } from './effect.js';
import type { FinalOutcome } from './ending.js';
import { CallFaults } from './faults/calls.js';
import { Harm } from './faults/harm.js';
import { Injector } from './faults/injector.js';
import { type Desk, type End, operate, type Work } from './operator.js';
import { Pauses } from './pauses.js';
import { virtualClock } from './ports/clock.js';
import { SimulatedCloud } from './ports/cloud.js';
import { SimulatedConsul } from './ports/consul.js';
import type { Process } from './ports/process.js';
import { describeFate, type Overseer, Wire } from './ports/wire.js';
import { type Scenario, scenarioOf } from './scenario.js';
import { buildStage, CLUSTER, type Stage } from './stage.js';
import type { Tell } from './story.js';
import { Watch } from './watch.js';
import { startWriter } from './writer.js';

/** What came of one seed. */
export interface Report {
  readonly seed: number;
  readonly outcome: FinalOutcome;
  readonly why: string;
  /** How each run of a process ended. */
  readonly ends: readonly End[];
  readonly faults: number;
  readonly kills: number;
  readonly violations: readonly Violation[];
}

/** How long groups and load balancers may take to settle after the end. */
const SETTLE_MS = 300_000;
const NO_IMAGE = 'ami-00000000000000000';

/**
 * One roll from one seed, with everything that goes wrong on the way, carried on until it is over.
 *
 * @param change what is not to be left to the seed
 */
export async function simulate(seed: number, tell?: Tell, change: Partial<Scenario> = {}): Promise<Report> {
  return new Simulation({ ...scenarioOf(seed), ...change }, tell).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #stage: Stage;
  readonly #watch: Watch;
  readonly #chance: Chance;
  readonly #calls: CallFaults;
  readonly #harm: Harm;
  readonly #injector: Injector;
  readonly #pauses: Pauses;
  /** Lines are made only where somebody listens: that takes longer than what they tell of. */
  readonly #tell: (line: () => string | undefined) => void;
  #runs = 0;

  constructor(scenario: Scenario, tell: Tell | undefined) {
    this.#scenario = scenario;
    this.#stage = buildStage(scenario);
    const { universe, truth, machines } = this.#stage;
    const startMs = universe.nowMs;
    this.#tell = (line) => tell?.(universe.nowMs - startMs, line());
    this.#tell(() => JSON.stringify(scenario));
    this.#chance = new Chance(scenario.seed).fork();
    this.#calls = new CallFaults(universe, scenario, this.#chance.fork());
    this.#harm = new Harm(truth, this.#chance.fork(), this.#calls, machines, scenario.from.imageId);
    this.#injector = new Injector(universe, scenario.faults, this.#harm, (what) =>
      this.#tell(() => `FAULT ${what}`),
    );
    this.#pauses = new Pauses(truth, scenario.pauses);
    this.#watch = new Watch(truth, ({ invariant, what }) =>
      this.#tell(() => `VIOLATION of ${invariant}: ${what}`),
    );
  }

  async run(): Promise<Report> {
    const { universe, truth, cluster } = this.#stage;
    const { onto, writeEveryMs, keepOld } = this.#scenario;
    const before = accountOf(universe, truth.oldGroup, onto.imageId);
    const ledger = startWriter(universe, cluster.loadBalancerName, this.#chance.fork(), writeEveryMs);
    universe.afterEvent = () => this.#watch.after();
    const work = await operate(this.#desk());
    this.#calmDown();
    universe.until(() => isSettled(this.#stage), SETTLE_MS);
    const faults = this.#calls.count + this.#injector.count;
    const undisturbed = faults + work.kills === 0;
    this.#watch.atEnd({ outcome: work.outcome, before, ledger, imageId: onto.imageId, keepOld, undisturbed });
    return this.#report(work, faults);
  }

  #report({ outcome, why, ends, kills }: Work, faults: number): Report {
    const { violations } = this.#watch;
    this.#tell(() => `${outcome}: ${why}`);
    return { seed: this.#scenario.seed, outcome, why, ends, faults, kills, violations };
  }

  #desk(): Desk {
    const { truth } = this.#stage;
    const { changesMind, flaw } = this.#scenario;
    const [unreachable] = truth.peers;
    if (flaw === 'unreachable-server') this.#harm.disguise(unreachable?.host ?? '', 'silent');
    return {
      truth,
      order: orderOf(this.#scenario),
      chance: this.#chance.fork(),
      changesMind,
      hopeless: flaw !== undefined,
      connect: (process) => this.#connect(process),
      control: () => this.#pauses.begin(),
      undoMeddling: () => this.#harm.meddler.undo(),
      calmDown: () => this.#calmDown(),
      tell: this.#tell,
    };
  }

  #connect(process: Process): Engine {
    const { universe } = this.#stage;
    const run = ++this.#runs;
    const overseer = this.#overseer();
    const aws = new Wire(universe, process, overseer, 'aws');
    const consul = new Wire(universe, process, overseer, 'consul');
    const disguise = (address: string) => this.#harm.disguiseOf(address) ?? this.#calls.garble();
    return {
      cloud: new SimulatedCloud(aws, this.#calls.lag()),
      consul: new SimulatedConsul(consul, disguise),
      clock: virtualClock(universe, process),
      files: { save: async (name) => `/snapshots/${name}` },
      holder: `simulation run ${run}`,
      newRollId: () => `${run.toString(16)}${this.#scenario.seed.toString(16)}`,
      close: async () => {},
    };
  }

  #overseer(): Overseer {
    return {
      fateOf: (effect, to) => this.#calls.fateOf(effect, to),
      disturbRead: (to) => this.#calls.disturbRead(to),
      takesHold: (effect) => this.#watch.before(effect),
      afterwards: (effect, fate) => {
        this.#tell(() => `effect ${this.#calls.effects}: ${describeEffect(effect)}${describeFate(fate)}`);
        this.#watch.after();
        this.#injector.noteEffect(effect);
        const pause = this.#pauses.noteEffect(this.#calls.effects);
        if (pause !== undefined) this.#tell(() => `PAUSE by ${pause.by}`);
      },
    };
  }

  #calmDown(): void {
    this.#calls.calmDown();
    this.#injector.calmDown();
  }
}

/** Every group has what it wants, and the load balancer has made up its mind. */
function isSettled({ universe, truth: { state, balancer } }: Stage): boolean {
  for (const group of state.groups.values()) {
    if (group.members.size !== group.desired) return false;
    for (const { lifecycle, instance } of group.members.values()) {
      if (lifecycle !== 'InService' || instance.state !== 'running') return false;
      if (!universe.net.listens(instance.address)) return false;
    }
  }
  const phases = [...(state.balancers.get(balancer)?.registrations.values() ?? [])];
  return phases.every(({ phase }) => phase === 'in-service');
}

function orderOf({ onto, surge, keepOld, inPlace, limits, intervalMs, flaw }: Scenario): Order {
  const imageId = flaw === 'unknown-image' ? NO_IMAGE : onto.imageId;
  const strategy = inPlace ? 'in-place' : undefined;
  return { cluster: CLUSTER, group: undefined, imageId, strategy, surge, keepOld, limits, intervalMs };
}
