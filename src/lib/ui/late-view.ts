import type { RollEvent, RollResult } from '../model/event.js';
import type { View } from './view.js';

/** A view that is made for the first event: until then nothing of the screen is taken. */
export class LateView implements View {
  readonly #make: () => Promise<View>;
  #view: Promise<View> | undefined;

  constructor(make: () => Promise<View>) {
    this.#make = make;
  }

  handle(event: RollEvent): void {
    this.#view = (this.#view ?? this.#make()).then((view) => {
      view.handle(event);
      return view;
    });
  }

  async end(result: RollResult | undefined): Promise<void> {
    await (await this.#view)?.end(result);
  }
}
