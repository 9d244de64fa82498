import type { RollEvent } from '../../model/event.js';
import { PlainView } from '../plain/plain-view.js';
import { advanced, currentStage, type Progress, progressAt } from '../progress.js';
import { capitalized } from '../text.js';
import type { Screen, View } from '../view.js';
import { command, harmless } from './commands.js';

/** The lines of a log as GitHub Actions shows them: one group to open and close for every phase. */
export class GithubView implements View {
  readonly #stream: Pick<Screen['stream'], 'write'>;
  readonly #log: PlainView;
  #progress: Progress;
  #group: string | undefined;

  constructor(screen: Pick<Screen, 'stream' | 'now' | 'conditions'>) {
    const { stream } = screen;
    this.#stream = stream;
    this.#log = new PlainView({ ...screen, stream: { write: (line) => stream.write(harmless(line)) } });
    this.#progress = progressAt(screen.now());
  }

  handle(event: RollEvent): void {
    this.#progress = advanced(this.#progress, event);
    this.#open(currentStage(this.#progress)?.name);
    this.#log.handle(event);
  }

  async end(): Promise<void> {
    await this.#log.end();
    this.#open(undefined);
  }

  #open(group: string | undefined): void {
    if (group === this.#group) return;
    if (this.#group !== undefined) this.#stream.write(command('endgroup'));
    if (group !== undefined) this.#stream.write(command('group', capitalized(group)));
    this.#group = group;
  }
}
