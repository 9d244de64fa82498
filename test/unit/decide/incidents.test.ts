import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import type { Decision, DecisionInput } from '../../../src/lib/model/decision.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { limits } from '../../helpers/intents.js';

const FOLDER = fileURLToPath(new URL('../../fixtures/incidents/', import.meta.url));
const NAMES = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What an incident must lead to. */
interface Expected {
  readonly decision: Partial<Decision>;
  readonly safety?: StopReason | null;
}

function readJson<Content>(name: string, file: string): Content {
  return JSON.parse(readFileSync(`${FOLDER}${name}/${file}`, 'utf8')) as Content;
}

function readInput(name: string): DecisionInput {
  const input = readJson<Omit<DecisionInput, 'limits'>>(name, 'observation.json');
  return { limits, ...input, memory: { ...EMPTY_MEMORY, ...input.memory } };
}

describe('an incident', () => {
  it.each(NAMES)('%s leads to the expected decision', (name) => {
    const input = readInput(name);
    const expected = readJson<Expected>(name, 'decision.json');
    const decision = decide(input);
    expect(decision).toMatchObject(expected.decision);
    expect(decision.kind === 'act').toBe(expected.safety !== undefined);
    if (decision.kind !== 'act') return;
    const observation = existsSync(`${FOLDER}${name}/later-observation.json`)
      ? readJson<Observation>(name, 'later-observation.json')
      : input.observation;
    expect(checkSafety({ ...input, observation }, decision.step.action) ?? null).toEqual(expected.safety);
  });

  it.each(NAMES)('%s says what happened', (name) => {
    expect(readFileSync(`${FOLDER}${name}/about.md`, 'utf8')).toMatch(/^[A-Z].*\.\n/s);
  });
});
