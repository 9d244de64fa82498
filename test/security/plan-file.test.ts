import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPlannedOptions, assertApproved, readApprovedPlan } from '../../src/cli/approved-plan.js';
import { RollError } from '../../src/lib/model/errors.js';
import { buildPlanDocument } from '../../src/lib/output/json/documents.js';
import type { PlanDocument } from '../../src/lib/output/json/schemas.js';
import { HOSTILE } from '../helpers/hostile-text.js';
import { buildPlan } from '../helpers/plans.js';

const OPTIONS = { cluster: 'consul', ami: 'ami-0c0ffee02', surge: 2 };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(over: object, name = 'plan.json'): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ ...buildPlanDocument(buildPlan(), 0, OPTIONS), ...over }));
  return path;
}

const catchError = (call: () => unknown): RollError => {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof RollError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
};

/** The file of a plan was altered between its approval and the roll. */
describe('a plan in a file', () => {
  it.each([
    ['no JSON', 'not json'],
    ['a list', '[]'],
    ['null', 'null'],
    ['another document', '{"schema":"consul-roll/status/3"}'],
    ['nothing', ''],
  ])('that is %s is refused', (_, text) => {
    const path = join(folder, 'other.json');
    writeFileSync(path, text);
    expect(catchError(() => readApprovedPlan(path))).toMatchObject({ code: 'bad-usage', kind: 'usage' });
  });

  it('that is larger than any plan is not read', () => {
    const path = join(folder, 'large.json');
    writeFileSync(path, ' '.repeat(5 * 1024 * 1024));
    expect(catchError(() => readApprovedPlan(path)).message).toContain('larger than');
  });

  it.each(['yes', 'force-unlock', 'config', 'consul-port', 'plan', 'events', '__proto__x'])(
    'sets no option but those of an order: %s',
    (name) => {
      const path = write({ options: { ...OPTIONS, [name]: 'x' } });
      expect(catchError(() => readApprovedPlan(path)).message).toContain('options that this version does not know');
    },
  );

  it.each([
    ['group', true],
    ['keep-old', 'x'],
  ])('sets no option to a value of another type: %s', (name, value) => {
    const path = write({ options: { ...OPTIONS, [name]: value } });
    expect(catchError(() => readApprovedPlan(path)).message).toContain(name);
  });

  it('puts no other word into the command line', () => {
    const options = { ...OPTIONS, cluster: 'consul --force-unlock\n--yes', group: '--yes' };
    const words = addPlannedOptions(readApprovedPlan(write({ options })), ['--json']);
    expect(words).toEqual([
      '--cluster=consul --force-unlock\n--yes',
      '--ami=ami-0c0ffee02',
      '--surge=2',
      '--group=--yes',
      '--json',
    ]);
  });

  it.each(HOSTILE)('is printed as text: %j', (text) => {
    const plan = buildPlan();
    const { steps, servers, ...document } = JSON.parse(readFileSync(write({}), 'utf8')) as PlanDocument;
    const hostile = { ...document, steps: steps.map((step) => ({ ...step, what: text })), servers };
    const error = catchError(() => assertApproved(hostile, plan));
    expect(error.code).toBe('plan-outdated');
    expect(error.message).not.toMatch(/[^\P{C}\n]/u);
  });

  it('fills no screen, however much of it was altered', () => {
    const { servers, ...document } = JSON.parse(readFileSync(write({}), 'utf8')) as PlanDocument;
    const many = Array.from({ length: 3000 }, (_, n) =>
      servers.map((server) => ({ ...server, instanceId: `i-${n}${'x'.repeat(500)}` })),
    ).flat();
    const { message } = catchError(() => assertApproved({ ...document, servers: many }, buildPlan()));
    expect(message.split('\n').length).toBeLessThan(15);
    expect(message.length).toBeLessThan(5000);
  });
});
