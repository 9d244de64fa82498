import type { ConsulSettings } from '../config/connection.js';
import type { Consul } from '../ports.js';
import { readAgent } from './agent.js';
import { createHttpClient } from './http-client.js';
import { createKeyValueStore } from './kv.js';
import { readCommitIndex, readLeaderReport } from './leader.js';
import { requestLeave } from './leave.js';
import { createOperatorClient } from './operator.js';
import { downloadSnapshot } from './snapshot.js';

/** The Consul port over HTTP. */
export function createConsul(settings: ConsulSettings): Consul {
  const channel = createHttpClient(settings);
  return {
    readAgent: (address, sentinelKey) => readAgent(channel, address, sentinelKey),
    readLeader: (address, sentinelKey) => readLeaderReport(channel, address, sentinelKey),
    readCommitIndex: (address) => readCommitIndex(channel, address),
    requestLeave: (address) => requestLeave(settings, address),
    takeSnapshot: (address) => downloadSnapshot(channel, address),
    ...createOperatorClient(channel),
    ...createKeyValueStore(channel),
    close: () => channel.close(),
  };
}
