import { messageOf, RollError, remedyOf } from '../../model/errors.js';
import type { History, Survey } from '../../model/observation.js';
import type { Order } from '../../model/plan.js';
import type { Refusal } from '../../model/stop-reason.js';
import { rememberLook } from '../decide/memory.js';
import type { Engine } from '../engine.js';
import { type Scene, takeSurvey } from '../observe/observe.js';
import type { Beginning } from './start.js';

/** What the eyes have to say besides what they see. */
export type Remark =
  | { readonly kind: 'look-failed'; readonly message: string; readonly inARow: number }
  | { readonly kind: 'leader-changed'; readonly from: string | undefined; readonly to: string };

/** What is refused, because credentials have expired or permissions were taken away, is refused until a person acts. */
const UNTIL_ALLOWED_MS = 30_000;

type Blind = Extract<Refusal, { readonly kind: 'blind' }>;

/**
 * The looks of one run, and what they add up to. A look that fails (AWS throttles, a network hiccup) is taken
 * again for as long as AWS is waited for elsewhere too; Consul servers that do not answer are no failure.
 */
export class Eyes {
  readonly #engine: Engine;
  readonly #order: Order;
  readonly #say: (remark: Remark) => void;
  readonly #signal: AbortSignal;
  readonly #scene: Scene;
  #history: History;
  #first: Survey | undefined;
  #leader: string | undefined;
  /** Only looks that count set it, so that it is about an interval old when the next one needs it. */
  #committed: number | undefined;
  leaderChanges = 0;

  constructor(
    engine: Engine,
    order: Order,
    start: Beginning,
    say: (remark: Remark) => void,
    signal: AbortSignal,
  ) {
    this.#engine = engine;
    this.#order = order;
    this.#say = say;
    this.#signal = signal;
    this.#scene = start.scene;
    this.#history = start.survey.history;
    this.#first = start.survey;
    this.#leader = start.survey.raft?.leader;
  }

  /** A look that counts towards the rows that gates need. The look a roll begins with is handed out first. */
  async look(): Promise<Survey | Blind> {
    const first = this.#first;
    this.#first = undefined;
    const seen = first ?? (await this.#see());
    if ('kind' in seen) return seen;
    const history = rememberLook(seen, this.#order.limits, this.#order.intervalMs);
    if (history.countedAtMs === seen.atMs) this.#committed = seen.raft?.commitIndex ?? this.#committed;
    return this.#keep({ ...seen, history });
  }

  /** A look for the safety of one step; it adds nothing to any row. */
  async glance(): Promise<Survey | Blind> {
    const seen = await this.#see();
    return 'kind' in seen ? seen : this.#keep(seen);
  }

  /** What later looks are to know. */
  remember(history: History): void {
    this.#history = history;
  }

  async #see(): Promise<Survey | Blind> {
    const startMs = this.#engine.clock.now();
    for (let inARow = 1; ; inARow += 1) {
      try {
        return await takeSurvey(this.#engine, this.#scene, {
          history: this.#history,
          committed: this.#committed,
        });
      } catch (error) {
        const message = messageOf(error);
        this.#say({ kind: 'look-failed', message, inARow });
        const forMs = this.#engine.clock.now() - startMs;
        const over = forMs > this.#patienceMs(error) || this.#signal.aborted;
        if (over) return { kind: 'blind', message, forMs, remedy: remedyOf(error) };
        await this.#engine.clock.sleep(this.#order.intervalMs, this.#signal);
      }
    }
  }

  #patienceMs(error: unknown): number {
    const { awsTimeoutMs } = this.#order.limits;
    const passes = !(error instanceof RollError) || error.passing;
    return passes ? awsTimeoutMs : Math.min(awsTimeoutMs, UNTIL_ALLOWED_MS);
  }

  /** A look without a leader is no change of leader; the next look with one is compared with the last that had. */
  #keep(survey: Survey): Survey {
    const from = this.#leader;
    const to = survey.raft?.leader ?? from;
    if (to !== undefined && from !== undefined && from !== to) {
      this.leaderChanges += 1;
      this.#say({ kind: 'leader-changed', from, to });
    }
    this.#leader = to;
    this.#history = survey.history;
    return survey;
  }
}
