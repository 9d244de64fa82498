import { describe, expect, it } from 'vitest';
import { requestPause } from '../../../src/lib/engine/pause.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { PAUSE_TAG } from '../../../src/lib/model/tags.js';
import { buildPauseDocument } from '../../../src/lib/output/json/command-documents.js';
import { formatPause } from '../../../src/lib/output/text/status.js';
import { createFakeEngine, runRoll } from '../../helpers/fake-engine.js';
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

  it('can be paused while Consul is unreachable', async () => {
    const engine = await interrupted();
    for (const { address } of engine.servers.peers) engine.servers.crash(address);
    expect(await requestPause(engine, { cluster: 'consul' })).toMatchObject({ runner: 'unknown' });
    expect(engine.account.groups.some(({ tags }) => PAUSE_TAG in tags)).toBe(true);
  });
});
