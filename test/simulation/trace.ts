import { messageOf } from '../../src/lib/model/errors.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import { findReason } from '../../src/lib/model/outcome.js';

/** Receives every event as a line, with the virtual time since the start in milliseconds. */
export type LogFunction = (atMs: number, line: string | undefined) => void;

/** An event of a roll as a line; undefined for repeated ones. */
export function formatEvent(event: RollEvent): string | undefined {
  switch (event.kind) {
    case 'started':
      return `roll ${event.intent.rollId} ${event.intent.direction}${event.resumed ? ', resumed' : ''}`;
    case 'observed':
      return `observed: ${formatDecision(event.decision)}; ${formatServers(event.observation)}`;
    case 'step-started':
      return `step ${event.number}: ${JSON.stringify(event.step.action)}: ${event.step.reason.kind}`;
    case 'step-refused':
      return `refused ${JSON.stringify(event.step.action)}: ${JSON.stringify(event.reason)}`;
    case 'step-failed':
      return `failed ${event.step.action.kind}: ${event.message}`;
    case 'observation-failed':
      return `observation failed: ${event.message}`;
    case 'leader-changed':
      return `leader ${event.from} -> ${event.to}`;
    case 'ended':
      return `ended ${event.result.outcome} ${JSON.stringify(findReason(event.result) ?? '')}`;
    default:
      return undefined;
  }
}

type ObservedEvent = Extract<RollEvent, { readonly kind: 'observed' }>;

function formatDecision(decision: ObservedEvent['decision']): string {
  switch (decision.kind) {
    case 'act':
      return `will ${decision.step.action.kind}`;
    case 'wait':
      return `waits for ${JSON.stringify(decision.wait.for)}`;
    default:
      return `${decision.kind} ${decision.outcome}`;
  }
}

function formatServers({ servers, raft }: ObservedEvent['observation']): string {
  const known = new Set(servers.map(({ peer }) => peer?.id));
  const others = (raft?.peers ?? []).filter(({ id }) => !known.has(id));
  const orphans = others.map(({ node, voter, healthy }) => `peer ${node} ${voter ? 'v' : 'n'}${healthy ? '+' : ''}`);
  const texts = servers.map(({ instanceId, side, lifecycle, agent, peer, balancers }) => {
    const role = peer === undefined ? '-' : peer.leader ? 'L' : peer.voter ? 'v' : 'n';
    const health = peer?.healthy ? '+' : '';
    const state = agent.kind === 'up' ? 'up' : agent.why;
    return `${side} ${instanceId.slice(-4)} ${lifecycle} ${state} ${role}${health} ${Object.values(balancers).join()}`;
  });
  return [...texts, ...orphans].join(' | ');
}

/** A thrown error as a line. */
export function formatError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? `${String(error.code)}: ` : '';
  return `threw ${code}${messageOf(error)}`;
}
