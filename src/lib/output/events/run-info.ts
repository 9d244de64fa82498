import type { Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { RollPlan } from '../../model/plan.js';
import { listConsulVersions } from '../text/cluster.js';

/** What the events of a run do not say themselves, and is known before it begins. */
export interface RunInfo {
  /** Version of consul-roll. */
  readonly program: string;
  /** As it was asked for. */
  readonly cluster: string;
  readonly limits: Limits;
  /** Between two looks. */
  readonly intervalMs: number;
}

/** What a roll goes from, and the name of what it goes to. */
export interface ImageRoute {
  readonly from: {
    readonly image: string | undefined;
    readonly name: string | undefined;
    readonly consul: readonly string[];
  };
  readonly toName: string | undefined;
}

export const UNKNOWN_IMAGE_ROUTE: ImageRoute = {
  from: { image: undefined, name: undefined, consul: [] },
  toName: undefined,
};

/**
 * The route of a roll as a look saw it.
 *
 * @param names of images, by id, as far as they are known
 */
export function buildRoute(
  { observation, intent }: Pick<RollPlan, 'observation' | 'intent'>,
  names: ReadonlyMap<string, string>,
): ImageRoute {
  const image = findOldImage(observation);
  const old = observation.servers.filter(({ side }) => side === 'old');
  return {
    from: { image, name: names.get(image ?? ''), consul: listConsulVersions({ servers: old }) },
    toName: names.get(intent.imageId),
  };
}

/** What a roll goes from; undefined once nothing of it is left. */
export function findOldImage({ old, servers }: Observation): string | undefined {
  return old?.imageId ?? servers.find(({ side }) => side === 'old')?.imageId;
}
