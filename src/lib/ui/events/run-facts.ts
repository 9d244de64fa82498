import type { Limits } from '../../model/intent.js';
import type { Plan } from '../../model/plan.js';
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

/** The route of a roll as it was planned. */
export function routeOf({ survey }: Plan): Route {
  return {
    from: { image: survey.old?.imageId, name: undefined, consul: versionsOf(survey) },
    toName: survey.facts?.image?.name,
  };
}
