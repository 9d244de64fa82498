import type { Agent, BalancerState, Peer, Server, Side } from '../../src/lib/model/server.js';

/** How far a server of an observation has come, or gone. `in-service` is a full member that passes every gate. */
export type ServerStage =
  | 'booting'
  | 'joined'
  | 'voter'
  | 'in-service'
  | 'unhealthy'
  | 'draining'
  | 'deregistered'
  | 'left'
  | 'terminating';

/** The load balancer of every cluster. */
export const LOAD_BALANCER = 'consul-lb';
export const OLD_IMAGE = 'ami-0c0ffee01';
export const NEW_IMAGE = 'ami-0c0ffee02';
/** When the cluster is observed: 2026-01-02 03:04:05 UTC. */
export const OBSERVED_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const COMMIT_INDEX = 1000;

const BALANCER_AT: Readonly<Record<ServerStage, BalancerState>> = {
  booting: 'absent',
  joined: 'absent',
  voter: 'absent',
  'in-service': 'in-service',
  unhealthy: 'out-of-service',
  draining: 'draining',
  deregistered: 'absent',
  left: 'absent',
  terminating: 'absent',
};

const LIFECYCLE_AT: Partial<Record<ServerStage, string>> = { booting: 'Pending', terminating: 'Terminating' };
const OUTSIDE_RAFT: readonly ServerStage[] = ['booting', 'left', 'terminating'];
const AGENT_DOWN: readonly ServerStage[] = ['booting', 'left', 'terminating'];

/** Instance id of the n-th server of a side, from 0: `i-0a11`, `i-0a12`, ... old; `i-0b11`, ... new. */
export function buildInstanceId(side: Side, index: number): string {
  return `i-0${side === 'old' ? 'a' : 'b'}${11 + index}`;
}

/** Its address: 127.1.1.11 and up on the old side, 127.1.2.11 and up on the new one. */
export function buildAddress(side: Side, index: number): string {
  return `127.1.${side === 'old' ? 1 : 2}.${11 + index}`;
}

/** What a server has to know of its cluster. */
export interface ServerContext {
  readonly side: Side;
  readonly index: number;
  readonly stage: ServerStage;
  /** `ip:8300`, or empty for none. */
  readonly leader: string;
  /** `ip:8300` of every member of the Raft configuration, sorted. */
  readonly peers: readonly string[];
  readonly sentinel: string | undefined;
}

/** Whether a server in this stage is in the Raft configuration. */
export function isMember(stage: ServerStage): boolean {
  return !OUTSIDE_RAFT.includes(stage);
}

/** One server of an observation. */
export function buildServer(around: ServerContext): Server {
  const { side, index, stage } = around;
  return {
    instanceId: buildInstanceId(side, index),
    side,
    address: buildAddress(side, index),
    zone: `eu-west-1${'abc'.charAt(index % 3)}`,
    imageId: side === 'old' ? OLD_IMAGE : NEW_IMAGE,
    launchedAtMs: side === 'old' ? OBSERVED_AT_MS - 86_400_000 + index * 1000 : OBSERVED_AT_MS - 60_000 + index * 1000,
    lifecycle: LIFECYCLE_AT[stage] ?? 'InService',
    protectedFromScaleIn: false,
    markedUnhealthy: false,
    balancers: { [LOAD_BALANCER]: BALANCER_AT[stage] },
    agent: buildAgent(around),
    peer: isMember(stage) ? buildPeer(around) : undefined,
  };
}

function buildAgent({ side, index, stage, leader, peers, sentinel }: ServerContext): Agent {
  if (AGENT_DOWN.includes(stage)) {
    const why = stage === 'booting' ? 'silent' : 'refused';
    return { kind: 'down', why, detail: `${buildAddress(side, index)}:8500 does not answer` };
  }
  return {
    kind: 'up',
    nodeId: buildPeerId(side, index),
    nodeName: buildInstanceId(side, index),
    version: side === 'old' ? '1.20.2' : '1.21.1',
    leader,
    peers,
    appliedIndex: COMMIT_INDEX,
    sentinel,
  };
}

function buildPeer({ side, index, stage, leader }: ServerContext): Peer {
  const address = `${buildAddress(side, index)}:8300`;
  return {
    id: buildPeerId(side, index),
    node: buildInstanceId(side, index),
    address,
    leader: address === leader,
    voter: stage !== 'joined',
    healthy: stage !== 'unhealthy',
  };
}

/** Raft id of the n-th server of a side. */
export function buildPeerId(side: Side, index: number): string {
  return `raft-${buildInstanceId(side, index)}`;
}
