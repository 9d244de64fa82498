import type { StopSignal } from '../../src/lib/engine/run/stop-signal.js';
import { PAUSE_TAG } from '../../src/lib/model/tags.js';
import type { Oracle } from './oracle.js';

/** Somebody stops a roll: with a first Ctrl-C, with a second one, or from elsewhere, by a tag. */
export interface Pause {
  /** At this effect, counted from 1 over all processes. */
  readonly atEffect: number;
  readonly by: 'interrupt' | 'second-interrupt' | 'tag';
}

/** Stops rolls when it is time. */
export class Pauses {
  readonly #truth: Oracle;
  readonly #planned: readonly Pause[];
  #controller = new AbortController();
  #requested = false;

  constructor(truth: Oracle, planned: readonly Pause[]) {
    this.#truth = truth;
    this.#planned = planned;
  }

  /** A new process, that nobody has stopped yet. */
  begin(): StopSignal {
    const controller = new AbortController();
    this.#controller = controller;
    this.#requested = false;
    return { signal: controller.signal, isPauseRequested: () => this.#requested };
  }

  /** So many effects were asked for by now; says who stops the roll there. */
  noteEffect(effects: number): Pause | undefined {
    if (this.#planned.length === 0) return undefined;
    const due = this.#planned.find(({ atEffect }) => atEffect === effects);
    if (due?.by === 'tag') this.#tag();
    if (due?.by === 'interrupt') this.#requested = true;
    if (due?.by === 'second-interrupt') this.#controller.abort();
    return due;
  }

  /** What `consul-roll pause` does; nothing where no roll is in progress. */
  #tag(): void {
    const { state, universe } = this.#truth;
    for (const { name, tags } of state.groups.values()) {
      if (!tags.has('consul-roll:roll')) continue;
      const tag = { ResourceId: name, ResourceType: 'auto-scaling-group', Key: PAUSE_TAG };
      const Tags = [{ ...tag, Value: `somebody at ${universe.nowMs}`, PropagateAtLaunch: false }];
      universe.world.call('autoscaling', 'CreateOrUpdateTags', { Tags });
    }
  }
}
