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
import { createAclToken } from './token.js';

/** The Consul port over HTTP. */
export function createConsul(settings: ConsulSettings): Consul {
  const token = createAclToken(settings);
  const http = createHttpClient(settings, token);
  const snapshotToken = createAclToken({ ...settings, token: settings.snapshotToken ?? settings.token });
  const snapshotHttp = createHttpClient(settings, snapshotToken);
  return {
    giveTokenTo(addresses) {
      token.giveTo(addresses);
      snapshotToken.giveTo(addresses);
    },
    readAgent: (address, sentinelKey) => readAgent(http, address, sentinelKey),
    readClaims: (address) => readClaims(http, address),
    readLeader: (address, keys) => readLeaderReport(http, address, keys),
    readCommitIndex: (address) => readCommitIndex(http, address),
    readConvergence: (leader) => readConvergence(http, leader),
    listState: (address, from) => listState(http, address, from),
    probeRequest: (address, request) => probeRequest(http, address, request),
    requestLeave: (address) => requestLeave(settings, token, address),
    takeSnapshot: (address) => takeSnapshot(snapshotHttp, address),
    ...createGossipClient(http),
    ...createOperatorClient(http),
    ...createKeyValueStore(http),
    async close() {
      await http.close();
      await snapshotHttp.close();
    },
  };
}
