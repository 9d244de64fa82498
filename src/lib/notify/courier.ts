import { EnvHttpProxyAgent } from 'undici';
import type { Clock } from '../ports.js';
import type { EventDocument } from '../ui/events/schema.js';
import { deliver, type Persistence } from './deliver.js';
import type { Target } from './target.js';

/** The events somebody who is not looking wants to hear of. */
const NOTICES: ReadonlySet<string> = new Set(['started', 'pause-requested', 'ended']);

const USUAL: Persistence = { attempts: 5, firstPauseMs: 500, answerWithinMs: 5_000 };
/** What a roll that has ended still waits for its last notice. */
const LAST_WAIT_MS = 15_000;

/**
 * Takes notices of a roll to where they are wanted, one after the other, in the background: the roll never waits for
 * one. What cannot be delivered is told, and no more than that.
 */
export class Courier {
  readonly #targets: readonly Target[];
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #how: Persistence;
  readonly #lastWaitMs: number;
  readonly #dispatcher = new EnvHttpProxyAgent();
  readonly #stop = new AbortController();
  readonly #underWay = new Map<Target, Promise<void>>();
  #started = false;

  constructor(
    targets: readonly Target[],
    clock: Clock,
    warn: (message: string) => void,
    how: Persistence = USUAL,
    lastWaitMs = LAST_WAIT_MS,
  ) {
    this.#targets = targets;
    this.#clock = clock;
    this.#warn = warn;
    this.#how = how;
    this.#lastWaitMs = lastWaitMs;
  }

  /** Takes one event along, if it is worth a notice. Of what ends before a roll has started there is none. */
  take(document: EventDocument): void {
    this.#started ||= document.kind === 'started';
    if (!this.#started || !NOTICES.has(document.kind)) return;
    for (const target of this.#targets) {
      const before = this.#underWay.get(target) ?? Promise.resolve();
      this.#underWay.set(
        target,
        before.then(() => this.#bring(target, document)),
      );
    }
  }

  /** Waits for what is under way, but not for ever, and lets go of the rest. */
  async settle(): Promise<void> {
    const over = new AbortController();
    const all = Promise.all(this.#underWay.values()).then(() => over.abort());
    await Promise.race([all, this.#clock.sleep(this.#lastWaitMs, over.signal)]);
    this.#stop.abort();
    await all;
    await this.#dispatcher.destroy();
  }

  async #bring(target: Target, document: EventDocument): Promise<void> {
    const means = { dispatcher: this.#dispatcher, clock: this.#clock, signal: this.#stop.signal };
    const why = this.#stop.signal.aborted
      ? 'there was no time left'
      : await deliver(target.url, target.message(document), this.#how, means);
    if (why !== undefined) this.#warn(`${target.name} was not told (${document.kind}): ${why}`);
  }
}
