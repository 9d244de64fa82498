import { EOL } from 'node:os';
import { DefaultRenderer } from 'listr2';
import type { Painter } from './painter.js';

/** What the renderer cannot know of listr2's tasks. */
export interface Stand {
  readonly painter: Painter;
  /** Lines above the tasks. */
  heading(): readonly string[];
}

/**
 * The usual renderer of listr2, but that its pictures are painted over one another where nothing scrolls, once for all
 * the changes that come together. At the end the tasks' own lines stay on the screen there was before.
 */
export function liveRenderer({ painter, heading }: Stand): typeof DefaultRenderer {
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
        painter.paint([...heading(), ...this.create().split(EOL)]);
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
