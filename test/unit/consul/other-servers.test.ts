import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { findOtherServers } from '../../../src/lib/consul/other-servers.js';

const ADDRESS = '127.66.2.77';
const VAULT_PORT = 8201;
const LIMIT_MS = 2_000;

// failure-mode: other-servers
it('are found by the port on which they listen for each other', async () => {
  expect(await findOtherServers(ADDRESS, LIMIT_MS)).toEqual([]);
  const vault = createServer((socket) => socket.destroy()).listen(VAULT_PORT, ADDRESS);
  await once(vault, 'listening');
  expect(await findOtherServers(ADDRESS, LIMIT_MS)).toEqual(['Vault']);
  vault.close();
});
