import type { StopSignal } from '../../src/lib/engine/run/roll-run.js';
import { PAUSE_TAG } from '../../src/lib/model/tags.js';
import type { Oracle } from './oracle.js';

/** The operator stops a roll: with a first Ctrl-C, with a second one, or from another process, by a tag. */
export interface Pause {
  /** At this effect, counted from 1 over all processes. */
  readonly atEffect: number;
  readonly by: 'interrupt' | 'second-interrupt' | 'tag';
}

/** Stops rolls at the planned effects. */
export class Pauses {
  readonly #oracle: Oracle;
  readonly #planned: readonly Pause[];
  #controller = new AbortController();
  #requested = false;
  /** How many processes were stopped at once. */
  stopsAtOnce = 0;
  /** Groups of a pause whose tags are still to be written. */
  #found: readonly string[] = [];

  constructor(oracle: Oracle, planned: readonly Pause[]) {
    this.#oracle = oracle;
    this.#planned = planned;
  }

  /** The stop signal of a new process. */
  begin(): StopSignal {
    const controller = new AbortController();
    this.#controller = controller;
    this.#requested = false;
    return { signal: controller.signal, isPauseRequested: () => this.#requested };
  }

  /** Counts the effects, and returns the pause that is due at this one. */
  countEffect(effects: number): Pause | undefined {
    if (this.#planned.length === 0) return undefined;
    const due = this.#planned.find(({ atEffect }) => atEffect === effects);
    const isLate = effects % 2 === 1;
    const found = due?.by === 'tag' ? this.#listRecorded() : [];
    this.#tag(isLate ? this.#found : [...this.#found, ...found]);
    this.#found = isLate ? found : [];
    if (due?.by === 'interrupt') this.#requested = true;
    if (due?.by === 'second-interrupt') {
      this.#controller.abort();
      this.stopsAtOnce += 1;
    }
    return due;
  }

  /** The groups that `consul-roll pause` finds a roll on. */
  #listRecorded(): readonly string[] {
    const { foreign, state } = this.#oracle;
    const recorded = [...state.groups.values()].filter(({ tags }) => tags.has('consul-roll:roll'));
    return recorded.map(({ name }) => name).filter((name) => !foreign.groups.has(name));
  }

  /**
   * What it does to them, which takes a moment: in half of the cases the roll takes one step more meanwhile. If that was its
   * last one, the request is withdrawn.
   */
  #tag(groups: readonly string[]): void {
    const { state, environment, record } = this.#oracle;
    if (record === undefined) return;
    for (const name of groups) {
      if (state.groups.get(name)?.deleting !== false) continue;
      const tag = { ResourceId: name, ResourceType: 'auto-scaling-group', Key: PAUSE_TAG };
      const Tags = [{ ...tag, Value: `operator at ${environment.nowMs}`, PropagateAtLaunch: false }];
      environment.aws.call('autoscaling', 'CreateOrUpdateTags', { Tags });
    }
  }
}
