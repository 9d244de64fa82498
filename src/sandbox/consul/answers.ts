/** What a read says of where it was answered, as Consul's `X-Consul-*` headers do. */
export interface ReadMeta {
  /** The raft index of what was read, at least 1. */
  readonly index: number;
  readonly knownLeader: boolean;
  /** Time since the answering server last heard from a leader, milliseconds; 0 on the leader. */
  readonly lastContactMs: number;
}

/** An answer with what was asked for. */
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

export type Answer<T> = Success<T> | Failure;

/** Receives an answer, once. */
export type Reply<T> = (answer: Answer<T>) => void;

export function success<T>(value: T, meta?: ReadMeta): Success<T> {
  return { ok: true, value, meta };
}

export function failure(status: number, message: string): Failure {
  return { ok: false, status, message };
}

export const NO_LEADER = failure(500, 'No cluster leader');
export const REFUSED = failure(0, 'connection refused');
export const RESET = failure(0, 'connection reset');
export const NO_ANSWER = failure(0, 'no answer in time');
