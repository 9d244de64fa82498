import type { Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { RollContext } from '../../model/roll-context.js';
import { findOldImage } from '../../model/servers.js';
import { buildImageFields, buildWhereDocument } from '../json/build-parts.js';
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

/** The servers as a run found them before its first event; none if it did not say. */
export type FoundServers = Pick<Observation, 'servers' | 'old'>;

/** The images of a roll, and where it happens. */
export function buildRoute(
  found: FoundServers,
  { caller, from, to }: RollContext,
  imageId: string,
): Pick<DocumentOf<'started'>, 'from' | 'to' | 'where'> {
  const old = found.servers.filter(({ side }) => side === 'old');
  const image = findOldImage(found) ?? null;
  return {
    where: buildWhereDocument(caller),
    from: { image, ...buildImageFields(from), consul: listConsulVersions({ servers: old }) },
    to: { image: imageId, ...buildImageFields(to) },
  };
}
