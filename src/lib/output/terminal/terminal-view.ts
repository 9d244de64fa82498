import { expectedWith, NOTHING_EXPECTED } from '../../engine/plan/estimate.js';
import type { RollEvent, RollResult } from '../../model/events.js';
import { abandoned, advanced, isTurnAsked, type Progress, progressAt } from '../progress.js';
import type { Screen, View } from '../view.js';
import { frameOf, type Room } from './frame.js';
import { StageTasks } from './phase-tasks.js';

const REFRESH_MS = 1000;
const USUAL: Room = { columns: 80, rows: 24 };

/** Live tasks on a terminal: the stages, the servers under the one that is on, the voters at the foot. */
export class TerminalView implements View {
  readonly #screen: Screen;
  readonly #tasks: StageTasks;
  readonly #refresh: NodeJS.Timeout;
  #progress: Progress;
  #expectation = NOTHING_EXPECTED;
  #ended = false;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#progress = progressAt(screen.now());
    this.#tasks = new StageTasks(screen.stream, screen.colour, () => sizeOf(screen.stream));
    this.#refresh = setInterval(this.#show, REFRESH_MS);
    screen.stream.on('resize', this.#show);
    this.#show();
  }

  handle(event: RollEvent): void {
    if (this.#ended) return;
    this.#progress = advanced(this.#progress, event);
    const { conditions } = this.#screen;
    if (conditions !== undefined) this.#expectation = expectedWith(this.#expectation, event, conditions);
    const startedAtMs = this.#screen.watching ? startOfWatched(event) : undefined;
    if (startedAtMs !== undefined) this.#progress = { ...this.#progress, startedAtMs };
    this.#show();
  }

  async end(result: RollResult | undefined): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#refresh);
    this.#screen.stream.off('resize', this.#show);
    const atMs = this.#screen.now();
    if (result === undefined) this.#progress = abandoned(this.#progress, atMs);
    else if (this.#progress.result === undefined) {
      this.#progress = advanced(this.#progress, { kind: 'ended', atMs, result });
    }
    this.#show();
    await this.#tasks.end();
  }

  readonly #show = (): void => {
    const { stream, now, watching } = this.#screen;
    const expected = this.#expectation.latest;
    this.#tasks.show(frameOf(this.#progress, sizeOf(stream), now(), { watching, expected }));
  };
}

function sizeOf({ columns, rows }: NodeJS.WriteStream): Room {
  return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
}

/** When the run begins that is watched: with the lock of whoever runs it, or with the turn for which they have come. */
function startOfWatched(event: RollEvent): number | undefined {
  if (event.kind === 'started') return event.watched?.sinceMs;
  return event.kind === 'step-started' && isTurnAsked(event.step) ? event.atMs : undefined;
}
