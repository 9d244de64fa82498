import { createServer, type Server } from 'node:net';
import { SandboxError } from '../sandbox-error.js';

/** The addresses 127.S.0.0/16, for one sandbox alone. */
export interface NetworkLease {
  /** S. */
  readonly secondOctet: number;
  release(): Promise<void>;
}

const FIRST_OCTET = 20;
const LAST_OCTET = 119;
/** Where a VPC has its name server; the sandbox has none, so the address is free to stand for the whole network. */
const LEASE_HOST = '0.2';
const LEASE_PORT = 4_599;

/**
 * Takes the first network that no other sandbox of this machine holds. A socket holds it, so that it is free again
 * however its holder ends.
 *
 * @throws SandboxError `no-loopback` on a system that has no loopback addresses but 127.0.0.1.
 */
export async function leaseNetwork(): Promise<NetworkLease> {
  for (let secondOctet = FIRST_OCTET; secondOctet <= LAST_OCTET; secondOctet += 1) {
    const server = await listenOn(`127.${secondOctet}.${LEASE_HOST}`);
    if (server === undefined) continue;
    return { secondOctet, release: () => new Promise((resolve) => server.close(() => resolve())) };
  }
  const count = LAST_OCTET - FIRST_OCTET + 1;
  throw new SandboxError(
    'no-loopback',
    `${count} sandboxes run on this machine already.`,
    'end some of them with consul-roll sandbox down',
  );
}

function listenOn(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(noLoopback(address, error));
    });
    server.listen(LEASE_PORT, address, () => resolve(server));
  });
}

function noLoopback(address: string, cause: Error): SandboxError {
  const message = `This system has no address ${address}: ${cause.message}`;
  const next =
    'run it on Linux or in a container: every server has an address of its own in 127.0.0.0/8, which Linux has as it is';
  return new SandboxError('no-loopback', message, next, cause);
}
