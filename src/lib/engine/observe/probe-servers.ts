import type { Refusal, Server } from '../../model/server.js';
import type { ProbedRequest } from '../../ports.js';
import type { Engine } from '../engine.js';

/**
 * Probes whether these servers would accept a request. Changes nothing.
 *
 * @returns by instance; without those that do not say
 */
export async function probeServers(
  { consul }: Engine,
  servers: readonly Server[],
  request: ProbedRequest,
): Promise<ReadonlyMap<string, 'accepted' | Refusal>> {
  const probed = servers.map(async ({ instanceId, address }) => {
    const result = address === undefined ? undefined : await consul.probeRequest(address, request);
    if (result === undefined) return [];
    return [[instanceId, result === 'accepted' ? result : { instanceId, ...result }] as const];
  });
  return new Map((await Promise.all(probed)).flat());
}
