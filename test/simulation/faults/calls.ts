import { RollError } from '../../../src/lib/model/errors.js';
import type { AgentDown } from '../../../src/lib/model/server.js';
import type { ClusterDescription } from '../../../src/lib/ports.js';
import type { Chance } from '../chance.js';
import { type Effect, formatEffectName } from '../effect.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { CallOutcome, Service } from '../ports/call-runner.js';
import type { Lag } from '../ports/cloud.js';
import type { Scenario } from '../scenario.js';

/** Share of AWS answers that are slow, and their maximum delay: the data is that old when it arrives. */
const SLOW_CALL_SHARE = 0.08;
const MAX_DELAY_MS = 4_000;

const CALL_DONE: CallOutcome = { kind: 'done' };

/** Faults of single calls: errors before or after an effect, outages, kills of the process. */
export class CallFaults {
  /** Number of faults so far. */
  count = 0;
  /** Number of effects requested so far by all processes. */
  effects = 0;
  /** Number of leave requests still to be answered and not carried out. */
  ignoredLeaves = 0;
  readonly #environment: SimulatedEnvironment;
  readonly #scenario: Scenario;
  readonly #chance: Chance;
  /** Until then the leader's reports are one read old. */
  staleReportsUntilMs = 0;
  #outage: { readonly code: string; readonly untilMs: number } | undefined;
  #stopped = false;
  #leaves = 0;
  /** Names of the effects so far. */
  readonly #seen = new Set<string>();

  constructor(environment: SimulatedEnvironment, scenario: Scenario, chance: Chance) {
    this.#environment = environment;
    this.#scenario = scenario;
    this.#chance = chance;
  }

  /** From now on every call succeeds. */
  stopFaults(): void {
    this.#stopped = true;
    this.#outage = undefined;
    this.ignoredLeaves = 0;
    this.staleReportsUntilMs = 0;
  }

  /** AWS answers with this error for a while. */
  startOutage(code: string, forMs: number): void {
    this.#outage = { code, untilMs: this.#environment.nowMs + forMs };
  }

  /** @throws RollError as the AWS adapter does */
  disturbRead(to: Service): void {
    if (to !== 'aws' || this.#stopped) return;
    if (this.#chance.happens(SLOW_CALL_SHARE)) {
      this.#environment.advanceTo(this.#environment.nowMs + this.#chance.between(1, MAX_DELAY_MS));
    }
    if (this.#isOut()) throw createCallError(this.#outage?.code ?? '');
    if (!this.#chance.happens(this.#scenario.noise.awsReads)) return;
    this.count++;
    throw createCallError('aws-throttled');
  }

  /** Why one answer of Consul does not arrive; undefined if it does. */
  drawAnswerFault(): AgentDown['why'] | undefined {
    const { consulReads } = this.#scenario.noise;
    if (consulReads === 0 || this.#stopped || !this.#chance.happens(consulReads)) return undefined;
    this.count++;
    return this.#chance.happens(0.5) ? 'silent' : 'broken';
  }

  get areReportsStale(): boolean {
    return this.#environment.nowMs < this.staleReportsUntilMs;
  }

  decideOutcome(effect: Effect, to: Service): CallOutcome {
    this.effects++;
    if (this.#stopped) return CALL_DONE;
    const name = formatEffectName(effect);
    const isFirst = !this.#seen.has(name);
    this.#seen.add(name);
    const spoiled = effect.kind === 'leave' ? this.#spoilLeave() : undefined;
    if (spoiled !== undefined) return spoiled;
    const { kills } = this.#scenario;
    if (kills.includes(this.effects) || (isFirst && kills.includes(name))) {
      return { kind: 'kill', when: this.#chance.happens(0.5) ? 'before' : 'after' };
    }
    if (effect.kind === 'leave' && this.ignoredLeaves > 0) {
      this.ignoredLeaves--;
      return { kind: 'swallow' };
    }
    if (to === 'aws' && this.#isOut()) {
      return { kind: 'fail', when: 'before', error: createCallError(this.#outage?.code ?? '') };
    }
    return this.#noise(to);
  }

  /** Answers that show the state before the last write. */
  lag(): Lag {
    let getDelayed: { readonly description: ClusterDescription; readonly untilMs: number } | undefined;
    const { lagMs } = this.#scenario;
    const isOn = (): boolean =>
      getDelayed !== undefined && this.#environment.nowMs < getDelayed.untilMs && !this.#stopped;
    return {
      getDelayed: () => (isOn() ? getDelayed?.description : undefined),
      beforeWrite: (present) => {
        if (lagMs === 0 || this.#stopped || isOn()) return;
        getDelayed = { description: present(), untilMs: this.#environment.nowMs + lagMs };
      },
    };
  }

  /** The outcome that the scenario has for this request to leave. */
  #spoilLeave(): CallOutcome | undefined {
    this.#leaves++;
    const outcome = this.#scenario.leaveCalls.find(({ nth }) => nth === this.#leaves)?.outcome;
    if (outcome === undefined) return undefined;
    this.count++;
    const when = outcome === 'lost' || outcome === 'killed-before' ? 'before' : 'after';
    if (outcome === 'killed-before' || outcome === 'killed-after') return { kind: 'kill', when };
    return { kind: 'fail', when, error: createCallError(chooseErrorCode('consul', when)) };
  }

  #noise(to: Service): CallOutcome {
    const { awsEffects, consulEffects } = this.#scenario.noise;
    if (!this.#chance.happens(to === 'aws' ? awsEffects : consulEffects)) return CALL_DONE;
    this.count++;
    const when = this.#chance.happens(0.5) ? 'before' : 'after';
    return { kind: 'fail', when, error: createCallError(chooseErrorCode(to, when)) };
  }

  #isOut(): boolean {
    return this.#outage !== undefined && this.#environment.nowMs < this.#outage.untilMs;
  }
}

/** After an effect only the answer can have been lost. */
function chooseErrorCode(to: Service, when: 'before' | 'after'): string {
  if (to === 'consul') return 'consul-unreachable';
  return when === 'before' ? 'aws-throttled' : 'aws-unreachable';
}

/** Codes of errors that the adapters retry. */
const RETRYABLE_CODES: readonly string[] = [
  'aws-throttled',
  'aws-busy',
  'aws-unavailable',
  'aws-unreachable',
  'consul-unreachable',
];

function createCallError(code: string): RollError {
  const passing = RETRYABLE_CODES.includes(code);
  return new RollError({ code, message: `simulated ${code}`, kind: 'refused', next: 'run it again', passing });
}
