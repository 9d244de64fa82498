import { UNKNOWN_ETA, updateEta } from '../../engine/plan/estimate.js';
import type { RollEvent } from '../../model/events.js';
import type { RollResult } from '../../model/outcome.js';
import { applyEvent, endWithError, isRequestedRollback, type Progress, startProgress } from '../progress.js';
import type { Screen, View } from '../view.js';
import { buildFrame, type Size } from './frame.js';
import { PhaseTasks } from './phase-tasks.js';

const REFRESH_MS = 1000;
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

/** Live tasks on a terminal: the phases, the servers under the active one, the voters in the last line. */
export class TerminalView implements View {
  readonly #screen: Screen;
  readonly #tasks: PhaseTasks;
  readonly #refresh: NodeJS.Timeout;
  #progress: Progress;
  #eta = UNKNOWN_ETA;
  #ended = false;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#progress = startProgress(screen.now());
    this.#tasks = new PhaseTasks(screen.stream, screen.colour, () => getSize(screen.stream));
    this.#refresh = setInterval(this.#show, REFRESH_MS);
    screen.stream.on('resize', this.#show);
    this.#show();
  }

  handle(event: RollEvent): void {
    if (this.#ended) return;
    this.#progress = applyEvent(this.#progress, event);
    const { conditions } = this.#screen;
    if (conditions !== undefined) this.#eta = updateEta(this.#eta, event, conditions);
    const startedAtMs = this.#screen.watching ? findWatchedStart(event) : undefined;
    if (startedAtMs !== undefined) this.#progress = { ...this.#progress, startedAtMs };
    this.#show();
  }

  async end(result: RollResult | undefined): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#refresh);
    this.#screen.stream.off('resize', this.#show);
    const atMs = this.#screen.now();
    if (result === undefined) this.#progress = endWithError(this.#progress, atMs);
    else if (this.#progress.result === undefined) {
      this.#progress = applyEvent(this.#progress, { kind: 'ended', atMs, result });
    }
    this.#show();
    await this.#tasks.end();
  }

  readonly #show = (): void => {
    const { stream, now, watching } = this.#screen;
    const expected = this.#eta.latest;
    this.#tasks.show(buildFrame(this.#progress, getSize(stream), now(), { watching, expected }));
  };
}

function getSize({ columns, rows }: NodeJS.WriteStream): Size {
  return { columns: columns || DEFAULT_SIZE.columns, rows: rows || DEFAULT_SIZE.rows };
}

/** Start of the watched run: when its process took the lock, or when the requested rollback starts. */
function findWatchedStart(event: RollEvent): number | undefined {
  if (event.kind === 'started') return event.watched?.sinceMs;
  return event.kind === 'step-started' && isRequestedRollback(event.step) ? event.atMs : undefined;
}
