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
    if (due?.by === 'tag') this.#tag();
    if (due?.by === 'interrupt') this.#requested = true;
    if (due?.by === 'second-interrupt') this.#controller.abort();
    return due;
  }

  /** What `consul-roll pause` does; does nothing if no roll is in progress. */
  #tag(): void {
    const { foreign, state, environment } = this.#oracle;
    for (const { name, tags } of state.groups.values()) {
      if (foreign.groups.has(name) || !tags.has('consul-roll:roll')) continue;
      const tag = { ResourceId: name, ResourceType: 'auto-scaling-group', Key: PAUSE_TAG };
      const Tags = [{ ...tag, Value: `operator at ${environment.nowMs}`, PropagateAtLaunch: false }];
      environment.aws.call('autoscaling', 'CreateOrUpdateTags', { Tags });
    }
  }
}
