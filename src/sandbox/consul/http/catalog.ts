import type { ReplyCallback } from '../answers.js';
import { type Consistency, readStore } from '../rpc/read.js';
import type { CatalogNode } from '../store/store.js';
import type { Respond, Route, RouteContext } from './messages.js';
import { failureResponse, jsonResponse, textResponse } from './messages.js';
import { parseConsistency } from './parse.js';
import { toFailedRead } from './session.js';

export const catalogRoutes: readonly Route[] = [
  {
    path: 'catalog/nodes',
    methods: ['GET'],
    answer: (context, respond) => nodes(context, respond, (found) => found.map(nodeJson)),
  },
  {
    path: 'health/service/consul',
    methods: ['GET'],
    answer: (context, respond) => {
      const passing = context.request.query.has('passing');
      nodes(context, respond, (found) =>
        found.filter((node) => !passing || node.serfStatus === 'passing').map(serviceJson),
      );
    },
  },
  {
    // What Consul's own web UI reads; every node runs the one service `consul`.
    path: 'internal/ui/services',
    methods: ['GET'],
    answer: (context, respond) => nodes(context, respond, (found) => (found.length === 0 ? [] : [summaryJson(found)])),
  },
  {
    path: 'catalog/services',
    methods: ['GET'],
    answer: (context, respond) => nodes(context, respond, (found) => (found.length === 0 ? {} : { consul: [] })),
  },
  // Nothing of this is simulated, so there is none.
  ...['config/', 'query', 'connect/intentions'].map((path): Route => {
    return { path, methods: ['GET'], answer: (context, respond) => nodes(context, respond, () => []) };
  }),
  ...['acl/replication', 'acl/tokens', 'acl/policies'].map(
    (path): Route => ({ path, methods: ['GET'], answer: aclsOff }),
  ),
  { path: 'internal/acl/authorize', methods: ['POST'], answer: aclsOff },
];

function aclsOff(_: RouteContext, respond: Respond): void {
  respond(textResponse(401, 'ACL support disabled'));
}

function nodes(
  { net, server, request }: RouteContext,
  respond: Respond,
  show: (nodes: readonly CatalogNode[]) => unknown,
): void {
  const consistency: Consistency | undefined = parseConsistency(request, respond);
  if (consistency === undefined) return;
  const reply: ReplyCallback<readonly CatalogNode[]> = (answer) =>
    respond(answer.ok ? jsonResponse(show(answer.value), answer.meta) : toFailedRead(failureResponse(answer)));
  readStore(net, server, consistency, reply, ({ store, atIndex, afterIndex }) => {
    const known = [...store.nodes.values()].filter(
      (node) => node.createIndex <= atIndex && node.modifyIndex > afterIndex,
    );
    const value = known.sort((one, other) => (one.name < other.name ? -1 : 1));
    return { value, index: Math.min(store.nodesIndex, atIndex) };
  });
}

function nodeJson(node: CatalogNode) {
  const { id, name, address } = node;
  return {
    ID: id,
    Node: name,
    Address: address,
    Datacenter: 'dc1',
    TaggedAddresses: { lan: address, lan_ipv4: address, wan: address, wan_ipv4: address },
    Meta: { 'consul-network-segment': '' },
    CreateIndex: node.createIndex,
    ModifyIndex: node.modifyIndex,
  };
}

function summaryJson(found: readonly CatalogNode[]) {
  const passing = found.filter(({ serfStatus }) => serfStatus === 'passing').length;
  return {
    Name: 'consul',
    Tags: null,
    Nodes: found.map(({ name }) => name),
    InstanceCount: found.length,
    ChecksPassing: passing,
    ChecksWarning: 0,
    ChecksCritical: found.length - passing,
    ExternalSources: null,
    GatewayConfig: {},
  };
}

function serviceJson(node: CatalogNode) {
  const indexes = { CreateIndex: node.createIndex, ModifyIndex: node.modifyIndex };
  return {
    Node: nodeJson(node),
    Service: {
      ID: 'consul',
      Service: 'consul',
      Tags: [],
      Address: '',
      Meta: { non_voter: 'false', raft_version: '3', version: node.version },
      Port: 8300,
      Weights: { Passing: 1, Warning: 1 },
      EnableTagOverride: false,
      Proxy: { MeshGateway: {}, Expose: {} },
      Connect: {},
      ...indexes,
    },
    Checks: [
      {
        Node: node.name,
        CheckID: 'serfHealth',
        Name: 'Serf Health Status',
        Status: node.serfStatus,
        Notes: '',
        Output: node.serfStatus === 'passing' ? 'Agent alive and reachable' : 'Agent not live or unreachable',
        ServiceID: '',
        ServiceName: '',
        ServiceTags: [],
        Type: '',
        Definition: {},
        ...indexes,
      },
    ],
  };
}
