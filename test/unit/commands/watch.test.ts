import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { describe, expect, it, vi } from 'vitest';
import StatusCommand from '../../../src/commands/status.js';
import type { Direction } from '../../../src/lib/model/intent.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildResult } from '../../helpers/scripted-roll.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const library = vi.hoisted(() => ({ found: 'forward' as unknown, reason: undefined as unknown }));

vi.mock('../../../src/cli/connect.js', () => ({
  connect: async () => ({
    clock: { now: Date.now },
    cloud: { readCaller: async () => undefined, findImage: async () => undefined },
    close: async () => undefined,
  }),
}));
vi.mock('../../../src/lib/engine/watch/watch.js', () => ({
  followRoll: async (_engine: unknown, _options: unknown, { onFound, onIdle }: Found) => {
    if (library.found === 'nothing') return onIdle({});
    if (library.found === 'interrupted') return undefined;
    const observation = buildObservation({ old: 3 });
    await onFound({ observation, intent: buildIntent(observation, { direction: library.found as Direction }) });
    return { ...buildResult(), outcome: 'rolled-back', reason: library.reason as StopReason };
  },
}));

interface Found {
  onFound(status: unknown): Promise<void>;
  onIdle(status: unknown): undefined;
}

describe('status --watch that is interrupted', () => {
  it.each([
    ['nothing', /Waiting for one to start.*\nStopped watching\.\n/],
    ['interrupted', /^Stopped watching\. The roll continues\.\n/m],
  ])('says what it leaves: %s', async (found, said) => {
    library.found = found;
    const { error, stderr } = await captureOutput(() => StatusCommand.run(['--cluster', 'consul', '--watch'], ROOT));
    expect(error?.oclif?.exit).toBe(130);
    expect(stderr).toMatch(said);
  });
});

describe('the exit code of status --watch', () => {
  it.each([
    ['forward', 'operator-request', 4],
    ['forward', 'unknown', 4],
    ['rollback', 'operator-request', 0],
  ] as const)('of a roll that was found going %s, and was rolled back: %s: %d', async (found, kind, exit) => {
    Object.assign(library, { found, reason: { kind } });
    const { error, stdout } = await captureOutput(() =>
      StatusCommand.run(['--cluster', 'consul', '--watch', '--output', 'ndjson'], ROOT),
    );
    expect(error?.oclif?.exit ?? 0).toBe(exit);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ exitCode: exit });
  });
});
