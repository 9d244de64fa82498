import { describe, expect, it } from 'vitest';
import { runPreflight } from '../../../src/lib/engine/checks/checks.js';
import { findHealthIssues } from '../../../src/lib/engine/decide/health.js';
import { buildHookEnvironment } from '../../../src/lib/engine/run/hook-runner.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { ClusterStatus, LockHolder } from '../../../src/lib/model/plan.js';
import { findQuorumMargin, isHealthKnown } from '../../../src/lib/model/servers.js';
import { buildEventFields } from '../../../src/lib/output/events/documents.js';
import {
  buildServerDocument,
  buildServerDocuments,
  buildStateDocument,
} from '../../../src/lib/output/json/build-parts.js';
import { buildStatusDocument } from '../../../src/lib/output/json/documents.js';
import { applyEvent, startProgress } from '../../../src/lib/output/progress.js';
import { buildRenderedReport } from '../../../src/lib/output/report/page.js';
import { formatRaftState } from '../../../src/lib/output/server-states.js';
import { buildFrame } from '../../../src/lib/output/terminal/frame.js';
import { getStatusVerdict } from '../../../src/lib/output/text/cluster.js';
import { formatLogLine } from '../../../src/lib/output/text/log-lines.js';
import { buildOutcomeText } from '../../../src/lib/output/text/outcome.js';
import { formatStatus } from '../../../src/lib/output/text/status.js';
import { buildFacts, buildIntent, limits } from '../../helpers/intents.js';
import { buildObservation, withoutHealth } from '../../helpers/observations.js';
import { readRollFile } from '../../helpers/rolls.js';
import { buildResult } from '../../helpers/scripted-roll.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

/** Five voters, of whom the leader has just been elected. */
const elected = withoutHealth(buildObservation({ leader: 1 }));

function statusOf(observation: Observation, change: Partial<ClusterStatus> = {}): ClusterStatus {
  const healthIssues = findHealthIssues(observation, undefined);
  return {
    observation,
    memory: EMPTY_MEMORY,
    intent: undefined,
    next: undefined,
    lock: undefined,
    healthIssues,
    ...change,
  };
}

describe('whether autopilot has judged the servers', () => {
  it('is false if no server is healthy, and true if one is', () => {
    expect(isHealthKnown(elected)).toBe(false);
    expect(isHealthKnown(buildObservation({ leader: undefined }))).toBe(false);
    const ill = Object.fromEntries(['1', '2', '3', '4'].map((n) => [`i-0a1${n}`, 'unhealthy'] as const));
    expect(isHealthKnown(buildObservation({ leader: 4, stages: ill }))).toBe(true);
    expect(isHealthKnown(buildObservation())).toBe(true);
  });

  it('does not matter to decide: no server counts as healthy', () => {
    expect(findQuorumMargin(elected)).toEqual({ voters: 5, healthy: 0, quorum: 3, margin: -3 });
  });
});

describe('the output just after an election', () => {
  it('has a leader, and other servers of unknown health', () => {
    const words = elected.servers.map((server) =>
      formatRaftState(server, { observation: elected, memory: EMPTY_MEMORY }),
    );
    expect(words).toEqual(['electing', 'leader', 'electing', 'electing', 'electing']);
    const unhealthy = buildObservation({ stages: { 'i-0a13': 'unhealthy' } });
    expect(
      unhealthy.servers.map((server) => formatRaftState(server, { observation: unhealthy, memory: EMPTY_MEMORY }))[2],
    ).toBe('unhealthy');
  });

  it('has null for unknown values in the JSON documents', () => {
    const known = { observation: elected, memory: EMPTY_MEMORY };
    const state = { voters: 5, healthy: null, quorum: 3, margin: null, leader: 'i-0a12' };
    expect(buildStateDocument(elected)).toEqual(state);
    expect(buildStatusDocument(statusOf(elected), 0).state).toEqual(state);
    expect(elected.servers.map((server) => buildServerDocument(server, known).healthy)).toEqual(Array(5).fill(null));
    expect(buildServerDocuments(known).map(({ healthy }) => healthy)).toEqual(Array(5).fill(null));
    const moment = { on: 'before-phase', phase: 'drain', server: undefined, move: undefined } as const;
    expect(buildHookEnvironment(moment, elected, buildIntent(elected))).toMatchObject({
      CONSUL_ROLL_VOTERS: '5',
      CONSUL_ROLL_HEALTHY: '',
      CONSUL_ROLL_QUORUM: '3',
    });
  });

  it('has no number in the footer, in the log and at a step', () => {
    const decision = { kind: 'done', outcome: 'rolled' } as const;
    const events: RollEvent[] = [
      { kind: 'started', atMs: OBSERVED_AT_MS, intent: buildIntent(elected), resumed: true },
      { kind: 'observed', atMs: OBSERVED_AT_MS, observation: elected, memory: EMPTY_MEMORY, decision },
    ];
    const progress = events.reduce(applyEvent, startProgress(OBSERVED_AT_MS));
    const { footer: foot } = buildFrame(progress, { columns: 80, rows: 24 }, OBSERVED_AT_MS);
    expect(foot[0]).toBe('voters 5   quorum 3   healthy not known yet');
    const standing = { atMs: OBSERVED_AT_MS, phase: 'drain', count: undefined, observation: elected };
    expect(formatLogLine(standing, { what: 'step', why: undefined })).toContain('voters 5 quorum 3 healthy ? ');
    const step = {
      phase: 'prepare',
      action: { kind: 'save-snapshot' },
      reason: { kind: 'disaster-recovery' },
      margin: undefined,
    } as const;
    const setting = { progress } as Parameters<typeof buildEventFields>[1];
    const begun = buildEventFields({ kind: 'step-started', atMs: OBSERVED_AT_MS, step, number: 1 }, setting);
    expect(begun).toMatchObject({ state: { voters: 5, healthy: null, margin: null } });
  });

  it('reports neither a lost quorum nor unhealthy servers', () => {
    const lock = { renewedAtMs: elected.atMs, ttlMs: 30_000 } as LockHolder;
    expect(getStatusVerdict(statusOf(elected))).toBe('unhealthy');
    expect(getStatusVerdict(statusOf(elected, { lock }))).toBe('rolling');
    expect(getStatusVerdict(statusOf(buildObservation({ leader: undefined })))).toBe('quorum-at-risk');
    const text = formatStatus(statusOf(elected), 100)
      .map((line) => line.text)
      .join('\n');
    expect(text).toContain('consul is not known to be healthy: 5 voters, health not known yet, quorum 3');
    expect(text).toContain('wait; check again with: consul-roll status --cluster consul');
    expect(text).not.toMatch(/unhealthy|no healthy voter|0 healthy|do not terminate/);
  });

  it('refuses a roll because the health is unknown, not because a server is unhealthy', () => {
    const observation = { ...elected, preflightFacts: buildFacts() };
    const failed = runPreflight({ observation, intent: buildIntent(elected), limits });
    const saw = failed.map(({ observed }) => observed);
    const unknown = 'the leader was only just elected, and has not said yet who is healthy';
    expect(saw).toEqual([unknown, unknown]);
  });

  it('does not report a cluster without healthy voters if a roll stopped then', () => {
    const intent = buildIntent(elected);
    const result = buildResult({ outcome: 'stopped', intent, observation: elected });
    const { happened, now } = buildOutcomeText(result);
    expect(happened).toContain('had not reported health yet');
    expect(`${happened} ${now}`).not.toMatch(/\b0 (of|healthy)/);
  });
});

describe('the report of a roll with an observation just after an election', () => {
  /** The record of a whole roll, with one observation just after an election. */
  function pageWith(state: object): { page: string; healthy: readonly (number | undefined)[] } {
    const file = readRollFile('rolled');
    const documents = file.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const observed = documents.filter(({ kind }) => kind === 'observed');
    const middle = observed[Math.floor(observed.length / 2)];
    Object.assign(middle.state, state);
    const text = documents.map((document) => JSON.stringify(document)).join('\n');
    const { page, report: story } = buildRenderedReport([{ ...file, text }], [], undefined);
    return { page, healthy: story.voters.map(({ margin }) => margin?.healthy) };
  }

  it('does not say that the quorum was lost while the health was unknown', () => {
    const { page, healthy } = pageWith({ healthy: null, margin: null });
    expect(healthy).toContain(undefined);
    expect(page).toMatch(
      /in every observation at least \d healthy voters? beyond the quorum; the least was [^;<]+; health not known for /,
    );
    expect(page).not.toContain('lost: ');
    expect(page).toContain('<div class="unjudged"');
    expect(page).toContain('<td>not known yet</td>');
  });

  it('says that the quorum was lost if it was', () => {
    const { page } = pageWith({ healthy: 1, margin: -2 });
    expect(page).toContain('lost: 1 of ');
    expect(page).not.toContain('<div class="unjudged"');
  });
});
