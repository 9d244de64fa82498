import { stripVTControlCharacters } from 'node:util';
import { getWidth, truncate } from '../text/format.js';

/** Where frames go, and its current size. */
interface OutputStream {
  write(text: string): void;
  size(): { readonly columns: number; readonly rows: number };
}

const ESC = '\u001B[';
const ENTER_ALTERNATE_SCREEN = `${ESC}?1049h${ESC}?25l${ESC}2J`;
const LEAVE_ALTERNATE_SCREEN = `${ESC}?25h${ESC}?1049l`;
/** Terminals that support it show a whole frame at once; the others ignore it. */
const [BEGIN, END] = [`${ESC}?2026h`, `${ESC}?2026l`];
const CLEAR_SCREEN = `${ESC}2J`;
const CLEAR_LINE_RIGHT = `${ESC}K`;

/**
 * Draws frames onto the terminal's alternate screen. It has no scrollback, so that a resized window leaves no torn
 * lines, and the terminal restores the first screen at the end. Only changed lines are written.
 */
export class ScreenRenderer {
  readonly #output: OutputStream;
  #shown: readonly string[] = [];
  #size = { columns: 0, rows: 0 };
  #open = false;

  constructor(output: OutputStream) {
    this.#output = output;
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#size = { columns: 0, rows: 0 };
    this.#output.write(ENTER_ALTERNATE_SCREEN);
    process.once('exit', this.#leave);
    process.on('SIGCONT', this.#invalidate);
  }

  /** Shows these lines, the first at the top. What does not fit is cut off, so that no terminal wraps or scrolls. */
  render(lines: readonly string[]): void {
    if (!this.#open) return;
    const size = this.#output.size();
    const isResized = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const fitting = lines.slice(0, size.rows).map((line) => clipLine(line, size.columns - 1));
    const before = isResized ? [] : this.#shown;
    const count = Math.max(fitting.length, before.length);
    const changes = Array.from({ length: count }, (_, row) => row)
      .filter((row) => fitting[row] !== before[row])
      .map((row) => `${ESC}${row + 1};1H${fitting[row] ?? ''}${CLEAR_LINE_RIGHT}`);
    this.#size = size;
    this.#shown = fitting;
    if (!isResized && changes.length === 0) return;
    this.#output.write(`${BEGIN}${isResized ? CLEAR_SCREEN : ''}${changes.join('')}${END}`);
  }

  /** Restores the first screen. */
  close(): void {
    this.#leave();
    process.off('exit', this.#leave);
    process.off('SIGCONT', this.#invalidate);
  }

  readonly #leave = (): void => {
    if (this.#open) this.#output.write(LEAVE_ALTERNATE_SCREEN);
    this.#open = false;
  };

  /** The shell has written over the screen after a stop (Ctrl-Z). */
  readonly #invalidate = (): void => {
    if (!this.#open) return;
    this.#size = { columns: 0, rows: 0 };
    this.#output.write(ENTER_ALTERNATE_SCREEN);
  };
}

/** A line of at most so many columns. One that is cut loses its colour, since the end of the colour is cut off too. */
function clipLine(line: string, columns: number): string {
  if (getWidth(line) <= columns) return line;
  return truncate(stripVTControlCharacters(line), columns, '');
}
