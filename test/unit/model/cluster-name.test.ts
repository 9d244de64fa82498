import { describe, expect, it } from 'vitest';
import { buildKeyPath } from '../../../src/lib/consul/http-client.js';
import { buildClusterKey, buildRollName, findNameFlaw } from '../../../src/lib/model/cluster-name.js';
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
    expect(buildRollName('consul prod:eu', '7f3a12')).toBe('consul-prod-eu-roll-7f3a12');
    expect(buildRollName('..', '7f3a12')).toBe('cluster-roll-7f3a12');
    expect(buildRollName('猫', '7f3a12')).toBe('cluster-roll-7f3a12');
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
