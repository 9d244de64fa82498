/** Where a read was answered, as in Consul's `X-Consul-*` headers. */
export interface ReadMeta {
  /** The raft index of what was read, at least 1. */
  readonly index: number;
  readonly knownLeader: boolean;
  /** Time since the answering server last heard from a leader, milliseconds; 0 on the leader. */
  readonly lastContactMs: number;
}

/** A successful answer. */
export interface Success<T> {
  readonly ok: true;
  readonly value: T;
  readonly meta?: ReadMeta;
}

/** An answer without it. `status` is Consul's HTTP status, or 0 when the connection was refused or reset. */
export interface Failure {
  readonly ok: false;
  readonly status: number;
  readonly message: string;
}

export type RpcResult<T> = Success<T> | Failure;

/** Receives an answer, once. */
export type ReplyCallback<T> = (answer: RpcResult<T>) => void;

export function createSuccess<T>(value: T, meta?: ReadMeta): Success<T> {
  return { ok: true, value, meta };
}

export function createFailure(status: number, message: string): Failure {
  return { ok: false, status, message };
}

export const NO_LEADER = createFailure(500, 'No cluster leader');
export const REFUSED = createFailure(0, 'connection refused');
export const RESET = createFailure(0, 'connection reset');
export const TIMED_OUT = createFailure(0, 'no answer in time');
