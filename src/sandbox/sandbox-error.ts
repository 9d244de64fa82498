/** What can be wrong with a sandbox, as a stable name for scripts. */
export type SandboxErrorCode =
  | 'consul-not-found'
  | 'not-consul'
  | 'bad-consul-choice'
  | 'no-loopback'
  | 'port-taken'
  | 'not-ready'
  | 'interrupted'
  | 'not-running'
  | 'not-stopped'
  | 'unverified';

/** An error the operator can act on: what happened, and what to do about it. */
export class SandboxError extends Error {
  readonly code: SandboxErrorCode;
  /** The next thing to do, one sentence or command. */
  readonly next: string;

  constructor(code: SandboxErrorCode, message: string, next: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SandboxError';
    this.code = code;
    this.next = next;
  }
}
