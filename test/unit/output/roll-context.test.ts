import { describe, expect, it } from 'vitest';
import type { RollPlan } from '../../../src/lib/model/plan.js';
import { UNKNOWN_CONTEXT } from '../../../src/lib/model/roll-context.js';
import {
  describeImage,
  describeResolvedImage,
  describeRollQuestion,
  describeShortTimeout,
  formatAge,
} from '../../../src/lib/output/text/roll-context.js';
import { limits as LIMITS } from '../../helpers/intents.js';
import { buildImage, buildPlan, CONTEXT } from '../../helpers/plans.js';
import { NEW_IMAGE, OBSERVED_AT_MS, OLD_IMAGE } from '../../helpers/servers.js';

const AT_MS = OBSERVED_AT_MS;

describe('describeRollQuestion', () => {
  const rollback = { ...buildPlan().intent, direction: 'rollback' } as const;

  it.each<[string, Partial<RollPlan>]>([
    [`Roll consul in 123456789012/eu-west-1 (prod) onto consul-v2 (${NEW_IMAGE}, 2 h old)?`, {}],
    [`Roll consul onto ${NEW_IMAGE}?`, { context: UNKNOWN_CONTEXT }],
    [
      `Continue the roll of consul in 123456789012/eu-west-1 (prod) onto consul-v2 (${NEW_IMAGE}, 2 h old)?`,
      { resumed: true },
    ],
    [
      `Roll back consul in 123456789012/eu-west-1 (prod) to consul-v1 (${OLD_IMAGE}, 41 d old)?`,
      { resumed: true, intent: rollback },
    ],
    [`Roll back consul to ${OLD_IMAGE}?`, { resumed: true, intent: rollback, context: UNKNOWN_CONTEXT }],
  ])('%s', (question, over) => {
    expect(describeRollQuestion(buildPlan(over))).toBe(question);
  });

  it('names no alias where there is none', () => {
    const { caller } = CONTEXT;
    const context = { ...CONTEXT, caller: caller && { ...caller, alias: undefined } };
    expect(describeRollQuestion(buildPlan({ context }))).toMatch(/^Roll consul in 123456789012\/eu-west-1 onto /);
  });
});

describe('describeShortTimeout', () => {
  const boot = { kind: 'boot', subject: '', count: 1, ms: 75_000, eachMs: 75_000, basis: 'assumed' } as const;
  const plan = buildPlan({ estimate: { remainingMs: 75_000, parts: [boot] } });

  it('warns of less time than a boot is expected to take', () => {
    const { limits } = { limits: { ...LIMITS, healthTimeoutMs: 40_000 } };
    expect(describeShortTimeout(plan, limits)).toMatch(/^a new server is expected to take 1 m 15 s .* allows 40 s: /);
    expect(describeShortTimeout(plan, { ...LIMITS, healthTimeoutMs: 75_000 })).toBeUndefined();
    expect(describeShortTimeout(buildPlan(), limits)).toBeUndefined();
  });
});

it('says which image a name or a parameter stands for, and nothing of an id', () => {
  const name = { kind: 'name', pattern: 'consul-*', owner: 'self' } as const;
  expect(describeResolvedImage(name, buildPlan())).toBe(`name:consul-* is consul-v2 (${NEW_IMAGE}, 2 h old)`);
  const parameter = { kind: 'parameter', parameter: '/consul/image' } as const;
  expect(describeResolvedImage(parameter, buildPlan({ context: UNKNOWN_CONTEXT }))).toBe(
    `resolve:ssm:/consul/image is ${NEW_IMAGE}`,
  );
  expect(describeResolvedImage({ kind: 'id', imageId: NEW_IMAGE }, buildPlan())).toBeUndefined();
});

describe('describeImage', () => {
  it.each([
    ['consul-v2 (ami-1, 2 h old)', buildImage('ami-1', 'consul-v2', 2)],
    ['ami-1 (2 h old)', buildImage('ami-1', '', 2)],
    ['consul-v2 (ami-1)', { ...buildImage('ami-1', 'consul-v2', 2), createdAtMs: undefined }],
    ['ami-1', undefined],
  ])('%s', (text, image) => {
    expect(describeImage('ami-1', image, AT_MS)).toBe(text);
  });
});

it.each([
  [-5, '0 min old'],
  [59, '0 min old'],
  [3_599, '59 min old'],
  [3_600, '1 h old'],
  [86_399, '23 h old'],
  [86_400 * 400, '400 d old'],
])('an age of %i s is %s', (seconds, text) => {
  expect(formatAge(AT_MS - seconds * 1000, AT_MS)).toBe(text);
});
