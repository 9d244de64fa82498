import { createServer, type RequestListener, type Server } from 'node:http';
import { createDataPlane, type DataPlane } from '../../../src/sandbox/load-balancer/data-plane.js';
import type { LoadBalancerSource, ServedListener, Target } from '../../../src/sandbox/load-balancer/source.js';
import { until } from '../instances/until.js';

export const INSTANCE_PORT = 8500;

/** A load balancer before some instances; everything is closed by `close`. */
export interface Rig {
  /** The load balancer's address. */
  readonly address: string;
  readonly plane: DataPlane;
  /** Who is in service; to be changed by the test. */
  inService: Target[];
  /** Who is registered besides, draining. */
  draining: Target[];
  listeners: ServedListener[];
  idleTimeoutMs: number;
  /** Starts an instance on 127.79.`subnet`.`host`, in service at once. */
  instance(host: number, listener: RequestListener): Promise<Server>;
  /** Syncs, and waits until every listener is served or known not to be. */
  ready(): Promise<void>;
  url(path: string): string;
  close(): Promise<void>;
}

/** @param subnet third octet of every address, one a test file: they run side by side. */
export function createRig(subnet: number): Rig {
  const balancer = `127.79.${subnet}.10`;
  const servers: Server[] = [];
  const plane = createDataPlane();
  const rig: Rig = {
    plane,
    address: balancer,
    inService: [],
    draining: [],
    listeners: [{ protocol: 'HTTP', port: 8500, instancePort: INSTANCE_PORT, pool: 'consul' }],
    idleTimeoutMs: 5_000,
    instance: async (host, listener) => {
      const server = createServer(listener);
      const address = `127.79.${subnet}.${host}`;
      await new Promise<void>((resolve) => server.listen(INSTANCE_PORT, address, resolve));
      servers.push(server);
      rig.inService = [...rig.inService, { instanceId: `i-${host}`, address }];
      return server;
    },
    ready: async () => {
      plane.sync(source);
      await until('the listeners', () => plane.listBindings().length === rig.listeners.length);
    },
    url: (path) => `http://${balancer}:8500${path}`,
    close: async () => {
      await plane.close();
      await Promise.all(servers.map(closeServer));
    },
  };
  const source: LoadBalancerSource = {
    balancers: () => [
      {
        name: 'consul',
        address: balancer,
        listeners: rig.listeners,
        idleTimeoutMs: rig.idleTimeoutMs,
        cutting: [{ pool: 'consul', instanceIds: [...rig.inService, ...rig.draining].map(idOf) }],
      },
    ],
    inService: () => rig.inService,
  };
  return rig;
}

function idOf({ instanceId }: Target): string {
  return instanceId;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
