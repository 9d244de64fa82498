import type { Consul } from '../ports.js';
import { type HttpClient, orThrow, undefinedIfUnavailable } from './http-client.js';
import { assertStatus, isServerMember, RESPONSE_SCHEMAS, readText, requestJson } from './responses.js';

/** Serf's number for a member that is alive. */
const ALIVE = 1;
/** The response about a member that the server does not know: status 500 in every version since 1.8. */
const UNKNOWN_NODE = /No node found with name/;

/** Consul's gossip: the servers among the members that a server knows. */
export function createGossipClient(http: HttpClient): Pick<Consul, 'readMembers' | 'forgetMember'> {
  return {
    readMembers: async (address) => {
      const path = 'agent/members';
      const pending = requestJson(http, address, path, RESPONSE_SCHEMAS[path], http.timeouts.readMs);
      const members = await undefinedIfUnavailable(pending);
      return members?.filter(isServerMember).map(({ Name, Addr, Tags, Status }) => {
        return { node: Name, nodeId: Tags?.id ?? '', address: Addr, isAlive: Status === ALIVE };
      });
    },
    forgetMember: (address, node) => orThrow(address, `forget the member ${node}`, forgetMember(http, address, node)),
  };
}

async function forgetMember(http: HttpClient, address: string, node: string): Promise<void> {
  const path = `agent/force-leave/${encodeURIComponent(node)}?prune`;
  const request = { address, method: 'PUT', path, limitMs: http.timeouts.changeMs } as const;
  const response = await http.send(request);
  if (response.status === 500 && UNKNOWN_NODE.test(readText(response))) return;
  assertStatus(request, response);
}
