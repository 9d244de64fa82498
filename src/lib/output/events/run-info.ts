import type { Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { RollPlan } from '../../model/plan.js';
import { listConsulVersions } from '../text/cluster.js';
import type { DocumentOf } from './schema.js';

/** What is known before a run starts, and is not in its events. */
export interface RunInfo {
  /** Version of consul-roll. */
  readonly program: string;
  /** As named by the operator. */
  readonly cluster: string;
  readonly limits: Limits;
  /** Time between two observations. */
  readonly intervalMs: number;
}

/** The old image of a roll, and the name of the new one. */
export interface ImageRoute {
  readonly from: DocumentOf<'started'>['from'];
  readonly toName: string | null;
}

export const UNKNOWN_IMAGE_ROUTE: ImageRoute = { from: { image: null, name: null, consul: [] }, toName: null };

/**
 * The images of a roll as one observation shows them.
 *
 * @param names image names by id, as far as they are known
 */
export function buildRoute(
  { observation, intent }: Pick<RollPlan, 'observation' | 'intent'>,
  names: ReadonlyMap<string, string>,
): ImageRoute {
  const image = findOldImage(observation);
  const old = observation.servers.filter(({ side }) => side === 'old');
  return {
    from: { image: image ?? null, name: names.get(image ?? '') ?? null, consul: listConsulVersions({ servers: old }) },
    toName: names.get(intent.imageId) ?? null,
  };
}

/** The old image; undefined once no old server is left. */
export function findOldImage({ old, servers }: Observation): string | undefined {
  return old?.imageId ?? servers.find(({ side }) => side === 'old')?.imageId;
}
