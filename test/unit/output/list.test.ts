import { describe, expect, it } from 'vitest';
import type { ClusterList, ListedCluster } from '../../../src/lib/model/listed-cluster.js';
import { formatClusterList } from '../../../src/lib/output/text/list.js';
import { CONTEXT } from '../../helpers/plans.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

const caller = CONTEXT.caller ?? expect.fail();
const one: ListedCluster = {
  cluster: 'consul',
  group: 'consul-lab-1',
  images: [{ id: 'ami-0c0ffee01', image: CONTEXT.from }],
  versions: ['1.20.2'],
  servers: 3,
  answering: 3,
  leader: 'i-0a11',
  peers: 3,
  rollId: undefined,
};

function show(clusters: ListedCluster[], leftOut = 0, width = 80) {
  const list: ClusterList = { clusters, leftOut };
  return formatClusterList(list, caller, OBSERVED_AT_MS, width);
}

describe('the list of clusters', () => {
  it('has two lines a cluster', () => {
    expect(show([one]).map(({ text }) => text)).toEqual([
      '1 cluster in 123456789012/eu-west-1 (prod)',
      'consul  group consul-lab-1, consul-v1 (ami-0c0ffee01, 41 d old), Consul 1.20.2',
      '        3 of 3 servers answer, 3 peers, leader i-0a11; no roll',
    ]);
  });

  it('fits its width, with names of any length', () => {
    const long = { ...one, cluster: 'a-cluster-with-a-name-of-more-than-its-column', rollId: '7f3a1c' };
    for (const { text } of show([one, long], 1)) expect(text.length).toBeLessThanOrEqual(80);
  });

  it.each<[Partial<ListedCluster>, string]>([
    [{ answering: 0, peers: undefined, leader: undefined }, 'none of 3 servers can be reached from here; no roll'],
    [{ answering: 1 }, '1 of 3 servers answers, 3 peers, leader i-0a11; no roll'],
    [{ leader: undefined, peers: undefined }, '3 of 3 servers answer, they name different peers, no agreed leader'],
    [{ rollId: '7f3a1c', peers: 4 }, 'roll 7f3a1c under way, by its tags'],
  ])('stands out where it is not well: %j', (change, text) => {
    const line = show([{ ...one, ...change }], 0, 200).at(-1);
    expect(line).toMatchObject({ style: 'bad', text: expect.stringContaining(text) });
  });

  it('says that there is none, and that there are more', () => {
    expect(show([]).map(({ text }) => text)).toEqual([
      'No group looks like a cluster in 123456789012/eu-west-1 (prod)',
    ]);
    expect(show([one], 2).at(-1)?.text).toBe('2 more groups not looked at.');
  });
});
