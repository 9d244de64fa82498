import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import {
  type ConsulAgent,
  findConsulBinary,
  startConsulAgent,
  trusting,
  waitUntil,
} from '../../helpers/consul-agent.js';

const binary = findConsulBinary() ?? '';
const OLD = ['127.66.11.1', '127.66.11.2', '127.66.11.3'] as const;
const FOUNDER = '127.66.11.4';
const KEYS = 200;

async function request(method: string, address: string, path: string, body?: string): Promise<Response> {
  const init = body === undefined ? { method } : { method, body };
  return fetch(`http://${address}:8500/v1/${path}`, init);
}

const readLeader = async (address: string): Promise<string> =>
  request('GET', address, 'status/leader').then(
    (response) => response.json() as Promise<string>,
    () => '',
  );

/** How many keys a server has in its own state; 0 too while it does not answer. */
async function countKeys(address: string): Promise<number> {
  const response = await request('GET', address, 'kv/app/?keys&stale').catch(() => undefined);
  return response?.ok ? ((await response.json()) as readonly string[]).length : 0;
}

describe.skipIf(!binary)('real servers that follow one which bootstrapped a cluster of its own', () => {
  const agents = new Map<string, ConsulAgent>();
  const folder = mkdtempSync(join(tmpdir(), 'consul-overwritten-log-'));
  const consul = trusting(createConsul({ scheme: 'http', port: 8500 }), ...OLD);

  afterAll(async () => {
    for (const agent of agents.values()) await agent.stop();
    await consul.close();
    rmSync(folder, { recursive: true });
  });

  const start = (address: string, ...args: readonly string[]) => {
    const data = join(folder, address);
    mkdirSync(data, { recursive: true });
    agents.set(address, startConsulAgent(binary, address, [`-data-dir=${data}`, ...args]));
  };
  const stop = (address: string) => agents.get(address)?.stop();
  const startOld = () => {
    for (const address of OLD) start(address, '-bootstrap-expect=3', `-retry-join=${OLD[0]}`, '-retry-interval=1s');
  };

  /** Its second start is a second term, which the others take for a newer leader's. */
  async function takeOver(): Promise<void> {
    const leads = () => waitUntil('it leads', () => readLeader(FOUNDER), Boolean);
    start(FOUNDER, '-bootstrap-expect=1');
    await leads();
    await stop(FOUNDER);
    start(FOUNDER, '-bootstrap-expect=1');
    await leads();
    await request('PUT', FOUNDER, `agent/join/${OLD[0]}`);
    await Promise.all(
      OLD.map((address) =>
        waitUntil(
          'it follows',
          () => readLeader(address),
          (leader) => leader.startsWith(FOUNDER),
        ),
      ),
    );
  }

  /** docs/quorum-lost.md, step by step. */
  async function recover(): Promise<void> {
    for (const address of OLD) {
      const saved = await request('GET', address, 'snapshot?stale');
      expect([address, saved.status, (await saved.arrayBuffer()).byteLength > 0]).toEqual([address, 200, true]);
    }
    for (const address of OLD) await stop(address);
    const readId = (address: string) => readFileSync(join(folder, address, 'node-id'), 'utf8').trim();
    const peers = OLD.map((address) => ({ id: readId(address), address: `${address}:8300`, non_voter: false }));
    for (const address of OLD) writeFileSync(join(folder, address, 'raft/peers.json'), JSON.stringify(peers));
    startOld();
  }

  // failure-mode: founder-overwrote
  it('have their Raft log overwritten, which is told, and all keys after their recovery', async () => {
    startOld();
    await waitUntil('a leader', () => readLeader(OLD[0]), Boolean);
    for (let n = 0; n < KEYS; n += 1) await request('PUT', OLD[0], `kv/app/${n}`, 'value');
    const readCut = async (address: string) => {
      const agent = await consul.readAgent(address, 'none');
      return agent.kind === 'up' && agent.isLogCut === true;
    };
    for (const address of OLD)
      await waitUntil(
        'all keys',
        () => countKeys(address),
        (count) => count === KEYS,
      );
    expect(await Promise.all(OLD.map(readCut))).toEqual([false, false, false]);

    await takeOver();
    for (const address of OLD) await waitUntil('its log is cut', () => readCut(address), Boolean);
    await stop(FOUNDER);
    expect(await Promise.all(OLD.map(countKeys))).toEqual([KEYS, KEYS, KEYS]);

    await recover();
    for (const address of OLD)
      await waitUntil(
        'all keys',
        () => countKeys(address),
        (count) => count === KEYS,
      );
    await waitUntil('a leader', () => readLeader(OLD[0]), Boolean);
    expect((await request('PUT', OLD[0], 'kv/later', 'value')).status).toBe(200);
    expect(await Promise.all(OLD.map(readCut))).toEqual([false, false, false]);
  }, 120_000);
});
