import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../sandbox/instances/until.js';
import { type ContractCluster, contractKinds } from './clusters.js';

/** The table of docs/health-check.md: a path, and what it answers in each state of the server that is asked. */
const document = readFileSync(new URL('../../../docs/health-check.md', import.meta.url), 'utf8');
const rows = [...document.matchAll(/^\| `(\/v1\/[^`]+)` \| (.+?) \|$/gm)].map(([, path = '', cells = '']) => ({
  path,
  answers: cells.split('|').map((cell) => Number.parseInt(cell, 10)),
}));

const get = async (cluster: ContractCluster, n: number, path: string) => {
  const answer = await fetch(`http://${cluster.address(n)}:8500${path}`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status;
};

// A simulated server of 1.9 or later that is dead is taken out too soon to be seen unhealthy.
const kinds = contractKinds(5).filter(([name]) => !/^simulated Consul 1\.(9|\d\d)\./.test(name));

describe.each(kinds)('the answers a health check gets, %s', (_, open) => {
  const seen = new Map<string, (number | undefined)[]>();

  /** Asks a server everything, and writes it down as the next column. */
  async function column(cluster: ContractCluster, n: number): Promise<void> {
    const answers = await Promise.all(rows.map(({ path }) => get(cluster, n, path)));
    rows.forEach(({ path }, at) => {
      seen.set(path, [...(seen.get(path) ?? []), answers[at]]);
    });
  }

  beforeAll(async () => {
    const cluster = open();
    try {
      for (const n of [1, 2, 3]) cluster.start(n, { retryJoin: [1], bootstrapExpect: 3 });
      cluster.start(9, { retryJoin: [], bootstrapExpect: 3 });
      const put = { method: 'PUT', body: 'here' };
      const written = () =>
        fetch(`http://${cluster.address(1)}:8500/v1/kv/health`, put).then(
          ({ ok }) => ok,
          () => false,
        );
      await until('a cluster', written, 40_000);
      const health = (n: number) => get(cluster, n, '/v1/operator/autopilot/health');
      await until('every server healthy', async () => (await health(1)) === 200, 40_000);
      await until('an answer of the lonely one', async () => (await health(9)) === 500, 40_000);
      await column(cluster, 9);
      await column(cluster, 1);
      // Not the first server, which is the one that is asked.
      await cluster.kill(3);
      await until('an unhealthy server', async () => (await health(1)) === 429, 40_000);
      await until('a leader', async () => (await get(cluster, 1, '/v1/kv/health')) === 200, 40_000);
      await column(cluster, 1);
      await cluster.kill(2);
      await until('no leader', async () => (await get(cluster, 1, '/v1/kv/health')) === 500, 40_000);
      await column(cluster, 1);
    } finally {
      await cluster.close();
    }
  }, 120_000);

  afterAll(() => seen.clear());

  it('the document has them all', () => expect(rows.length).toBeGreaterThan(6));

  it.each(rows)('$path', ({ path, answers }) => {
    expect(seen.get(path)).toEqual(answers);
  });
});
