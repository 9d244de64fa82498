import type { ConsulSettings } from '../config/connection.js';
import type { Consul } from '../ports.js';
import { probeRequest } from './acl.js';
import { readAgent, readClaims } from './agent.js';
import { readConvergence } from './convergence.js';
import { createHttpClient } from './http-client.js';
import { createKeyValueStore } from './kv.js';
import { createOperatorClient, readCommitIndex, readLeaderReport } from './leader.js';
import { requestLeave } from './leave.js';
import { createGossipClient } from './members.js';
import { takeSnapshot } from './snapshot.js';
import { listState } from './state-names.js';

/** The Consul port over HTTP. */
export function createConsul(settings: ConsulSettings): Consul {
  const http = createHttpClient(settings);
  const { snapshotToken: token } = settings;
  const snapshotHttp = token === undefined ? http : createHttpClient({ ...settings, token });
  return {
    readAgent: (address, sentinelKey) => readAgent(http, address, sentinelKey),
    readClaims: (address) => readClaims(http, address),
    readLeader: (address, keys) => readLeaderReport(http, address, keys),
    readCommitIndex: (address) => readCommitIndex(http, address),
    readConvergence: (leader) => readConvergence(http, leader),
    listState: (address, from) => listState(http, address, from),
    probeRequest: (address, request) => probeRequest(http, address, request),
    requestLeave: (address) => requestLeave(settings, address),
    takeSnapshot: (address) => takeSnapshot(snapshotHttp, address),
    ...createGossipClient(http),
    ...createOperatorClient(http),
    ...createKeyValueStore(http),
    async close() {
      await http.close();
      if (snapshotHttp !== http) await snapshotHttp.close();
    },
  };
}
