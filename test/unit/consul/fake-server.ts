import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A server that is not quite Consul. `seen` are the requests it got: method, path and headers. */
export interface FakeServer {
  readonly address: string;
  readonly port: number;
  readonly seen: { method: string; path: string; headers: Record<string, unknown> }[];
  close(): Promise<void>;
}

/** By path after `/v1/`, without its query; what is missing answers 404. */
export type Routes = Readonly<Record<string, (response: ServerResponse) => void>>;

const ADDRESS = '127.66.2.1';

export async function startFakeServer(routes: Routes, address = ADDRESS, listenPort = 0): Promise<FakeServer> {
  const seen: FakeServer['seen'] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? '').replace('/v1/', '');
    seen.push({ method: request.method ?? '', path, headers: request.headers });
    const route = routes[path.replace(/\?.*/, '')];
    if (route) route(response);
    else response.writeHead(404).end();
  };
  const server = createServer(listener);
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(listenPort, address, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address,
    port,
    seen,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A route that answers with this status and JSON body. */
export function json(body: unknown, status = 200): Routes[string] {
  return (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A route that answers with this status and plain text. */
export function text(body: string, status = 200): Routes[string] {
  return (response) => response.writeHead(status).end(body);
}

/** What a healthy leader at the fake address answers, as Consul 1.8.7 does. */
export function healthyLeader(): Record<string, Routes[string]> {
  const id = '84066c1d-4fb4-11a0-dddf-503b5c7019e1';
  const raft = { applied_index: '11', commit_index: '12' };
  return {
    'agent/self': json({ Config: { NodeID: id, NodeName: 'n1', Version: '1.8.7', Server: true }, Stats: { raft } }),
    'status/leader': json(`${ADDRESS}:8300`),
    'status/peers': json([`${ADDRESS}:8300`, '127.66.2.0:8300']),
    'kv/sentinel': json([{ Value: Buffer.from('seen').toString('base64'), ModifyIndex: 7 }]),
    'operator/raft/configuration': json({
      Servers: [{ ID: id, Node: 'n1', Address: `${ADDRESS}:8300`, Leader: true, Voter: true }],
    }),
    'operator/autopilot/health': json({ Healthy: true, Servers: [{ ID: id, Healthy: true }] }),
  };
}
