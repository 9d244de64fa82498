import { describe, expect, it } from 'vitest';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { createFakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

describe('an image with its ACLs off, where the old servers have them on', () => {
  // failure-mode: weaker-image
  it('is rolled back at its canary, with the setting that is off', async () => {
    const engine = createFakeEngine(3);
    engine.weakenImage();
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      reason: { kind: 'security-weakened', settings: ['acl.enabled'] },
    });
    if (result.outcome !== 'rolled-back' || result.reason === undefined) throw new Error('it was rolled back');
    expect(describeStopReason(result.reason)).toMatch(
      / runs without acl\.enabled, which every old server has turned on\.$/,
    );
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual(Array(3).fill(OLD_IMAGE));
  });

  it('is rolled where that is allowed, also by another process', async () => {
    const engine = createFakeEngine(3);
    engine.weakenImage();
    let steps = 0;
    await runRoll(engine, {
      order: { allowWeakerSecurity: true },
      pauseRequested: () => steps > 4,
      onEvent: ({ kind }) => (steps += Number(kind === 'step-done')),
    });
    const { result } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(result.outcome).toBe('rolled');
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual(Array(3).fill(NEW_IMAGE));
  });
});
