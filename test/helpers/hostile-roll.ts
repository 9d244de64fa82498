import type { RollEvent } from '../../src/lib/model/events.js';
import type { Hook, HookOutcome, HookPoint, HookProgress } from '../../src/lib/model/hook.js';
import type { RollResult } from '../../src/lib/model/outcome.js';
import type { ServerFailure } from '../../src/lib/model/server-failure.js';
import type { StopReason } from '../../src/lib/model/stop-reason.js';
import { EventRecorder } from '../../src/lib/output/events/event-recorder.js';
import type { EventDocument } from '../../src/lib/output/events/schema.js';
import type { GithubView } from '../../src/lib/output/github/github-view.js';
import type { PlainView } from '../../src/lib/output/plain/plain-view.js';
import { formatForStream } from '../../src/lib/output/terminal/console.js';
import type { StyledLine } from '../../src/lib/output/text/format.js';
import { buildOrder, createFakeEngine, runRoll } from './fake-engine.js';
import { taint } from './hostile-text.js';
import { createTestLogSink } from './log-sink.js';
import { buildResult } from './scripted-roll.js';

const GATE: Hook = {
  on: 'gate',
  run: './gate.sh now',
  phases: undefined,
  onFailure: 'stop',
  timeoutMs: 1_000,
  folder: '/etc',
};
const SERVER = { instanceId: 'i-0a1', address: '10.0.0.1', zone: 'eu-west-1a', side: 'new' } as const;
const HOOK_ENDS: readonly HookOutcome[] = [
  { kind: 'failed', exitCode: 1 },
  { kind: 'killed', signal: 'SIGKILL' },
  { kind: 'timed-out', limitMs: 1 },
  { kind: 'not-started', message: 'no such folder' },
];

/** What hooks and gates print, and how they end. */
function listHookEvents(atMs: number): readonly RollEvent[] {
  const news: readonly HookProgress[] = [
    { kind: 'started' },
    { kind: 'output', line: 'refused' },
    ...HOOK_ENDS.map((end) => ({ kind: 'ended', end, elapsedMs: 1 }) as const),
  ];
  const points: readonly HookPoint[] = [
    { on: 'gate', phase: 'grow', server: SERVER, move: 'arriving' },
    { on: 'before-phase', phase: 'drain', server: undefined, move: undefined },
  ];
  return points.flatMap((point) =>
    news.map((one): RollEvent => ({ kind: 'hook', hook: { ...GATE, on: point.on }, point, news: one, atMs })),
  );
}

/** A server that was given up, whose console is from outside. */
const FAILURE: ServerFailure = {
  instanceId: 'i-0a1',
  furthest: { gate: 'agent', atMs: 0, afterLaunchMs: 1 },
  failedGates: ['raft'],
  console: { kind: 'read', lines: ['boot', 'failed'] },
};

/** What stops a roll with text of an operator's command, of a server and of AWS. */
const STOP_REASONS: readonly StopReason[] = [
  ...HOOK_ENDS.map(
    (end): StopReason => ({
      kind: 'hook-failed',
      on: 'gate',
      phase: 'grow',
      instanceId: 'i-0a1',
      run: './gate.sh …',
      end,
      lastLine: 'refused',
    }),
  ),
  { kind: 'launch-abandoned', instanceId: 'i-0a1', hooks: ['drain'] },
];

/** The result of a roll that stopped, each with another reason. */
export const STOPPED: readonly RollResult[] = STOP_REASONS.map((reason) => ({
  ...buildResult({ outcome: 'stopped', reason }),
  failures: [FAILURE, { ...FAILURE, furthest: undefined, console: { kind: 'denied', message: 'no right' } }],
}));

const { events, ended } = await observeRoll();

export { ended, events };

/** Two events of every kind of a roll, what one seldom tells, and the end. */
async function observeRoll() {
  const all = (await runRoll(createFakeEngine(3))).events;
  const last = all.at(-1);
  if (last?.kind !== 'ended') throw new Error('the roll has an end');
  const some = all
    .slice(0, -1)
    .filter((event, at) => all.slice(0, at).filter(({ kind }) => kind === event.kind).length < 2);
  const holder = { holder: 'ops', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 1 };
  const extra: RollEvent[] = [
    { kind: 'warning', warning: { kind: 'message', message: 'a warning' }, atMs: last.atMs },
    { kind: 'observation-failed', message: 'no answer', inARow: 1, atMs: last.atMs } as RollEvent,
    { kind: 'lock-held', holder, atMs: last.atMs },
    { kind: 'server-failed', failure: FAILURE, atMs: last.atMs },
    { kind: 'pause-requested', by: 'ops', atMs: last.atMs },
    ...listHookEvents(last.atMs),
  ];
  return { events: [...some, ...extra, last], ended: last };
}

/** The documents of a run whose every text from outside is hostile, and its last one. */
export function record(hostile: string): {
  readonly documents: EventDocument[];
  readonly end: EventDocument & { kind: 'ended' };
} {
  const documents: EventDocument[] = [];
  const recorder = new EventRecorder(
    taint({ program: '1', ...buildOrder() }, hostile),
    [(one) => documents.push(one)],
    0,
  );
  const tainted = taint(events, hostile);
  for (const event of tainted) recorder.handle(event);
  const last = tainted.at(-1);
  if (last?.kind !== 'ended') throw new Error('the roll has an end');
  recorder.conclude({ kind: 'result', result: last.result, exitCode: 0 }, last.atMs);
  const end = documents.at(-1);
  if (end?.kind !== 'ended') throw new Error('the roll has an end');
  return { documents, end };
}

/** What a log shows of it. */
export function show(View: typeof PlainView | typeof GithubView, hostile: string): string {
  const sink = createTestLogSink();
  const view = new View({ stream: sink.stream, now: () => 0, colour: false } as never);
  for (const event of taint(events, hostile)) view.handle(event);
  void view.end();
  return sink.text();
}

/** Lines as they are written on the runner of GitHub. */
export const print = (lines: readonly StyledLine[]) =>
  formatForStream(lines, createTestLogSink().stream, { GITHUB_ACTIONS: 'true' });
