import type { ConsulSettings } from '../config/connection.js';
import type { Consul } from '../ports.js';
import { ask } from './agent.js';
import { openChannel } from './http-client.js';
import { createKeyValues } from './kv.js';
import { askLeader, commitIndex } from './leader.js';
import { leave } from './leave.js';
import { createOperator } from './operator.js';
import { takeSnapshot } from './snapshot.js';

/** The Consul port over HTTP. */
export function connectConsul(settings: ConsulSettings): Consul {
  const channel = openChannel(settings);
  return {
    ask: (address, sentinelKey) => ask(channel, address, sentinelKey),
    askLeader: (address, sentinelKey) => askLeader(channel, address, sentinelKey),
    commitIndex: (address) => commitIndex(channel, address),
    leave: (address) => leave(settings, address),
    snapshot: (address) => takeSnapshot(channel, address),
    ...createOperator(channel),
    ...createKeyValues(channel),
    close: () => channel.close(),
  };
}
