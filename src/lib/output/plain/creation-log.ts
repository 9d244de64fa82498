import { isInService } from '../../engine/decide/servers.js';
import type { CreationEvent, Shortfall } from '../../model/cluster-spec.js';
import type { Survey } from '../../model/observation.js';
import { nameOfResource } from '../text/actions.js';
import { describeShortfalls } from '../text/creation.js';
import { type Count, wholeSpanOf } from '../text/format.js';
import type { Screen } from '../view.js';
import { changesOf, failuresIn, logLine, type Saying } from './log-lines.js';

/** A log never stays silent for longer than this. */
const HEARTBEAT_MS = 30_000;

/** The making of a cluster as lines of a log, like those of a roll. */
export class CreationLog {
  readonly #stream: Pick<Screen['stream'], 'write'>;
  #stage = 'create';
  #size = 0;
  #survey: Survey | undefined;
  #spokenMs = 0;

  constructor(stream: Pick<Screen['stream'], 'write'>) {
    this.#stream = stream;
  }

  handle(event: CreationEvent): void {
    const before = this.#survey;
    if (event.kind === 'waiting') [this.#stage, this.#size] = ['join', event.size];
    if (event.kind === 'looked') this.#survey = event.survey;
    for (const saying of this.#sayings(event, before)) this.#say(event.atMs, saying);
  }

  #sayings(event: CreationEvent, before: Survey | undefined): readonly Saying[] {
    switch (event.kind) {
      case 'found':
        return event.resource.state === 'exists'
          ? [{ what: `${nameOfResource(event.resource)} exists` }]
          : [];
      case 'making':
        return [{ what: `create ${nameOfResource(event.resource)}` }];
      case 'made':
        return [];
      case 'waiting':
        return [{ what: `wait for ${event.size} voters, in service, up to ${wholeSpanOf(event.limitMs)}` }];
      case 'looked':
        return this.#seen(event.atMs, event.survey, event.lacking, before);
      case 'look-failed':
        return [{ what: `could not look: ${event.message}` }];
    }
  }

  #seen(
    atMs: number,
    survey: Survey,
    lacking: readonly Shortfall[],
    before: Survey | undefined,
  ): readonly Saying[] {
    const said = [...changesOf(survey, before ?? { ...survey, servers: [] }), ...failuresIn(survey, before)];
    if (said.length > 0 || atMs - this.#spokenMs < HEARTBEAT_MS) return said;
    return [{ what: `still waiting: ${describeShortfalls(lacking)}` }];
  }

  #say(atMs: number, saying: Saying): void {
    this.#spokenMs = atMs;
    const standing = { atMs, stage: this.#stage, count: this.#count(), survey: this.#survey };
    this.#stream.write(`${logLine(standing, saying)}\n`);
  }

  /** Servers that vote, are healthy and in service. */
  #count(): Count | undefined {
    if (this.#survey === undefined) return undefined;
    const serving = this.#survey.servers.filter(
      (server) => server.peer?.voter === true && server.peer.healthy && isInService(server),
    );
    return { done: serving.length, of: this.#size };
  }
}
