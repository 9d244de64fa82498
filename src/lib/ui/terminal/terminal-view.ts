import type { RollEvent, RollResult } from '../../model/event.js';
import { abandoned, advanced, type Progress, progressAt } from '../progress.js';
import type { Screen, View } from '../view.js';
import { frameOf, type Room } from './frame.js';
import { StageTasks } from './stage-tasks.js';

const REFRESH_MS = 1000;
const USUAL: Room = { columns: 80, rows: 24 };

/** Live tasks on a terminal: the stages, the servers under the one that is on, the voters at the foot. */
export class TerminalView implements View {
  readonly #screen: Screen;
  readonly #tasks: StageTasks;
  readonly #refresh: NodeJS.Timeout;
  /** The screen's size at the start: the updater below keeps to it, so a wider one later is of no use. */
  readonly #atFirst: Room;
  #progress: Progress;
  #ended = false;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#progress = progressAt(screen.now());
    this.#atFirst = sizeOf(screen.stream, USUAL);
    this.#tasks = new StageTasks(screen.stream, screen.colour);
    this.#refresh = setInterval(() => this.#show(), REFRESH_MS);
  }

  handle(event: RollEvent): void {
    if (this.#ended) return;
    this.#progress = advanced(this.#progress, event);
    this.#show();
  }

  async end(result: RollResult | undefined): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#refresh);
    const atMs = this.#screen.now();
    if (result === undefined) this.#progress = abandoned(this.#progress, atMs);
    else if (this.#progress.result === undefined) {
      this.#progress = advanced(this.#progress, { kind: 'ended', atMs, result });
    }
    this.#show();
    await this.#tasks.end();
  }

  #show(): void {
    const now = sizeOf(this.#screen.stream, this.#atFirst);
    const room = {
      columns: Math.min(now.columns, this.#atFirst.columns, process.stdout.columns ?? USUAL.columns),
      rows: Math.min(now.rows, this.#atFirst.rows),
    };
    this.#tasks.show(frameOf(this.#progress, room, this.#screen.now()));
  }
}

function sizeOf(stream: NodeJS.WriteStream, otherwise: Room): Room {
  return { columns: stream.columns || otherwise.columns, rows: stream.rows || otherwise.rows };
}
