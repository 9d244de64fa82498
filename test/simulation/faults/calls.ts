import { RollError } from '../../../src/lib/model/errors.js';
import type { AgentDown } from '../../../src/lib/model/server.js';
import type { ClusterDescription } from '../../../src/lib/ports.js';
import type { Chance } from '../chance.js';
import type { Effect } from '../effect.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { CallOutcome, Service } from '../ports/call-runner.js';
import type { Lag } from '../ports/cloud.js';
import type { Scenario } from '../scenario.js';

/** How often an answer of AWS takes its time, and how long at most: what a look shows is old by then. */
const SLOW_CALL_SHARE = 0.08;
const MAX_DELAY_MS = 4_000;

const CALL_DONE: CallOutcome = { kind: 'done' };

/** What goes wrong with single calls: errors before or after an effect, outages, kills of the process. */
export class CallFaults {
  /** Faults that came about so far. */
  count = 0;
  /** Effects asked for so far, over all processes. */
  effects = 0;
  /** Leaves still to be answered and not carried out. */
  deafLeaves = 0;
  readonly #universe: SimulatedEnvironment;
  readonly #scenario: Scenario;
  readonly #chance: Chance;
  #outage: { readonly code: string; readonly untilMs: number } | undefined;
  #calm = false;

  constructor(universe: SimulatedEnvironment, scenario: Scenario, chance: Chance) {
    this.#universe = universe;
    this.#scenario = scenario;
    this.#chance = chance;
  }

  /** From now on every call does what it says. */
  calmDown(): void {
    this.#calm = true;
    this.#outage = undefined;
    this.deafLeaves = 0;
  }

  /** AWS is not to be had for a while. */
  beginOutage(code: string, forMs: number): void {
    this.#outage = { code, untilMs: this.#universe.nowMs + forMs };
  }

  /** @throws RollError as the AWS adapter does */
  disturbRead(to: Service): void {
    if (to !== 'aws' || this.#calm) return;
    if (this.#chance.happens(SLOW_CALL_SHARE)) {
      this.#universe.advanceTo(this.#universe.nowMs + this.#chance.between(1, MAX_DELAY_MS));
    }
    if (this.#isOut()) throw createCallError(this.#outage?.code ?? '');
    if (!this.#chance.happens(this.#scenario.noise.awsReads)) return;
    this.count++;
    throw createCallError('aws-throttled');
  }

  /** What comes of one answer of Consul on its way; undefined for nothing. */
  garble(): AgentDown['why'] | undefined {
    const { consulReads } = this.#scenario.noise;
    if (consulReads === 0 || this.#calm || !this.#chance.happens(consulReads)) return undefined;
    this.count++;
    return this.#chance.happens(0.5) ? 'silent' : 'broken';
  }

  decideOutcome(effect: Effect, to: Service): CallOutcome {
    this.effects++;
    if (this.#calm) return CALL_DONE;
    if (this.#scenario.kills.includes(this.effects)) {
      return { kind: 'kill', when: this.#chance.happens(0.5) ? 'before' : 'after' };
    }
    if (effect.kind === 'leave' && this.deafLeaves > 0) {
      this.deafLeaves--;
      return { kind: 'swallow' };
    }
    if (to === 'aws' && this.#isOut()) {
      return { kind: 'fail', when: 'before', error: createCallError(this.#outage?.code ?? '') };
    }
    return this.#noise(to);
  }

  /** Answers that lag behind a write. */
  lag(): Lag {
    let shown: { readonly look: ClusterDescription; readonly untilMs: number } | undefined;
    const { lagMs } = this.#scenario;
    const isOn = (): boolean => shown !== undefined && this.#universe.nowMs < shown.untilMs && !this.#calm;
    return {
      shown: () => (isOn() ? shown?.look : undefined),
      beforeWrite: (present) => {
        if (lagMs === 0 || this.#calm || isOn()) return;
        shown = { look: present(), untilMs: this.#universe.nowMs + lagMs };
      },
    };
  }

  #noise(to: Service): CallOutcome {
    const { awsEffects, consulEffects } = this.#scenario.noise;
    if (!this.#chance.happens(to === 'aws' ? awsEffects : consulEffects)) return CALL_DONE;
    this.count++;
    const when = this.#chance.happens(0.5) ? 'before' : 'after';
    return { kind: 'fail', when, error: createCallError(chooseErrorCode(to, when)) };
  }

  #isOut(): boolean {
    return this.#outage !== undefined && this.#universe.nowMs < this.#outage.untilMs;
  }
}

/** After an effect it can only be the answer that was lost. */
function chooseErrorCode(to: Service, when: 'before' | 'after'): string {
  if (to === 'consul') return 'consul-unreachable';
  return when === 'before' ? 'aws-throttled' : 'aws-unreachable';
}

/** What passes by itself, as the adapters have it. */
const RETRYABLE_CODES: readonly string[] = [
  'aws-throttled',
  'aws-busy',
  'aws-unavailable',
  'aws-unreachable',
  'consul-unreachable',
];

function createCallError(code: string): RollError {
  const passing = RETRYABLE_CODES.includes(code);
  return new RollError({
    code,
    message: `simulated ${code}`,
    kind: 'refused',
    next: 'run it again',
    passing,
  });
}
