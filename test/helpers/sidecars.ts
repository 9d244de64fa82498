import { createServer, type Server } from 'node:net';
import type { Sandbox } from '../../src/sandbox/sandbox.js';

const PORT = 9_100;

/** A program beside Consul on every server, which the load balancer's health check asks instead of Consul. */
export interface Sidecars {
  /** Starts it on a server. A server without it is never in service, even if Consul is healthy. */
  startOn(address: string): Promise<void>;
  /** Has Consul checked again, and ends them all. */
  close(): Promise<void>;
}

/** Has the cluster's load balancer check sidecars from now on; none runs yet. */
export function useSidecars({ aws: world, cluster }: Sandbox): Sidecars {
  const running: Server[] = [];
  const LoadBalancerName = cluster?.loadBalancerName;
  const balancer = { LoadBalancerNames: [LoadBalancerName ?? ''] };
  const described = world.call('elasticloadbalancing', 'DescribeLoadBalancers', balancer);
  const before = described.LoadBalancerDescriptions?.[0]?.HealthCheck;
  const check = { Target: `TCP:${PORT}`, Interval: 1, Timeout: 1, HealthyThreshold: 2, UnhealthyThreshold: 2 };
  world.call('elasticloadbalancing', 'ConfigureHealthCheck', { LoadBalancerName, HealthCheck: check });
  return {
    startOn: (address) =>
      new Promise((resolve, reject) => {
        const server = createServer((socket) => socket.destroy());
        running.push(server);
        server.once('error', reject);
        server.listen(PORT, address, resolve);
      }),
    close: async () => {
      world.call('elasticloadbalancing', 'ConfigureHealthCheck', { LoadBalancerName, HealthCheck: before });
      await Promise.all(running.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
