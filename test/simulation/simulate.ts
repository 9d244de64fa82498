import { CloudClock } from '../../src/lib/aws/clock.js';
import type { Engine } from '../../src/lib/engine/engine.js';
import type { RollOptions } from '../../src/lib/model/plan.js';
import { INVARIANTS, type Invariant } from '../../src/lib/model/stop-reason.js';
import { readSimulatedAccount } from './account.js';
import { Chance } from './chance.js';
import { CheckerRunner } from './checker-runner.js';
import type { Violation } from './checkers/checker.js';
import { RUN_LIMIT_MS } from './checkers/run-end.js';
import { describeEffect } from './effect.js';
import { Adversary } from './faults/adversary.js';
import { CallFaults } from './faults/calls.js';
import type { PlannedFault } from './faults/fault.js';
import { FaultRunner } from './faults/fault-runner.js';
import { FaultInjector } from './faults/injector.js';
import { buildHarness, type Harness } from './harness.js';
import { type OperatorContext, type OperatorResult, type RunOutcome, runOperator } from './operator.js';
import { CLUSTER } from './oracle.js';
import { Pauses } from './pauses.js';
import { CallRunner, type CallSupervisor, describeCallOutcome } from './ports/call-runner.js';
import { createVirtualClock } from './ports/clock.js';
import { SimulatedCloud } from './ports/cloud.js';
import { SimulatedConsul } from './ports/consul.js';
import type { SimulatedProcess } from './ports/process.js';
import { createScenario, type Scenario } from './scenario.js';
import type { FinalOutcome, SimulationEnd } from './simulation-end.js';
import { createSlowHooks } from './slow-hooks.js';
import type { LogFunction } from './trace.js';
import { startWriter } from './writer.js';

/** The result of one seed. */
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

/** Auto Scaling acts on what it finds within this time. */
const AFTER_MS = 60_000;
/** Time limit for groups and load balancers to settle after the end. */
const SETTLE_MS = 300_000;
/** Who may write the keys of a roll may do to the cluster what a roll may (docs/security.md), to no other. */
const KEPT_FROM_STORE_WRITERS: readonly Invariant[] = ['only-our-own', 'token-to-members-only', 'quorum-kept'];
const NO_IMAGE = 'ami-00000000000000000';

/**
 * Simulates one roll from one seed with its faults, until no process carries it on.
 *
 * @param change settings that replace those of the seed
 */
export async function simulate(
  seed: number,
  log?: LogFunction,
  change: Partial<Scenario> = {},
): Promise<SimulationReport> {
  return new Simulation({ ...createScenario(seed), ...change }, log).run();
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
  readonly #adversary: Adversary | undefined;
  /** Lines are formatted only if they are printed: that takes longer than the simulation itself. */
  readonly #log: (line: () => string | undefined) => void;
  #runs = 0;

  constructor(scenario: Scenario, log: LogFunction | undefined) {
    this.#scenario = scenario;
    this.#harness = buildHarness(scenario);
    const { environment, oracle, machines } = this.#harness;
    const startMs = environment.nowMs;
    oracle.weakens = scenario.weakens;
    oracle.needsToken = scenario.needsToken;
    oracle.zoneTag = scenario.zoneTag;
    this.#log = (line) => log?.(environment.nowMs - startMs, line());
    this.#log(() => JSON.stringify(scenario));
    this.#chance = new Chance(scenario.seed).fork();
    this.#calls = new CallFaults(environment, scenario, this.#chance.fork());
    oracle.areReportsStale = () => this.#calls.areReportsStale;
    this.#faultRunner = new FaultRunner(oracle, this.#chance.fork(), this.#calls, machines, scenario.from.imageId);
    this.#injector = new FaultInjector(environment, listFaults(scenario), this.#faultRunner, (what) =>
      this.#log(() => `FAULT ${what}`),
    );
    this.#pauses = new Pauses(oracle, scenario.pauses);
    const { adversary } = scenario;
    this.#adversary =
      adversary && new Adversary(oracle, this.#chance.fork(), adversary, (what) => this.#log(() => what));
    const kept = adversary === 'store' || adversary === 'both' ? KEPT_FROM_STORE_WRITERS : INVARIANTS;
    this.#watch = new CheckerRunner(oracle, kept, ({ invariant, what }) =>
      this.#log(() => `VIOLATION of ${invariant}: ${what}`),
    );
  }

  async run(): Promise<SimulationReport> {
    const { environment, oracle, cluster } = this.#harness;
    const { onto, writeEveryMs, keepOld, flaw, changesMind } = this.#scenario;
    const before = readSimulatedAccount(oracle, onto.imageId);
    const writeRecord = startWriter(
      environment,
      cluster.loadBalancerName,
      this.#chance.fork(),
      writeEveryMs,
      () => oracle.leader !== undefined,
    );
    environment.afterEvent = () => this.#watch.after();
    this.#adversary?.start();
    const work = await runOperator(this.#createOperatorContext());
    this.#stopFaults();
    this.#adversary?.removeTags();
    environment.advanceTo(environment.nowMs + AFTER_MS);
    environment.until(() => isSettled(this.#harness), SETTLE_MS);
    const faults = this.#calls.count + this.#injector.count + (this.#adversary?.count ?? 0);
    const undisturbed = faults + work.kills === 0;
    this.#faultRunner.externalChanges.reopenZones();
    this.#watch.atEnd({
      outcome: work.outcome,
      why: work.why,
      before,
      writeRecord,
      imageId: onto.imageId,
      keepOld,
      undisturbed,
      isFeasible: flaw === undefined && !changesMind,
      watched: this.#findWatch(work.kills),
    });
    return this.#report(work, faults);
  }

  /** Whether nothing but operators and hooks that hold terminations came in between; `late` where AWS shows it late. */
  #findWatch(kills: number): SimulationEnd['watched'] {
    const { faults, lagMs, adversary, skewMs } = this.#scenario;
    const isByHand = faults.every(({ fault }) =>
      fault.kind === 'lifecycle-hook'
        ? fault.holds === 'TERMINATING'
        : ['scaled-by-hand', 'image-by-hand'].includes(fault.kind),
    );
    const isCalm = this.#calls.count + kills + this.#pauses.stopsAtOnce + skewMs === 0;
    if (!isByHand || !isCalm || adversary !== undefined) return 'no';
    return lagMs === 0 ? 'yes' : 'late';
  }

  #report({ outcome, why, ends, kills }: OperatorResult, faults: number): SimulationReport {
    const { violations } = this.#watch;
    this.#log(() => `${outcome}: ${why}`);
    return { seed: this.#scenario.seed, outcome, why, ends, faults, kills, violations };
  }

  #createOperatorContext(): OperatorContext {
    const { oracle } = this.#harness;
    const { changesMind, flaw, forcesUnlock, adversary } = this.#scenario;
    const [unreachable] = oracle.peers;
    if (flaw === 'unreachable-server') this.#faultRunner.setAnswerFault(unreachable?.host ?? '', 'silent');
    return {
      oracle,
      order: buildOrder(this.#scenario),
      chance: this.#chance.fork(),
      changesMind,
      forcesUnlock,
      attackedBy: adversary,
      cannotStart: flaw !== undefined,
      connect: (process) => this.#connect(process),
      createStopSignal: () => this.#pauses.begin(),
      onRunEnd: (end) => this.#watch.ended(end),
      undoExternalChanges: () => this.#faultRunner.externalChanges.restoreImage(),
      closeEmptyZones: () => this.#faultRunner.externalChanges.closeEmptyZones(),
      stopFaults: () => this.#stopFaults(),
      restoreNames: () => this.#adversary?.restoreNames(),
      log: this.#log,
    };
  }

  #connect(process: SimulatedProcess): Engine {
    const { environment } = this.#harness;
    const run = ++this.#runs;
    environment.after(RUN_LIMIT_MS, () => process.kill());
    // Runs take turns on two machines, whose clocks are wrong in opposite directions.
    const skewMs = (run % 2 === 0 ? -1 : 1) * this.#scenario.skewMs;
    const clock = new CloudClock(createVirtualClock(environment, process, skewMs));
    const supervisor = this.#createSupervisor(clock);
    const aws = new CallRunner(environment, process, supervisor, 'aws');
    const consul = new CallRunner(environment, process, supervisor, 'consul');
    const getAnswerFault = (address: string) =>
      this.#faultRunner.getAnswerFault(address) ?? this.#calls.drawAnswerFault();
    return {
      cloud: new SimulatedCloud(aws, this.#calls.lag()),
      consul: new SimulatedConsul(consul, getAnswerFault, this.#harness.oracle),
      clock,
      files: {
        save: async (name) => ({ path: `/snapshots/${name}`, bytes: 1_024 }),
        countFreeBytes: async () => undefined,
        findProblem: async () => undefined,
      },
      hooks: createSlowHooks(environment, this.#scenario),
      holder: `simulation run ${run}`,
      newNonce: () => run.toString(16).padStart(32, '0'),
      newRollId: () => `${run.toString(16)}${this.#scenario.seed.toString(16)}`,
      close: async () => {},
    };
  }

  #createSupervisor(clock: CloudClock): CallSupervisor {
    const { environment } = this.#harness;
    return {
      decideOutcome: (effect, to) => this.#calls.decideOutcome(effect, to),
      disturbRead: (to) => this.#calls.disturbRead(to),
      onAnswer: (to) => {
        // The date of an answer is in whole seconds.
        if (to === 'aws') clock.adjust(Math.floor(environment.nowMs / 1_000) * 1_000);
      },
      onEffect: (effect) => this.#watch.before(effect),
      afterwards: (effect, outcome) => {
        this.#log(() => `effect ${this.#calls.effects}: ${describeEffect(effect)}${describeCallOutcome(outcome)}`);
        if (outcome.kind === 'done') this.#watch.done(effect);
        this.#watch.after();
        this.#injector.countEffect(effect);
        const pause = this.#pauses.countEffect(this.#calls.effects);
        if (pause !== undefined) this.#log(() => `PAUSE by ${pause.by}`);
      },
    };
  }

  #stopFaults(): void {
    this.#calls.stopFaults();
    this.#injector.stopFaults();
    this.#adversary?.stop();
  }
}

/** Whether every group has its desired capacity, every instance is in service, and the cluster has its voters. */
function isSettled({ environment, oracle }: Harness): boolean {
  const { state, balancer } = oracle;
  if (oracle.voters.filter((peer) => oracle.isHealthy(peer)).length < oracle.size) return false;
  for (const group of state.groups.values()) {
    if (group.members.size !== group.desired) return false;
    for (const { lifecycle, instance } of group.members.values()) {
      if (lifecycle !== 'InService' || instance.state !== 'running') return false;
      if (!environment.net.isListening(instance.address)) return false;
    }
  }
  const phases = [...(state.balancers.get(balancer)?.registrations.values() ?? [])];
  return phases.every(({ phase }) => phase === 'in-service');
}

/** Once the keys are lost, only the tags would tell what to restore, and an adversary writes those. */
function listFaults({ faults, adversary }: Scenario): readonly PlannedFault[] {
  return adversary === undefined ? faults : faults.filter(({ fault }) => fault.kind !== 'keys-by-hand');
}

function buildOrder(scenario: Scenario): RollOptions {
  const { onto, surge, keepOld, inPlace, limits, intervalMs, flaw, skipCanary } = scenario;
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
    skipCanary,
    limits,
    intervalMs,
    lockTtlMs: 30_000,
    forceUnlock: false,
  };
}
