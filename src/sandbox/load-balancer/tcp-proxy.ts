import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ListenerRoute } from './route.js';

/** A TCP listener, and the sockets it would otherwise wait for when it is closed. */
export interface TcpProxy {
  readonly server: Server;
  closeAllConnections(): void;
}

/** Every connection goes, byte for byte, to an instance in service; with none it is closed at once. */
export function createTcpProxy(route: ListenerRoute): TcpProxy {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    join(client, route);
  });
  return {
    server,
    closeAllConnections: () => {
      for (const client of open) client.destroy();
    },
  };
}

function join(client: Socket, route: ListenerRoute): void {
  const target = route.pick();
  if (target === undefined) {
    client.destroy();
    return;
  }
  const instance = connect({ host: target.address, port: route.instancePort, allowHalfOpen: true });
  client.once(
    'close',
    route.open(target.instanceId, () => client.destroy()),
  );
  for (const [one, other] of [
    [client, instance],
    [instance, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.once('close', () => other.destroy());
    one.setTimeout(route.idleTimeoutMs, () => one.destroy());
    one.pipe(other);
  }
}
