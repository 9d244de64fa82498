import type { Server } from 'node:net';
import { createHttpProxy } from './http-proxy.js';
import type { ListenerRoute } from './route.js';
import type { ServedListener, ServedLoadBalancer } from './source.js';
import { createTcpProxy } from './tcp-proxy.js';

/** Why a listener is not served on its own port. */
export type BindFailure = 'not-permitted' | 'in-use' | 'no-such-address' | 'unsupported-protocol';

/** What a listener became: where it is really served, if anywhere. */
export interface Binding {
  readonly loadBalancerName: string;
  readonly address: string;
  /** The listener's port. */
  readonly port: number;
  /** The port it is served on: another one where the listener's own could not be bound, undefined where none could. */
  readonly servedPort: number | undefined;
  readonly problem: BindFailure | undefined;
}

/** A listener with its socket. */
export interface OpenListener {
  readonly binding: Binding;
  close(): Promise<void>;
}

/** Where port 80 goes for a user who may not bind it: 8080, as everywhere. */
const UNPRIVILEGED_OFFSET = 8_000;
const ANY_PORT = 0;

/**
 * Opens a listener's socket on its load balancer's address. Where its port cannot be bound it tries the port
 * 8000 above, then any. HTTPS and SSL are not served: the sandbox has no certificates.
 */
export async function openListener(
  balancer: ServedLoadBalancer,
  listener: ServedListener,
  route: ListenerRoute,
): Promise<OpenListener> {
  const { name: loadBalancerName, address } = balancer;
  const asked = { loadBalancerName, address, port: listener.port };
  if (listener.protocol === 'HTTPS' || listener.protocol === 'SSL') {
    const problem = 'unsupported-protocol';
    return { binding: { ...asked, servedPort: undefined, problem }, close: async () => undefined };
  }
  const { server, closeAllConnections } = proxyFor(listener.protocol, route);
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      closeAllConnections();
    });
  return { binding: { ...asked, ...(await bind(server, address, listener.port)) }, close };
}

function proxyFor(protocol: 'HTTP' | 'TCP', route: ListenerRoute): { server: Server; closeAllConnections(): void } {
  if (protocol === 'TCP') return createTcpProxy(route);
  const server = createHttpProxy(route);
  return { server, closeAllConnections: () => server.closeAllConnections() };
}

async function bind(
  server: Server,
  address: string,
  port: number,
): Promise<{ servedPort: number | undefined; problem: BindFailure | undefined }> {
  const problem = await listen(server, address, port);
  if (problem === undefined) return { servedPort: port, problem };
  for (const instead of [port + UNPRIVILEGED_OFFSET, ANY_PORT]) {
    if (instead < 65_536 && (await listen(server, address, instead)) === undefined) {
      return { servedPort: boundPort(server), problem };
    }
  }
  return { servedPort: undefined, problem };
}

function listen(server: Server, address: string, port: number): Promise<BindFailure | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(problemOf(error.code));
    server.once('error', failed);
    server.listen(port, address, () => {
      server.off('error', failed);
      resolve(undefined);
    });
  });
}

function problemOf(code: string | undefined): BindFailure {
  if (code === 'EACCES' || code === 'EPERM') return 'not-permitted';
  return code === 'EADDRINUSE' ? 'in-use' : 'no-such-address';
}

function boundPort(server: Server): number | undefined {
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? undefined : bound.port;
}
