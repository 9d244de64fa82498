import { describe, expect, it } from 'vitest';
import { chooseOwnGroup, type ToldGroup } from '../../../src/lib/engine/observe/own-group.js';
import { SELF_ACTING_PROCESSES } from '../../../src/lib/model/group.js';
import { buildObservation } from '../../helpers/observations.js';

const { old: some } = buildObservation({ old: 3 });
const HELD = { suspendedProcesses: [...SELF_ACTING_PROCESSES] };

/** A group whose servers, at these hosts, tell these peers; without peers they say nothing. */
function tell(name: string, hosts: readonly string[], peers?: readonly string[], change = {}): ToldGroup {
  const claims = (peers === undefined ? [] : hosts).map((host) => ({
    ...{ host, leader: `${hosts[0]}:8300` },
    peers: peers?.map((peer) => `${peer}:8300`) ?? [],
  }));
  if (some === undefined) throw new Error('no group');
  const instanceIds = hosts.map((host) => `i-${host}`);
  return { group: { ...some, name, desired: hosts.length, instanceIds, ...change }, hosts, claims, held: [] };
}

const A = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const B = ['10.0.0.4', '10.0.0.5', '10.0.0.6'];
const choose = (told: readonly ToldGroup[], named?: string) => {
  const own = chooseOwnGroup(told, named);
  return own === 'ambiguous' ? own : own?.group.name;
};

describe('chooseOwnGroup', () => {
  it.each<[string, readonly ToldGroup[], string | undefined]>([
    ['one group, whatever it tells', [tell('servers', A)], 'servers'],
    ['two groups in one Raft', [tell('servers', A, [...A, ...B]), tell('consul-roll-a', B, [...A, ...B])], 'servers'],
    ['one that is being filled', [tell('servers', A, A, HELD), tell('consul-roll-a', B, undefined, HELD)], 'servers'],
    [
      'one whose first server founds',
      [tell('servers', A, A, HELD), tell('consul-roll-a', ['10.0.0.4'], ['10.0.0.4'], HELD)],
      'servers',
    ],
    [
      'one whose servers have left',
      [tell('servers', A, undefined, HELD), tell('consul-roll-a', B, B, HELD)],
      'consul-roll-a',
    ],
    [
      'two of a roll that do not answer',
      [tell('servers', A, undefined, HELD), tell('consul-roll-a', B, undefined, HELD)],
      undefined,
    ],
    ['two clusters', [tell('servers', A, A), tell('consul-roll-a', B, B)], 'ambiguous'],
    [
      'one with the name, beside one that a roll has made',
      [tell('consul', B, B), tell('consul-roll-a', A, A)],
      'ambiguous',
    ],
    ['two clusters, in a roll', [tell('servers', A, A, HELD), tell('consul-roll-a', B, B, HELD)], 'ambiguous'],
    ['one that says nothing and that no roll holds', [tell('servers', A, A), tell('consul-roll-a', B)], 'ambiguous'],
    [
      'one that says that it is in the cluster',
      [tell('servers', A, A), tell('payments', B, [...A, ...B])],
      'ambiguous',
    ],
    ['three', [tell('a', A, A, HELD), tell('b', B, A, HELD), tell('c', ['10.0.0.9'], A, HELD)], 'ambiguous'],
    ['one with the name, beside another with tags', [tell('servers', A, A), tell('consul', B, B)], 'ambiguous'],
    ['one with the name, which says nothing', [tell('payments', B, B), tell('consul', A)], 'ambiguous'],
    ['one with the name, beside one that says nothing', [tell('servers', A), tell('consul', B, B)], 'ambiguous'],
  ])('of groups found by the name: %s', (_case, told, expected) => {
    expect(choose(told)).toBe(expected);
  });

  it('is the group that the operator names, and never another one, whatever each of them tells', () => {
    const created = tell('consul-roll-a', B, B, HELD);
    for (const silent of [tell('servers', [], [], HELD), tell('servers', A), tell('servers', A, A)])
      expect(choose([silent, created], 'servers')).toBe('servers');
  });

  it('leaves no group that a roll empties for one that no roll holds', () => {
    // Who may tag groups can give the name of the cluster to one with servers, and take it from that of the roll.
    const emptied = tell('servers', A, undefined, HELD);
    expect(choose([emptied, tell('payments', B, B)])).toBe('ambiguous');
    expect(choose([tell('payments', B, B), tell('consul-roll-a', A, undefined, HELD)])).toBe('ambiguous');
  });
});
