import { describe, expect, it } from 'vitest';
import { requestPause } from '../../../src/lib/engine/pause.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { buildRecordKey } from '../../../src/lib/model/intent.js';
import { CLUSTER_TAG, PAUSE_TAG } from '../../../src/lib/model/tags.js';
import { buildPauseDocument } from '../../../src/lib/output/json/command-documents.js';
import { formatPause } from '../../../src/lib/output/text/status.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { buildMidRoll } from '../../helpers/intents.js';

const { intent } = buildMidRoll();
const MINUTE_MS = 60_000;
const lock = { holder: 'ann@ops pid 7', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 30_000 };

describe('the message of pause', () => {
  it.each([
    ['of a roll that runs', lock, 1_000, /^Roll 7f3a of consul will stop after the current step\.$/, true],
    ['of a roll without a runner', 'none', 0, /so there is nothing to stop. .* not affected/, false],
    ['of one whose process has died', lock, 5 * MINUTE_MS, /run by ann@ops pid 7 .* probably exited/, false],
    ['where the lock could not be read', 'unknown', 0, /will stop after the current step/, null],
  ] as const)('%s', (_case, runner, nowMs, sentence, running) => {
    const said = formatPause({ intent, runner }, nowMs);
    expect(said[0]).toMatch(sentence);
    expect(said.at(-1)).toBe('Next     consul-roll resume --cluster consul');
    expect(buildPauseDocument({ intent, runner }, nowMs, 0)).toMatchObject({ rollId: '7f3a', running });
  });
});

/** What is left of a roll is removed, as by its last steps. */
function endElsewhere(engine: FakeEngine): void {
  for (const { name, tags } of engine.account.groups) {
    const keys = Object.keys(tags).filter((key) => key.startsWith('consul-roll:') && key !== CLUSTER_TAG);
    const Tags = keys.map((Key) => ({ ResourceId: name, ResourceType: 'auto-scaling-group', Key }));
    if (Tags.length > 0) engine.world.call('autoscaling', 'DeleteTags', { Tags });
  }
  void engine.consul.deleteKey(engine.servers.leader, buildRecordKey('consul'));
}

describe('an interrupted roll', () => {
  async function interrupted() {
    const engine = createFakeEngine(3);
    let steps = 0;
    const onEvent = ({ kind }: RollEvent) => {
      steps += Number(kind === 'step-done');
    };
    await runRoll(engine, { pauseRequested: () => steps > 6, onEvent });
    return engine;
  }

  it('has no runner; if paused, it can be resumed all the same', async () => {
    const engine = await interrupted();
    expect(await requestPause(engine, { cluster: 'consul' })).toMatchObject({ runner: 'none' });
    expect(engine.account.groups.some(({ tags }) => PAUSE_TAG in tags)).toBe(true);
    expect((await runRoll(engine)).result.outcome).toBe('rolled');
  });

  it('has a runner until its process has stopped', async () => {
    const engine = createFakeEngine(3);
    let runner: Promise<unknown> | undefined;
    const { result } = await runRoll(engine, {
      onEvent: ({ kind }) => {
        if (kind === 'waiting') runner ??= requestPause(engine, { cluster: 'consul' });
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(await runner).toMatchObject({ runner: { rollId: '7f3a' } });
  });

  it('leaves no tag of a pause that is requested while the roll ends', async () => {
    const engine = createFakeEngine(3);
    const { result } = await runRoll(engine, {
      onEvent: (event) => {
        if (event.kind !== 'step-done' || event.step.action.kind !== 'clear-record') return;
        void engine.cloud.tag(event.step.action.group, { [PAUSE_TAG]: 'someone at a moment' });
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(engine.account.groups.some(({ tags }) => PAUSE_TAG in tags)).toBe(true);
    expect((await runRoll(engine, { order: { kind: 'resume' } })).result.outcome).toBe('rolled');
    expect(engine.account.groups.map(({ tags }) => tags)).toEqual([{ Name: 'consul', [CLUSTER_TAG]: 'consul' }]);
    expect(engine.servers.keys).toEqual([]);
  });

  it.each([
    ['removes its tag again', false],
    ['says how to remove its tag, where it may not', true],
  ])('%s if the roll has ended meanwhile', async (_case, denied) => {
    const engine = await interrupted();
    const { group } = engine.names;
    engine.injectFault = (call) => {
      if (call.startsWith('untag ') && denied) throw new Error('AccessDenied');
      if (call.startsWith('tag ')) endElsewhere(engine);
    };
    await expect(requestPause(engine, { cluster: 'consul' })).rejects.toMatchObject({
      code: 'no-roll',
      message: 'Roll 7f3a of cluster consul ended before it could be paused.',
      ...(denied && {
        next: expect.stringContaining(`ResourceId=${group},ResourceType=auto-scaling-group,Key=${PAUSE_TAG}`),
      }),
    });
    expect(PAUSE_TAG in (engine.account.groups.find(({ name }) => name === group)?.tags ?? {})).toBe(denied);
  });

  it('can be paused while Consul is unreachable', async () => {
    const engine = await interrupted();
    for (const { address } of engine.servers.peers) engine.servers.crash(address);
    expect(await requestPause(engine, { cluster: 'consul' })).toMatchObject({ runner: 'unknown' });
    expect(engine.account.groups.some(({ tags }) => PAUSE_TAG in tags)).toBe(true);
  });
});
