import { EOL } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import { DefaultRenderer } from 'listr2';

/** Where pictures go, and how large it is now. */
export interface OutputStream {
  /** Writes, past whatever keeps others from writing. */
  write(text: string): void;
  size(): { readonly columns: number; readonly rows: number };
}

const ESC = '\u001B[';
const ENTER_ALTERNATE_SCREEN = `${ESC}?1049h${ESC}?25l${ESC}2J`;
const LEAVE_ALTERNATE_SCREEN = `${ESC}?25h${ESC}?1049l`;
/** Terminals that know of it show all of a picture at once; the others ignore it. */
const [BEGIN, END] = [`${ESC}?2026h`, `${ESC}?2026l`];
const CLEAR_SCREEN = `${ESC}2J`;
const CLEAR_LINE_RIGHT = `${ESC}K`;

/**
 * Paints pictures onto the terminal's second screen, which has no scrollback: nothing can scroll away, a window may
 * change its size without leaving torn lines, and what was there before comes back at the end. Only lines that differ
 * are written.
 */
export class ScreenRenderer {
  readonly #output: OutputStream;
  #shown: readonly string[] = [];
  #size = { columns: 0, rows: 0 };
  #open = false;

  constructor(canvas: OutputStream) {
    this.#output = canvas;
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#size = { columns: 0, rows: 0 };
    this.#output.write(ENTER_ALTERNATE_SCREEN);
    process.once('exit', this.#leave);
    process.on('SIGCONT', this.#invalidate);
  }

  /** Shows these lines, the first at the top. What does not fit is cut off, so that no terminal ever wraps or scrolls. */
  render(lines: readonly string[]): void {
    if (!this.#open) return;
    const size = this.#output.size();
    const fresh = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const fitting = lines.slice(0, size.rows).map((line) => clipLine(line, size.columns - 1));
    const before = fresh ? [] : this.#shown;
    const count = Math.max(fitting.length, before.length);
    const changes = Array.from({ length: count }, (_, row) => row)
      .filter((row) => fitting[row] !== before[row])
      .map((row) => `${ESC}${row + 1};1H${fitting[row] ?? ''}${CLEAR_LINE_RIGHT}`);
    this.#size = size;
    this.#shown = fitting;
    if (!fresh && changes.length === 0) return;
    this.#output.write(`${BEGIN}${fresh ? CLEAR_SCREEN : ''}${changes.join('')}${END}`);
  }

  /** Gives the screen back as it was. */
  close(): void {
    this.#leave();
    process.off('exit', this.#leave);
    process.off('SIGCONT', this.#invalidate);
  }

  readonly #leave = (): void => {
    if (this.#open) this.#output.write(LEAVE_ALTERNATE_SCREEN);
    this.#open = false;
  };

  /** After a stop (Ctrl-Z) the shell has written over it. */
  readonly #invalidate = (): void => {
    if (!this.#open) return;
    this.#size = { columns: 0, rows: 0 };
    this.#output.write(ENTER_ALTERNATE_SCREEN);
  };
}

/** A line of at most so many columns; one that is cut loses its colour, for the end of that is cut off too. */
function clipLine(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : plain.slice(0, Math.max(0, columns));
}

/** What the renderer cannot know of listr2's tasks. */
export interface RendererSource {
  readonly renderer: ScreenRenderer;
  /** Lines above the tasks. */
  heading(): readonly string[];
}

/**
 * The usual renderer of listr2, but that its pictures are painted over one another where nothing scrolls, once for all
 * the changes that come together. At the end the tasks' own lines stay on the screen there was before.
 */
export function createLiveRenderer({ renderer: painter, heading }: RendererSource): typeof DefaultRenderer {
  return class LiveRenderer extends DefaultRenderer {
    /** It would look at standard output for a terminal; this one draws on standard error. */
    static override nonTTY = true;
    #due = false;

    override async render(): Promise<void> {
      painter.open();
      await super.render();
    }

    override update(): void {
      if (this.#due) return;
      this.#due = true;
      setImmediate(() => {
        this.#due = false;
        painter.render([...heading(), ...this.create().split(EOL)]);
      });
    }

    override end(): void {
      painter.close();
      super.end();
    }

    /** Lines come as wide as they may be. */
    protected override format(message: string, icon: string, level: number): string[] {
      if (message.trim() === '') return [];
      const indentation = '  '.repeat(level);
      const [first = '', ...rest] = message.split(EOL);
      const led = icon === '' ? first : `${icon} ${first}`;
      return [led, ...rest.map((line) => `${indentation}${line}`)].map((line) => `${indentation}${line}`);
    }
  };
}
