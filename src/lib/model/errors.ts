import type { Outcome } from './outcome.js';
import { toPrintable } from './printable.js';

/** What an error does to the command it ends; src/cli maps it to an exit code. */
export type ErrorKind =
  /** A flag, a variable or a file cannot be used. */
  | 'usage'
  /** A bug, or something that does not concern the cluster. */
  | 'unexpected'
  /** The same end as a roll with this outcome. */
  | Extract<Outcome, 'refused' | 'stopped' | 'quorum-at-risk' | 'locked' | 'interrupted'>;

/**
 * An error that the operator can act on: what happened, the state of the cluster, and what to do next. Any other error
 * is a bug, and is reported as one.
 */
export class RollError extends Error {
  /** A stable name for scripts, for instance `cluster-not-found`. */
  readonly code: string;
  readonly kind: ErrorKind;
  /** The state of the cluster, as far as known. */
  readonly state: string;
  /** The next safe command or action. */
  readonly next: string;
  /** The same call may succeed later. */
  readonly passing: boolean;

  /** A message is one line, or a list of lines; text from outside in it adds none. */
  constructor(facts: {
    code: string;
    message: string | readonly string[];
    kind: ErrorKind;
    state?: string;
    next: string;
    passing?: boolean;
    cause?: unknown;
  }) {
    super([facts.message].flat().map(toPrintable).join('\n'), { cause: facts.cause });
    this.name = 'RollError';
    this.code = facts.code;
    this.kind = facts.kind;
    this.state = toPrintable(facts.state ?? 'Nothing was changed.');
    this.next = toPrintable(facts.next);
    this.passing = facts.passing ?? false;
  }
}

/** What to do about an error, if known. */
export function remedyOf(thrown: unknown): string | undefined {
  return thrown instanceof RollError ? thrown.next : undefined;
}

/** A thrown value as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

/** The message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code of an error of Node or of a library, such as `ENOENT`; undefined without one. */
export function findErrorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** True for the error of a request that Consul refused for the ACL token. */
export function isAclDenied(thrown: unknown): thrown is RollError {
  return thrown instanceof RollError && thrown.code === 'acl-denied';
}

/** A name as one word of a command that the operator copies into a shell. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A flag of such a command; a value that begins with a dash would be taken for another flag. */
export function formatFlag(name: string, value: string): string {
  return `--${name}${value.startsWith('-') ? '=' : ' '}${quoteWord(value)}`;
}

/** Of a roll; the nonce is undefined where only tags tell of it. */
interface NamedRoll {
  readonly cluster: string;
  readonly rollId: string;
  readonly nonce?: string | undefined;
}

/**
 * The flags that name a roll in a command for an operator or a script, which must name it where no prompt asks. Not of a roll
 * that only tags tell of, which has no nonce: to name it is to believe them.
 */
export function formatRollFlags({ cluster, rollId, nonce }: NamedRoll): string {
  return [formatFlag('cluster', cluster), ...(nonce === undefined ? [] : [formatFlag('roll', rollId)])].join(' ');
}

/** A command of the AWS CLI about a group, its values quoted for a shell: `aws autoscaling exit-standby --auto-...`. */
export function formatScalingCommand(
  command: string,
  group: string,
  flags: Readonly<Record<string, string | number | readonly string[]>>,
): string {
  const words = Object.entries(flags).map(([flag, value]) =>
    typeof value === 'object' ? `--${flag} ${value.map(quoteWord).join(' ')}` : formatFlag(flag, String(value)),
  );
  return ['aws autoscaling', command, formatFlag('auto-scaling-group-name', group), ...words].join(' ');
}

/** The command of the AWS CLI that removes a tag of groups. */
export function formatUntagCommand(groups: readonly { readonly name: string }[], key: string): string {
  const tags = groups.map(({ name }) => quoteWord(`ResourceId=${name},ResourceType=auto-scaling-group,Key=${key}`));
  return ['aws autoscaling delete-tags --tags', ...tags].join(' ');
}

/** The command of the AWS CLI that gives a group a tag. As JSON, in which any text can be the value. */
export function formatTagCommand(group: string, key: string, value: string): string {
  const tag = {
    ResourceId: group,
    ResourceType: 'auto-scaling-group',
    Key: key,
    Value: value,
    PropagateAtLaunch: false,
  };
  return `aws autoscaling create-or-update-tags --tags ${quoteWord(JSON.stringify([tag]))}`;
}
