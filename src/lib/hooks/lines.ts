import { stripVTControlCharacters } from 'node:util';

/** More of one line than this is no message for a person. */
const LONGEST_LINE = 500;

/** Tells text that comes in pieces line by line, without what would move a cursor. */
export class Lines {
  readonly #hear: (line: string) => void;
  #rest = '';

  constructor(hear: (line: string) => void) {
    this.#hear = hear;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n|\r/);
    this.#rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) this.#tell(line);
  }

  /** The last line may have no end of its own. */
  end(): void {
    this.#tell(this.#rest);
    this.#rest = '';
  }

  #tell(text: string): void {
    const line = stripVTControlCharacters(text).replace(CONTROL, ' ').trimEnd().slice(0, LONGEST_LINE);
    if (line !== '') this.#hear(line);
  }
}

const CONTROL = /\p{Cc}/gu;
