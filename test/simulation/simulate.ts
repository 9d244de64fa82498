import type { Engine } from '../../src/lib/engine/engine.js';
import type { RollOptions } from '../../src/lib/model/plan.js';
import { readSimulatedAccount } from './account.js';
import { Chance } from './chance.js';
import type { Violation } from './checkers/checker.js';
import { describeEffect } from './effect.js';
import type { FinalOutcome } from './ending.js';
import { CallFaults } from './faults/calls.js';
import { FaultRunner } from './faults/fault-runner.js';
import { FaultInjector } from './faults/injector.js';
import { buildHarness, CLUSTER, type Harness } from './harness.js';
import { type OperatorContext, type OperatorResult, type RunOutcome, runOperator } from './operator.js';
import { Pauses } from './pauses.js';
import { CallRunner, type CallSupervisor, describeCallOutcome } from './ports/call-runner.js';
import { createVirtualClock } from './ports/clock.js';
import { SimulatedCloud } from './ports/cloud.js';
import { SimulatedConsul } from './ports/consul.js';
import type { SimulatedProcess } from './ports/process.js';
import { createScenario, type Scenario } from './scenario.js';
import type { LogFunction } from './trace.js';
import { CheckerRunner } from './watch.js';
import { startWriter } from './writer.js';

/** What came of one seed. */
export interface SimulationReport {
  readonly seed: number;
  readonly outcome: FinalOutcome;
  readonly why: string;
  /** How each run of a process ended. */
  readonly ends: readonly RunOutcome[];
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
export async function simulate(
  seed: number,
  tell?: LogFunction,
  change: Partial<Scenario> = {},
): Promise<SimulationReport> {
  return new Simulation({ ...createScenario(seed), ...change }, tell).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #harness: Harness;
  readonly #watch: CheckerRunner;
  readonly #chance: Chance;
  readonly #calls: CallFaults;
  readonly #faultRunner: FaultRunner;
  readonly #injector: FaultInjector;
  readonly #pauses: Pauses;
  /** Lines are made only where somebody listens: that takes longer than what they tell of. */
  readonly #tell: (line: () => string | undefined) => void;
  #runs = 0;

  constructor(scenario: Scenario, tell: LogFunction | undefined) {
    this.#scenario = scenario;
    this.#harness = buildHarness(scenario);
    const { universe, truth, machines } = this.#harness;
    const startMs = universe.nowMs;
    this.#tell = (line) => tell?.(universe.nowMs - startMs, line());
    this.#tell(() => JSON.stringify(scenario));
    this.#chance = new Chance(scenario.seed).fork();
    this.#calls = new CallFaults(universe, scenario, this.#chance.fork());
    this.#faultRunner = new FaultRunner(truth, this.#chance.fork(), this.#calls, machines, scenario.from.imageId);
    this.#injector = new FaultInjector(universe, scenario.faults, this.#faultRunner, (what) =>
      this.#tell(() => `FAULT ${what}`),
    );
    this.#pauses = new Pauses(truth, scenario.pauses);
    this.#watch = new CheckerRunner(truth, ({ invariant, what }) =>
      this.#tell(() => `VIOLATION of ${invariant}: ${what}`),
    );
  }

  async run(): Promise<SimulationReport> {
    const { universe, truth, cluster } = this.#harness;
    const { onto, writeEveryMs, keepOld } = this.#scenario;
    const before = readSimulatedAccount(universe, truth.oldGroup, onto.imageId);
    const ledger = startWriter(universe, cluster.loadBalancerName, this.#chance.fork(), writeEveryMs);
    universe.afterEvent = () => this.#watch.after();
    const work = await runOperator(this.#createOperatorContext());
    this.#calmDown();
    universe.until(() => isSettled(this.#harness), SETTLE_MS);
    const faults = this.#calls.count + this.#injector.count;
    const undisturbed = faults + work.kills === 0;
    this.#watch.atEnd({ outcome: work.outcome, before, ledger, imageId: onto.imageId, keepOld, undisturbed });
    return this.#report(work, faults);
  }

  #report({ outcome, why, ends, kills }: OperatorResult, faults: number): SimulationReport {
    const { violations } = this.#watch;
    this.#tell(() => `${outcome}: ${why}`);
    return { seed: this.#scenario.seed, outcome, why, ends, faults, kills, violations };
  }

  #createOperatorContext(): OperatorContext {
    const { truth } = this.#harness;
    const { changesMind, flaw } = this.#scenario;
    const [unreachable] = truth.peers;
    if (flaw === 'unreachable-server') this.#faultRunner.disguise(unreachable?.host ?? '', 'silent');
    return {
      truth,
      order: buildOrder(this.#scenario),
      chance: this.#chance.fork(),
      changesMind,
      hopeless: flaw !== undefined,
      connect: (process) => this.#connect(process),
      control: () => this.#pauses.begin(),
      undoMeddling: () => this.#faultRunner.externalChanges.undo(),
      calmDown: () => this.#calmDown(),
      log: this.#tell,
    };
  }

  #connect(process: SimulatedProcess): Engine {
    const { universe } = this.#harness;
    const run = ++this.#runs;
    const overseer = this.#createSupervisor();
    const aws = new CallRunner(universe, process, overseer, 'aws');
    const consul = new CallRunner(universe, process, overseer, 'consul');
    const disguise = (address: string) => this.#faultRunner.getDisguise(address) ?? this.#calls.garble();
    return {
      cloud: new SimulatedCloud(aws, this.#calls.lag()),
      consul: new SimulatedConsul(consul, disguise),
      clock: createVirtualClock(universe, process),
      files: { save: async (name) => `/snapshots/${name}` },
      holder: `simulation run ${run}`,
      newRollId: () => `${run.toString(16)}${this.#scenario.seed.toString(16)}`,
      close: async () => {},
    };
  }

  #createSupervisor(): CallSupervisor {
    return {
      decideOutcome: (effect, to) => this.#calls.decideOutcome(effect, to),
      disturbRead: (to) => this.#calls.disturbRead(to),
      onEffect: (effect) => this.#watch.before(effect),
      afterwards: (effect, fate) => {
        this.#tell(() => `effect ${this.#calls.effects}: ${describeEffect(effect)}${describeCallOutcome(fate)}`);
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
function isSettled({ universe, truth: { state, balancer } }: Harness): boolean {
  for (const group of state.groups.values()) {
    if (group.members.size !== group.desired) return false;
    for (const { lifecycle, instance } of group.members.values()) {
      if (lifecycle !== 'InService' || instance.state !== 'running') return false;
      if (!universe.net.isListening(instance.address)) return false;
    }
  }
  const phases = [...(state.balancers.get(balancer)?.registrations.values() ?? [])];
  return phases.every(({ phase }) => phase === 'in-service');
}

function buildOrder({ onto, surge, keepOld, inPlace, limits, intervalMs, flaw }: Scenario): RollOptions {
  const imageId = flaw === 'unknown-image' ? NO_IMAGE : onto.imageId;
  const strategy = inPlace ? 'in-place' : 'beside';
  return {
    kind: 'upgrade',
    cluster: CLUSTER,
    group: undefined,
    imageId,
    strategy,
    launchSource: 'auto',
    surge,
    keepOld,
    limits,
    intervalMs,
    lockTtlMs: 30_000,
    forceUnlock: false,
  };
}
