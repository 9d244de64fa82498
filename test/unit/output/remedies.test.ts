import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { formatFlag, quoteWord } from '../../../src/lib/model/errors.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { ExternalChange, StopReason } from '../../../src/lib/model/stop-reason.js';
import { buildOutcomeText } from '../../../src/lib/output/text/outcome.js';
import { formatStatus } from '../../../src/lib/output/text/status.js';
import { buildMidRoll } from '../../helpers/intents.js';
import { buildResult } from '../../helpers/scripted-roll.js';

const RESUME = 'resume with: consul-roll resume --cluster consul';
const ROLLBACK = 'roll back with: consul-roll rollback --cluster consul';
const STATUS = 'consul-roll status --cluster consul';
const midRoll = buildMidRoll({ new: 1 });
const finishing = buildMidRoll({ old: 0, new: 5, oldGroup: null });

const changed = (change: ExternalChange): StopReason => ({ kind: 'changed-externally', change });
const scaled = { kind: 'scaled', group: 'consul', desired: 6, expected: 5 } as const;

function endAt({ observation, intent }: typeof midRoll, reason: StopReason) {
  return buildOutcomeText(buildResult({ outcome: 'stopped', intent, observation, reason }));
}

describe('a name in a printed command', () => {
  it.each([
    ['consul-7f3a', 'consul-7f3a'],
    ['consul - v1', "'consul - v1'"],
    ["it's $(x)", "'it'\\''s $(x)'"],
    ['', "''"],
  ])('%j is one word: %s', (name, word) => {
    expect(quoteWord(name)).toBe(word);
  });

  it('is never taken for a flag', () => {
    expect(formatFlag('group', 'a b')).toBe("--group 'a b'");
    expect(formatFlag('group', '-g h')).toBe("--group='-g h'");
  });
});

describe('what to do after a rollback that stopped', () => {
  const reason = { kind: 'orphan-peer', peerId: 'x', node: 'y' } as const;
  const nextOf = (servers: number) => {
    const shape = { size: 3, old: 1, new: servers, leader: 0 };
    return endAt(buildMidRoll(shape, { direction: 'rollback' }), reason).next.at(-1);
  };

  it('is to resume, or to go forward where the new servers could be the cluster', () => {
    const forward = 'go forward again with: consul-roll resume --forward --cluster consul';
    expect(nextOf(3)).toBe(`${RESUME}, or ${forward}`);
    expect(nextOf(2)).toBe(RESUME);
  });
});

describe('what to do after a roll that stopped', () => {
  it('names the roll, for where no prompt asks; but not one that only tags tell of', () => {
    const reason = { kind: 'rejoined', instanceId: 'i-0a11', leaves: 3 } as const;
    const named = { ...midRoll, intent: { ...midRoll.intent, nonce: '0'.repeat(32) } };
    expect(endAt(named, reason).next.at(-1)).toBe(`${RESUME} --roll 7f3a, or ${ROLLBACK} --roll 7f3a`);
    expect(endAt(midRoll, reason).next.at(-1)).toBe(`${RESUME}, or ${ROLLBACK}`);
  });

  it.each<[StopReason, RegExp[], boolean]>([
    [
      { kind: 'rejoined', instanceId: 'i-0a11', leaves: 3 },
      [/find the cause in its log/, RegExp(`^${RESUME}, or ${ROLLBACK}$`)],
      true,
    ],
    [
      changed({ ...scaled, idle: false }),
      [/do not set the size of group consul back: consul-roll does/, RegExp(`^${RESUME}, or ${ROLLBACK}$`)],
      true,
    ],
    [
      changed({ kind: 'image', group: 'consul-7f3a', imageId: 'ami-3', expected: 'ami-2' }),
      [/consul-7f3a to launch ami-2/, RegExp(`^${ROLLBACK}, .*${RESUME}$`)],
      false,
    ],
    [
      changed({
        kind: 'launch-source',
        group: 'consul',
        launchSource: 'launch configuration b',
        expected: 'launch configuration a',
      }),
      [/from launch configuration a again/, RegExp(`^then ${RESUME}, or ${ROLLBACK}$`)],
      false,
    ],
    [changed({ kind: 'groups-missing', groups: [] }), [/restore the snapshot/, /describe-auto-scaling-groups$/], false],
    [changed({ kind: 'other-roll', rollId: '0000' }), [RegExp(`: ${STATUS}$`)], false],
    [{ kind: 'not-owned', resource: 'consul-7f3a' }, [RegExp(`: ${STATUS}$`)], false],
    [{ kind: 'lock-lost', holder: undefined }, [RegExp(`: ${STATUS} --watch$`)], false],
    [
      { kind: 'would-scale-in', group: 'consul', from: 4, to: 3 },
      [/do not set the size of group consul back: consul-roll does/, RegExp(`^${RESUME}, or ${ROLLBACK}$`)],
      true,
    ],
  ])('%j', (reason, lines, resumable) => {
    const { next, happened } = endAt(midRoll, reason);
    expect(next).toEqual(lines.map((line) => expect.stringMatching(line)));
    expect(happened.includes('can be resumed')).toBe(resumable);
  });

  it('offers no rollback once the old group is gone', () => {
    expect(endAt(finishing, { kind: 'unknown' }).next).toEqual([RESUME]);
    expect(endAt(finishing, changed({ ...scaled, idle: false })).next.at(-1)).toBe(RESUME);
  });

  // failure-mode: state-lost
  it.each<[string, StopReason]>([
    ['state-lost', { kind: 'state-lost', leader: '127.1.2.11:8300', cluster: 'consul', rollId: '7f3a' }],
    ['sentinel', changed({ kind: 'sentinel', leader: '127.1.2.11:8300', cluster: 'consul', rollId: '7f3a' })],
  ])('has the operator say that this is the cluster, and name the roll, after %s', (_kind, reason) => {
    expect(endAt(midRoll, reason).next).toEqual([
      expect.stringContaining('keys of'),
      expect.stringContaining('consul snapshot restore'),
      'once the leader has the keys of your cluster, say so: consul kv delete consul-roll/consul/record; then consul kv put consul-roll/consul/sentinel 7f3a',
      `then ${RESUME} --roll 7f3a, or ${ROLLBACK} --roll 7f3a`,
    ]);
  });

  it('is what status says too', () => {
    const { observation, intent, limits } = buildMidRoll({ new: 1, newGroup: { imageId: 'ami-3' } });
    const next = decide({ observation, memory: EMPTY_MEMORY, intent, limits });
    const status = { observation, memory: EMPTY_MEMORY, intent, next, lock: undefined, healthIssues: [] };
    const text = formatStatus(status, 400)
      .map((line) => line.text)
      .join('\n');
    expect(text).toMatch(/Next +to go forward, set group .*\n +roll back with: .*resume --cluster consul/);
    expect(text).not.toContain('nothing until the roll is resumed');
  });
});
