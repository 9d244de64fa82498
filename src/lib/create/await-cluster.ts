import { ghostsOf, isInService, isTerminating, standingOf } from '../engine/decide/servers.js';
import type { Engine } from '../engine/engine.js';
import { type Scene, takeSurvey } from '../engine/observe/observe.js';
import type { CreationEvent, Shortfall } from '../model/cluster-spec.js';
import { messageOf, RollError } from '../model/errors.js';
import type { Survey } from '../model/observation.js';
import type { Server } from '../model/server.js';

/** How long to wait for a cluster, and how sure to be. */
export interface Patience {
  /** From now until the cluster is whole. */
  readonly healthTimeoutMs: number;
  readonly intervalMs: number;
  /** Looks in a row at which nothing may be lacking. */
  readonly looks: number;
  readonly signal: AbortSignal;
}

/** What is waited for. */
export interface Expected {
  readonly cluster: string;
  readonly group: string;
  readonly balancers: readonly string[];
  readonly size: number;
}

/** What the last look saw, and what was lacking then; nothing, where the cluster became whole in time. */
export interface Awaited {
  readonly survey: Survey | undefined;
  readonly lacking: readonly Shortfall[];
  readonly interrupted: boolean;
}

/** Looks until the cluster is whole, or time or somebody's patience is over. */
export async function awaitCluster(
  engine: Engine,
  expected: Expected,
  patience: Patience,
  emit: (event: CreationEvent) => void,
): Promise<Awaited> {
  const { clock } = engine;
  const { healthTimeoutMs: limitMs, intervalMs, looks, signal } = patience;
  const sinceMs = clock.now();
  emit({ kind: 'waiting', atMs: sinceMs, limitMs, size: expected.size });
  let inARow = 0;
  let last: Omit<Awaited, 'interrupted'> = { survey: undefined, lacking: [{ kind: 'leader' }] };
  for (;;) {
    const seen = await look(engine, expected, emit);
    inARow = seen?.lacking.length === 0 ? inARow + 1 : 0;
    last = seen ?? last;
    if (inARow >= looks) return { ...last, interrupted: false };
    if (signal.aborted) return { ...last, interrupted: true };
    if (clock.now() - sinceMs >= limitMs) return { ...last, interrupted: false };
    await clock.sleep(intervalMs, signal);
  }
}

/** Undefined where AWS could not be read, which may pass. */
async function look(
  engine: Engine,
  { cluster, group, balancers, size }: Expected,
  emit: (event: CreationEvent) => void,
): Promise<Omit<Awaited, 'interrupted'> | undefined> {
  const scene: Scene = {
    cluster,
    oldGroup: group,
    newGroup: undefined,
    fresh: undefined,
    templates: [],
    balancers,
    facts: undefined,
  };
  try {
    const survey = await takeSurvey(engine, scene);
    const lacking = shortfallsOf(survey, size);
    emit({ kind: 'looked', atMs: survey.atMs, survey, lacking });
    return { survey, lacking };
  } catch (thrown) {
    if (!(thrown instanceof RollError) || !thrown.passing) throw thrown;
    emit({ kind: 'look-failed', atMs: engine.clock.now(), message: messageOf(thrown) });
    return undefined;
  }
}

/**
 * What a cluster of this size still lacks at one look: every instance in service for its group, one leader, each of
 * them a healthy voter that agrees with him, nobody else in Raft, and all in service in the load balancers. Empty
 * when it lacks nothing.
 */
export function shortfallsOf(survey: Survey, size: number): readonly Shortfall[] {
  const standing = standingOf(survey, 'old');
  const running = standing.filter(({ lifecycle }) => lifecycle === 'InService');
  const leaving = survey.servers.some(isTerminating);
  const short: Shortfall[] = [];
  if (running.length !== size || standing.length !== size || leaving) {
    short.push({ kind: 'instances', have: running.length, want: size, why: survey.old?.launchFailure });
  }
  if (survey.raft === undefined) return [...short, { kind: 'leader' }];
  const silent = standing.filter((server) => !votes(server, survey));
  if (silent.length > 0) short.push({ kind: 'voters', instanceIds: idsOf(silent) });
  const ghosts = ghostsOf(survey);
  if (ghosts.length > 0) short.push({ kind: 'strangers', nodes: ghosts.map(({ node }) => node) });
  const out = standing.filter((server) => !isInService(server));
  if (out.length > 0) short.push({ kind: 'in-service', instanceIds: idsOf(out) });
  return short;
}

function votes({ agent, peer }: Server, { raft }: Survey): boolean {
  return agent.kind === 'up' && agent.leader === raft?.leader && peer?.voter === true && peer.healthy;
}

function idsOf(servers: readonly Server[]): readonly string[] {
  return servers.map(({ instanceId }) => instanceId);
}
