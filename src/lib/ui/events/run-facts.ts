import type { Limits } from '../../model/intent.js';
import type { Plan } from '../../model/plan.js';
import type { Survey } from '../../model/survey.js';
import { versionsOf } from '../reports/versions.js';

/** What the events of a run do not say themselves, and is known before it begins. */
export interface RunFacts {
  /** Version of consul-roll. */
  readonly program: string;
  /** As it was asked for. */
  readonly cluster: string;
  readonly limits: Limits;
  /** Between two looks. */
  readonly intervalMs: number;
}

/** What a roll goes from, and the name of what it goes to. */
export interface Route {
  readonly from: {
    readonly image: string | undefined;
    readonly name: string | undefined;
    readonly consul: readonly string[];
  };
  readonly toName: string | undefined;
}

export const UNKNOWN_ROUTE: Route = {
  from: { image: undefined, name: undefined, consul: [] },
  toName: undefined,
};

/**
 * The route of a roll as a look saw it.
 *
 * @param names of images, by id, as far as they are known
 */
export function routeOf(
  { survey, intent }: Pick<Plan, 'survey' | 'intent'>,
  names: ReadonlyMap<string, string>,
): Route {
  const image = oldImageOf(survey);
  const old = survey.servers.filter(({ side }) => side === 'old');
  return {
    from: { image, name: names.get(image ?? ''), consul: versionsOf({ servers: old }) },
    toName: names.get(intent.imageId),
  };
}

/** What a roll goes from; undefined once nothing of it is left. */
export function oldImageOf({ old, servers }: Survey): string | undefined {
  return old?.imageId ?? servers.find(({ side }) => side === 'old')?.imageId;
}
