import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import type { Engine } from '../../../src/lib/engine/engine.js';
import { observe } from '../../../src/lib/engine/observe/observe.js';
import { determineLeadership } from '../../../src/lib/model/raft.js';
import { type ConsulAgent, findConsulBinary, startConsulAgent, waitUntil } from '../../helpers/consul-agent.js';

const binary = findConsulBinary() ?? '';
const OLD = ['127.66.5.1', '127.66.5.2', '127.66.5.3'];
const NEW = '127.66.5.4';

/** A server that takes only TLS on port 8300: the leader, which has none, cannot reach it any more. */
function createTlsConfig(folder: string): string {
  execFileSync(binary, ['tls', 'ca', 'create'], { cwd: folder });
  execFileSync(binary, ['tls', 'cert', 'create', '-server'], { cwd: folder });
  const path = (name: string) => JSON.stringify(join(folder, name));
  const files = `ca_file = ${path('consul-agent-ca.pem')} cert_file = ${path('dc1-server-consul-0.pem')}`;
  return `-hcl=verify_incoming = true ${files} key_file = ${path('dc1-server-consul-0-key.pem')}`;
}

describe.skipIf(!binary)('a real server that the leader cannot reach, after it has joined', () => {
  const agents: ConsulAgent[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'consul-one-voice-'));
  const consul = createConsul({ scheme: 'http', port: 8500 });

  afterAll(async () => {
    for (const agent of agents) await agent.stop();
    await consul.close();
    rmSync(folder, { recursive: true });
  });

  async function observeAll() {
    const instances = [...OLD, NEW].map((address, n) => {
      const group = address === NEW ? 'new' : 'old';
      const instance = { instanceId: `i-${n}`, group, address, zone: 'a', imageId: group, launchedAtMs: n };
      return { ...instance, lifecycle: 'InService', protectedFromScaleIn: false, balancers: {} };
    });
    const cluster = { groups: [], instances, launchConfigurations: [], launchTemplate: undefined, drainingMs: {} };
    const engine = { cloud: { describeCluster: async () => cluster }, consul, clock: { now: () => 0 } };
    const names = { cluster: 'consul', oldGroup: 'old', newGroup: 'new', next: undefined };
    const target = { ...names, launchConfigurations: [], balancers: [], preflightFacts: undefined };
    return observe(engine as unknown as Engine, target);
  }

  const findNew = ({ servers }: Awaited<ReturnType<typeof observeAll>>) =>
    servers.find(({ address }) => address === NEW);

  // failure-mode: new-server-unreachable-for-leader
  it('names no leader, and leadership is agreed all the same; it can leave', async () => {
    const data = `-data-dir=${join(folder, 'data')}`;
    const joining = [`-retry-join=${OLD[0]}`, '-retry-interval=1s'];
    for (const address of OLD) agents.push(startConsulAgent(binary, address, ['-bootstrap-expect=3', ...joining]));
    const first = startConsulAgent(binary, NEW, [data, ...joining]);
    agents.push(first);
    await waitUntil('it hears the leader', observeAll, (seen) => {
      const server = findNew(seen);
      return server?.peer !== undefined && server.agent.kind === 'up' && server.agent.leader !== '';
    });
    await first.stop();
    agents.push(startConsulAgent(binary, NEW, [data, ...joining, createTlsConfig(folder)]));
    const isDeaf = (seen: Awaited<ReturnType<typeof observeAll>>) => {
      const server = findNew(seen);
      const voters = seen.raft?.peers.filter(({ healthy, voter }) => healthy && voter).length;
      return server?.agent.kind === 'up' && server.agent.leader === '' && !server.peer?.healthy && voters === 3;
    };
    const observation = await waitUntil('it names no leader', observeAll, isDeaf);
    expect(findNew(observation)?.agent.peers).toHaveLength(4);
    expect(determineLeadership(observation).kind).toBe('agreed');
    await consul.requestLeave(NEW);
    await waitUntil('it is out of Raft', observeAll, (seen) => seen.raft?.peers.length === 3);
  }, 120_000);
});
