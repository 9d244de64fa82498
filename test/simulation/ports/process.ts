/** One process that runs a roll. Once killed it receives no answer, and nothing it requests is done. */
export class SimulatedProcess {
  /** Settles when the process is killed. */
  readonly killed: Promise<'killed'>;
  #dead = false;
  #resolve: (word: 'killed') => void = () => {};

  constructor() {
    this.killed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** SIGKILL. */
  kill(): void {
    this.#dead = true;
    this.#resolve('killed');
  }

  /** The answer that a killed process waits for. */
  hang(): Promise<never> {
    return new Promise(() => {});
  }
}
