import { strategyOf } from '../../engine/strategy/strategies.js';
import type { Step } from '../../model/decision.js';
import type { RollEvent } from '../../model/events.js';
import { nameHookCommand } from '../../model/hook.js';
import { findLeaderTimeoutMs, findLeaveTimeoutMs } from '../../model/limits.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { UNKNOWN_CONTEXT } from '../../model/roll-context.js';
import { parseHost } from '../../model/server.js';
import {
  buildFailureDocument,
  buildMarginDocument,
  buildReasonDocument,
  buildServerDocuments,
  buildSnapshotDocument,
  buildStateDocument,
  buildStepDocument,
  buildWaitFields,
  formatInstant,
} from '../json/build-parts.js';
import type { StateDocument } from '../json/parts.js';
import { countServers } from '../phase-state.js';
import { findActivePhase, type Progress, type RollPhase } from '../progress.js';
import { describeAction } from '../text/actions.js';
import { describeClusterState } from '../text/cluster.js';
import { formatDuration, uncapitalize } from '../text/format.js';
import { buildLogLines } from '../text/log-lines.js';
import { describeWait } from '../text/waits.js';
import { describeWarning } from '../text/warnings.js';
import { buildRoute, type FoundServers, type RunInfo } from './run-info.js';
import type { DocumentOf, EventDocument } from './schema.js';

/** The run, and its progress after this event. */
interface EventContext {
  readonly run: RunInfo;
  readonly found: FoundServers;
  readonly progress: Progress;
  /** The phase before this event. */
  readonly from: RollPhase;
}

export type CommonEventField = 'schema' | 'at' | 'number' | 'cluster' | 'rollId' | 'phase' | 'text';
/** The fields of one kind of document, without the common ones. */
type EventOnly<D extends EventDocument> = D extends EventDocument ? Omit<D, CommonEventField> : never;
export type EventFields = EventOnly<EventDocument>;
/** The same without its kind. */
type OwnFields<K extends RecordedKind> = Omit<DocumentOf<K>, CommonEventField | 'kind'>;

type RecordedKind = Exclude<RollEvent['kind'], 'ended'>;
/** Every event except `ended`, which is recorded when all is known. */
export type RecordedEvent = Extract<RollEvent, { kind: RecordedKind }>;
type EventOf<K extends RecordedKind> = Extract<RollEvent, { kind: K }>;

/** The fields of an event. */
export function buildEventFields(event: RecordedEvent, context: EventContext): EventFields {
  // Each entry takes the event of its own kind.
  const build = FIELD_BUILDERS[event.kind] as (event: RecordedEvent, context: EventContext) => object;
  return { kind: event.kind, ...build(event, context) } as EventFields;
}

const FIELD_BUILDERS: {
  readonly [K in RecordedKind]: (event: EventOf<K>, context: EventContext) => OwnFields<K>;
} = {
  started: buildStartedFields,
  observed: ({ observation, memory }, { progress }) => ({
    state: buildStateDocument(observation),
    servers: buildServerDocuments({ observation, memory }),
    progress: countServers(progress) ?? null,
    snapshot: buildSnapshotDocument(memory),
    launchFailures: [observation.old, observation.new].flatMap((group) =>
      group?.launchFailure === undefined ? [] : [{ group: group.name, why: group.launchFailure }],
    ),
  }),
  'observation-failed': ({ message, inARow }) => ({ message, inARow }),
  phase: (_, { from }) => ({ from }),
  waiting: ({ wait }) => buildWaitFields(wait),
  'step-started': ({ step, number }, { progress }) => ({
    step: buildStepDocument(step),
    stepNumber: number,
    state: buildStateAtStep(step, progress),
  }),
  'step-done': ({ step, number, elapsedMs }) => ({ step: buildStepDocument(step), stepNumber: number, elapsedMs }),
  'step-refused': ({ step, reason }) => ({ step: buildStepDocument(step), reason: buildReasonDocument(reason) }),
  'step-failed': ({ step, message }) => ({ step: buildStepDocument(step), message }),
  'leader-changed': ({ from, to }, { progress: { observation } }) => ({
    from: from === undefined ? null : buildLeaderDocument(from, observation),
    to: buildLeaderDocument(to, observation),
  }),
  'lock-held': ({ holder }) => ({
    holder: holder.holder,
    holderRollId: holder.rollId,
    since: formatInstant(holder.sinceMs),
    ttlMs: holder.ttlMs,
  }),
  hook: ({ hook, point, news }) => ({
    on: hook.on,
    run: nameHookCommand(hook),
    onFailure: hook.onFailure,
    instanceId: point.server?.instanceId ?? null,
    state: news.kind === 'ended' ? (news.end.kind === 'passed' ? 'passed' : 'failed') : news.kind,
    line: news.kind === 'output' ? news.line : null,
    elapsedMs: news.kind === 'ended' ? news.elapsedMs : null,
  }),
  warning: ({ warning }) => {
    const { kind: code, ...data } = warning;
    return { message: describeWarning(warning), code, data };
  },
  'server-failed': ({ failure }) => buildFailureDocument(failure),
  'pause-requested': ({ by }) => ({ by: by ?? null }),
  'stop-requested': () => ({}),
};

/** The voters when the step was chosen, or those of the last observation if they were not all known then. */
function buildStateAtStep({ margin }: Step, { observation }: Progress): StateDocument {
  const last = observation && buildStateDocument(observation);
  if (margin === undefined && last !== undefined) return last;
  return buildMarginDocument(margin, last?.leader ?? undefined);
}

function buildStartedFields(
  { intent, resumed, context = UNKNOWN_CONTEXT }: EventOf<'started'>,
  { run, found }: EventContext,
): OwnFields<'started'> {
  const { program, limits, intervalMs } = run;
  const known = { observation: found, limits };
  return {
    program,
    resumed,
    begunAt: formatInstant(intent.startedAtMs),
    direction: intent.direction,
    strategy: strategyOf(intent).name,
    size: intent.size,
    surge: intent.surge,
    keepOld: intent.keepOld,
    groups: { old: intent.oldGroup, new: intent.newGroup },
    ...buildRoute(found, context, intent.imageId),
    limits: {
      ...limits,
      leaderTimeoutMs: findLeaderTimeoutMs(known),
      leaveTimeoutMs: findLeaveTimeoutMs(known),
      intervalMs,
    },
  };
}

/** The phase a roll is in. */
export function getEventPhase(progress: Progress): RollPhase {
  return findActivePhase(progress)?.name ?? 'preflight';
}

function buildLeaderDocument(
  address: string,
  observation: Observation | undefined,
): DocumentOf<'leader-changed'>['to'] {
  const host = parseHost(address);
  const server = observation?.servers.find((one) => one.address === host);
  return { address, instanceId: server?.instanceId ?? null };
}

/** The text of an event: its log lines, if it has any. @param before the previous observation, if any */
export function formatEvent(event: RecordedEvent, before: Knowledge | undefined): string {
  const lines = buildLogLines(event, before).map(({ what, why }) => (why === undefined ? what : `${what}: ${why}`));
  return lines.length > 0 ? lines.join('; ') : formatUnloggedEvent(event);
}

/** Text of an event that the log leaves out. */
function formatUnloggedEvent(event: RecordedEvent): string {
  switch (event.kind) {
    case 'phase':
      return `${event.phase} begins`;
    case 'step-done':
      return `done in ${formatDuration(event.elapsedMs)}: ${uncapitalize(describeAction(event.step.action))}`;
    case 'observation-failed':
      return `observation still fails: ${event.message}`;
    case 'observed':
      return event.decision.kind === 'wait'
        ? `still ${describeWait(event.decision.wait, event.atMs)}`
        : describeClusterState(event.observation);
    default:
      return event.kind;
  }
}
