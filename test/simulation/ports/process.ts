/** One process that runs a roll. Once killed it never hears another answer, and nothing it asks is done. */
export class SimulatedProcess {
  /** Settles when the process is killed. */
  readonly killed: Promise<'killed'>;
  #dead = false;
  #tell: (word: 'killed') => void = () => {};

  constructor() {
    this.killed = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** SIGKILL. */
  kill(): void {
    this.#dead = true;
    this.#tell('killed');
  }

  /** What a dead process gets in place of an answer. */
  hang(): Promise<never> {
    return new Promise(() => {});
  }
}
