import { describe, expect, it } from 'vitest';
import { buildKeyPath } from '../../../src/lib/consul/http-client.js';
import {
  buildClusterKey,
  buildRollName,
  findNameFlaw,
  isOwnRollName,
  isRollName,
} from '../../../src/lib/model/cluster-name.js';
import { formatFlag } from '../../../src/lib/model/errors.js';
import { Chance } from '../../simulation/chance.js';

const PIECES = [
  'a',
  'B',
  '7',
  '-',
  '_',
  '.',
  '..',
  '/',
  '//',
  ':',
  ' ',
  '%',
  '%2F',
  "'",
  '"',
  '$(x)',
  '*',
  '?',
  'ä',
  '猫',
  '😀',
];

/** Names that a cluster may have, from a seed. */
function drawNames(count: number): readonly string[] {
  const chance = new Chance(7);
  const draw = () => Array.from({ length: chance.between(1, 6) }, () => chance.pick(PIECES)).join('');
  return [...new Set(Array.from({ length: count }, draw))];
}

const NAMES = [
  ...new Set([
    'consul',
    'consul prod:eu',
    'prod/consul',
    'consul-prod',
    '.',
    '..',
    '...',
    'x'.repeat(256),
    ...drawNames(2_000),
  ]),
];

describe('findNameFlaw', () => {
  it.each([
    ['', 'is empty'],
    ['  ', 'is empty'],
    ['x'.repeat(300), 'has 300 characters, of at most 256'],
    ['con\nsul', 'contains control characters'],
    ['con\u0000sul', 'contains control characters'],
    ['consul\u202E', 'contains control characters'],
    ['con\uD800sul', 'contains control characters'],
  ])('refuses %j: it %s', (name, flaw) => {
    expect(findNameFlaw(name)).toBe(flaw);
  });

  it('takes what a tag can hold', () => {
    for (const name of NAMES.filter((one) => one.trim() !== ''))
      expect([name, findNameFlaw(name)]).toEqual([name, undefined]);
  });
});

describe('the names of what a roll creates', () => {
  it('are those of every group, launch template and file', () => {
    for (const name of NAMES) {
      expect(buildRollName(name, '7f3a12')).toMatch(/^\w[\w.-]{0,99}-roll-7f3a12$/);
      expect(`${buildRollName(name, '7f3a12')}-2`.length).toBeLessThanOrEqual(128);
    }
  });

  it('are the name of the cluster with the id of the roll where they can be', () => {
    expect(buildRollName('consul.prod_eu-1', '7f3a12')).toBe('consul.prod_eu-1-roll-7f3a12');
    expect(buildRollName('consul-20240101', '7f3a12')).toBe('consul-20240101-roll-7f3a12');
  });

  it('have a hash where the name had to be changed, so that no other cluster has them', () => {
    expect(buildRollName('consul prod:eu', '7f3a12')).toBe('consul-prod-eu-xacab049e99fa86b1-roll-7f3a12');
    expect(buildRollName('..', '7f3a12')).toMatch(/^cluster-x[\da-f]{16}-roll-7f3a12$/);
    const odd = ['prod/consul', 'prod:consul', 'prod-consul', '-prod-consul', 'prod-consul-', '猫', '犬'];
    const stems = odd.map((name) => buildRollName(name, ''));
    // A cluster may be called like the stem of another one.
    const copies = stems.map((stem) => stem.slice(0, -'-roll-'.length)).filter((stem) => stem !== 'prod-consul');
    const all = [...NAMES, ...odd, ...copies].filter((name, n, names) => names.indexOf(name) === n);
    const owners = new Map(all.map((name) => [buildRollName(name, '7f3a12'), name]));
    expect(owners.size).toBe(all.length);
    for (const name of all) {
      const [own, earlier] = [buildRollName(name, '7f3a12'), `${name.replaceAll(/[^\w.-]+/g, '-')}-roll-7f3a12`];
      expect([isOwnRollName(own, name), isRollName(own, name)]).toEqual([true, true]);
      for (const other of odd) expect([other, isOwnRollName(own, other)]).toEqual([other, other === name]);
      if (owners.get(earlier) !== name) expect(isOwnRollName(earlier, name)).toBe(false);
    }
  });

  it('are also known as earlier builds gave them, which may be those of another cluster', () => {
    for (const name of ['prod-consul-roll-7f3a12', 'prod-consul-7f3a12', 'prod-consul-roll-7f3a12-2'])
      expect([isRollName(name, 'prod/consul', '7f3a12'), isOwnRollName(name, 'prod/consul', '7f3a12')]).toEqual([
        true,
        false,
      ]);
    expect(isRollName('cluster-roll-7f3a12', '猫')).toBe(true);
    // A group of the cluster consul-2, and one that a roll of consul has made, as consul-roll may see it.
    expect(isOwnRollName('consul-2', 'consul')).toBe(false);
    expect(isOwnRollName('consul-roll-7f3a12', 'consul-roll')).toBe(false);
    expect(isRollName('prod-consul-clients', 'prod/consul')).toBe(false);
  });
});

describe('the keys of a cluster', () => {
  it('are not those of another cluster', () => {
    const keys = NAMES.map((name) => buildClusterKey(name, 'lock'));
    expect(new Set(keys).size).toBe(NAMES.length);
    expect(buildClusterKey('a', 'lock')).toBe('consul-roll/a/lock');
    expect(buildClusterKey('consul prod:eu', 'sentinel')).toBe('consul-roll/consul prod:eu/sentinel');
  });

  it('are requested by a path that nothing on the way changes', () => {
    for (const name of NAMES) {
      const path = buildKeyPath(buildClusterKey(name, 'lock'));
      const { pathname } = new URL(`http://consul:8500/v1/${path}`);
      expect(pathname).toBe(`/v1/${path}`);
      const decoded = pathname.split('/').map(decodeURIComponent);
      expect(decoded.some((segment) => ['', '.', '..'].includes(segment) && segment !== decoded[0])).toBe(false);
      expect(decoded.slice(3).join('/')).toBe(buildClusterKey(name, 'lock'));
    }
  });
});

describe('a printed command', () => {
  it('has any name as one word', () => {
    for (const name of NAMES) {
      const flag = formatFlag('cluster', name);
      const word = flag.replace(/^--cluster[ =]/, '');
      const bare = word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word;
      expect(bare).toBe(name);
      if (!word.startsWith("'")) expect(word).toMatch(/^[\w@%+=:,./-]+$/);
    }
  });
});
