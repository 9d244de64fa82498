import { expect, it } from 'vitest';
import { RollError } from '../../../src/lib/model/errors.js';
import { createFakeEngine, runRoll } from '../../helpers/fake-engine.js';

const expired = new RollError({
  code: 'no-credentials',
  message: 'The AWS credentials have expired.',
  kind: 'refused',
  next: 'sign in again',
});

it('a denied observation ends the roll after 30 seconds and says what to do', async () => {
  const engine = createFakeEngine(3);
  let refused = false;
  engine.injectFault = (call) => {
    if (call === 'describeCluster' && refused) throw expired;
  };
  let sinceMs = 0;
  const { result } = await runRoll(engine, {
    onEvent: (event) => {
      if (event.kind !== 'step-done' || event.number !== 10) return;
      refused = true;
      sinceMs = engine.clock.now();
    },
  });
  expect(result).toMatchObject({
    outcome: 'stopped',
    reason: { kind: 'unreadable', message: expired.message, remedy: 'sign in again' },
  });
  expect(engine.clock.now() - sinceMs).toBeLessThan(60_000);
});
