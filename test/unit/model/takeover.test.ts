import { describe, expect, it } from 'vitest';
import { findTakeover, type ToldClaims } from '../../../src/lib/model/raft.js';

describe('findTakeover', () => {
  const say = (host: string, leader: string, peers: readonly string[]): ToldClaims => ({
    host,
    leader: `${leader}:8300`,
    peers: peers.map((peer) => `${peer}:8300`),
  });
  const old = ['o1', 'o2', 'o3'];
  const follow = (leader: string, peers = old) => old.map((host) => say(host, leader, peers));

  it.each([
    ['alone', ['n']],
    ['with those that follow it', ['n', ...old]],
  ])('names a leader that they did not elect, which is in its own Raft configuration %s', (_, peers) => {
    expect(findTakeover([...follow('n'), say('n', 'n', peers)])).toEqual({ host: 'n', followers: old });
  });

  it.each<[string, readonly ToldClaims[]]>([
    ['a leader that they elected', follow('o1')],
    ['one that is in their configuration', [...follow('n', [...old, 'n']), say('n', 'n', [...old, 'n'])]],
    ['one that does not say so itself', follow('n')],
    ['one that leads itself only', [...follow('o1'), say('n', 'n', ['n'])]],
    ['one that fewer than a quorum follow', [...follow('n').slice(0, 1), say('n', 'n', ['n'])]],
    // What a machine says that an attacker runs: it follows the leader of others.
    ['the leader of others', [...follow('o1'), say('evil', 'o1', ['evil'])]],
    ['the leader of others, which are silent', [say('o1', 'o1', old), say('evil', 'o1', ['evil', 'o2', 'o3'])]],
  ])('does not name %s', (_, told) => {
    expect(findTakeover(told)).toBeUndefined();
  });
});
