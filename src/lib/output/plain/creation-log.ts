import type { CreationEvent, UnmetCondition } from '../../model/cluster-spec.js';
import { EMPTY_MEMORY, type Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { isInService } from '../../model/servers.js';
import type { PhaseCount } from '../phase-state.js';
import { formatResourceName } from '../text/actions.js';
import { describeUnmetConditions } from '../text/creation.js';
import { formatWholeDuration } from '../text/format.js';
import { findNewLaunchFailures, formatLogLine, type LogLine } from '../text/log-lines.js';
import { describeServerChanges } from '../text/servers.js';
import type { Screen } from '../view.js';

/** A log never stays silent for longer than this. */
const HEARTBEAT_MS = 30_000;

/** The creation of a cluster as lines of a log, like those of a roll. */
export class CreationLog {
  readonly #stream: Pick<Screen['stream'], 'write'>;
  #phase = 'create';
  #size = 0;
  #observation: Observation | undefined;
  #lastWrittenMs = 0;

  constructor(stream: Pick<Screen['stream'], 'write'>) {
    this.#stream = stream;
  }

  handle(event: CreationEvent): void {
    const before = this.#observation;
    if (event.kind === 'waiting') [this.#phase, this.#size] = ['join', event.size];
    if (event.kind === 'observed') this.#observation = event.observation;
    for (const line of this.#buildLines(event, before)) this.#writeLine(event.atMs, line);
  }

  #buildLines(event: CreationEvent, before: Observation | undefined): readonly LogLine[] {
    switch (event.kind) {
      case 'found':
        return event.resource.state === 'exists' ? [{ what: `${formatResourceName(event.resource)} exists` }] : [];
      case 'making':
        return [{ what: `create ${formatResourceName(event.resource)}` }];
      case 'waiting':
        return [
          { what: `wait for ${event.size} voters to be in service, up to ${formatWholeDuration(event.limitMs)}` },
        ];
      case 'observed':
        return this.#observed(event.atMs, event.observation, event.unmetConditions, before);
      case 'observation-failed':
        return [{ what: `observation failed: ${event.message}` }];
    }
  }

  #observed(
    atMs: number,
    observation: Observation,
    unmetConditions: readonly UnmetCondition[],
    before: Observation | undefined,
  ): readonly LogLine[] {
    const lines = [
      ...describeServerChanges(
        withoutMemory(observation),
        withoutMemory(before ?? { ...observation, servers: [] }),
      ).map((what) => ({ what })),
      ...findNewLaunchFailures(observation, before),
    ];
    if (lines.length > 0 || atMs - this.#lastWrittenMs < HEARTBEAT_MS) return lines;
    return [{ what: `still waiting: ${describeUnmetConditions(unmetConditions)}` }];
  }

  #writeLine(atMs: number, line: LogLine): void {
    this.#lastWrittenMs = atMs;
    const context = { atMs, phase: this.#phase, count: this.#count(), observation: this.#observation };
    this.#stream.write(`${formatLogLine(context, line)}\n`);
  }

  /** Servers that vote, are healthy and in service. */
  #count(): PhaseCount | undefined {
    if (this.#observation === undefined) return undefined;
    const serving = this.#observation.servers.filter(
      (server) => server.peer?.voter === true && server.peer.healthy && isInService(server),
    );
    return { done: serving.length, of: this.#size };
  }
}

function withoutMemory(observation: Observation): Knowledge {
  return { observation, memory: EMPTY_MEMORY };
}
