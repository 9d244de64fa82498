import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { RollError } from '../../src/lib/errors.js';
import { plan } from '../../src/lib/plan.js';
import { status } from '../../src/lib/status.js';
import { errorJson, planJson, resultJson, statusJson } from '../../src/lib/ui/json/documents.js';
import { errorSchema, planSchema, resultSchema, statusSchema } from '../../src/lib/ui/json/schemas.js';
import { type FakeEngine, fakeEngine, orderFor, runRoll } from '../support/fake-engine.js';
import { limits } from '../support/intents.js';
import { surveyOf } from '../support/surveys.js';

/** What a script reads: the document as it was written. */
function expectValid(schema: z.ZodType, document: object): void {
  const written: unknown = JSON.parse(JSON.stringify(document));
  expect(schema.safeParse(written).error?.issues ?? []).toEqual([]);
}

const look = (engine: FakeEngine) => status(engine, { cluster: 'consul', group: undefined, limits });

/** A roll that is left after so many steps. */
function leftAfter(engine: FakeEngine, steps: number) {
  let taken = 0;
  return runRoll(engine, {
    pauseRequested: () => taken >= steps,
    onEvent: ({ kind }) => {
      if (kind === 'step-done') taken += 1;
    },
  });
}

describe('the documents of --json are as their schemas say', () => {
  it('status, plan and result, from any moment of a roll', async () => {
    for (const steps of [0, 2, 5, 8, 10, 13, 16, 20, 24, 100]) {
      const engine = fakeEngine(3);
      const { result } = await leftAfter(engine, steps);
      expectValid(resultSchema, resultJson(result, 'ami-0c0ffee01'));
      expectValid(statusSchema, statusJson(await look(engine)));
      expectValid(planSchema, planJson(await plan(engine, orderFor()), 0));
    }
  });

  it('a status without a leader, and errors', () => {
    const survey = surveyOf({ leader: undefined });
    const seen = { survey, intent: undefined, next: undefined, lock: undefined, ailments: [] };
    expectValid(statusSchema, statusJson(seen));
    const error = new RollError({ code: 'locked', message: 'held', exitCode: 7, next: 'wait' });
    expectValid(errorSchema, errorJson(error));
  });

  it('and the schemas refuse what is not', () => {
    expect(statusSchema.safeParse({}).success).toBe(false);
    expect(errorSchema.safeParse({ schema: 'consul-roll/error/2', exitCode: 1 }).success).toBe(false);
  });
});
