import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import { parseEvents } from '../helpers/events-file.js';
import { findIssuesInOutput } from '../helpers/json-schemas.js';
import { compileProgram, type Program } from '../helpers/program.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';

warnIfSkipped('a roll of real Consul servers under a write load');

const MINUTE_MS = 60_000;

let program: Program;
let home: string;

beforeAll(() => {
  program = compileProgram();
  home = mkdtempSync(join(tmpdir(), 'demo-'));
}, MINUTE_MS);

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** A demo as a process; what it printed as JSON, and its exit code. */
async function demo(...flags: string[]) {
  const env = { PATH: '/usr/bin:/bin', TMPDIR: home, HOME: home };
  const { exitCode, stdout, stderr } = await program.run(['demo', '--json', ...flags], env);
  expect(stdout, stderr).toMatch(/^\{/);
  const document = JSON.parse(stdout);
  expect(findIssuesInOutput(document)).toEqual([]);
  return { exitCode, document };
}

/** What holds of every demo, however it ends. */
function expectNothingLost(document: { writes: { acknowledged: number; failed: number; lost: number } }): void {
  expect(document.writes).toMatchObject({ lost: 0 });
  expect(document.writes.failed).toBeLessThanOrEqual(1);
  expect(document.writes.acknowledged).toBeGreaterThan(100);
}

describe('demo with simulated servers', () => {
  it(
    'rolls five servers, loses nothing, and says that they were simulated',
    async () => {
      const path = join(home, 'roll.ndjson');
      const flags = ['--consul', 'simulated', '--speed', '8', '--events', path];
      const { exitCode, document } = await demo(...flags);
      expect(document).toMatchObject({ outcome: 'rolled', exitCode: 0, consul: { kind: 'simulated' } });
      expect(exitCode).toBe(0);
      expect(document.servers).toHaveLength(5);
      expectNothingLost(document);
      const { events, errors: mistakes } = parseEvents(readFileSync(path, 'utf8'));
      expect(mistakes).toEqual([]);
      expect(events[0]).toMatchObject({ kind: 'started', from: { name: 'consul-v1' }, to: { name: 'consul-v2' } });
      expect(events.at(-1)).toMatchObject({ kind: 'ended', outcome: 'rolled', writes: document.writes });
    },
    3 * MINUTE_MS,
  );
});

describe.skipIf(realConsul === undefined)('demo with real servers', () => {
  const path = realConsul?.path ?? '';

  it(
    'rolls five of them: none on the old image, nothing lost, one write failed at most',
    async () => {
      const { exitCode, document } = await demo('--consul', path);
      expect(document).toMatchObject({ outcome: 'rolled', exitCode: 0, consul: { kind: 'process' } });
      expect(exitCode).toBe(0);
      const { imageId } = getImage('consul-v2');
      const servers = document.servers.map((server: Record<string, unknown>) => [server.image, server.balancers]);
      expect(servers).toEqual(Array(5).fill([imageId, { consul: 'in-service' }]));
      expectNothingLost(document);
      const phases = document.phases.map((phase: { name: string }) => phase.name);
      expect(phases).toEqual(['preflight', 'snapshot', 'prepare', 'canary', 'grow', 'drain', 'finish']);
    },
    6 * MINUTE_MS,
  );
});
