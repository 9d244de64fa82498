/** Why something could not be read, or only in part, and so was not compared. */
export const UNREAD_CAUSES = ['denied', 'too-large', 'too-slow', 'unsupported', 'no-answer', 'not-recorded'] as const;
/** A list that takes longer is `too-slow`. */
export const LIST_LIMIT_MS = 30_000;
export type UnreadCause = (typeof UNREAD_CAUSES)[number];

/** What was read, by kind. A kind may be in both: of some, the token sees only a part. */
export interface Reading<Kind extends string, Names> {
  readonly found: Readonly<Partial<Record<Kind, Names>>>;
  /** Kinds of which not everything could be read. */
  readonly unread: Readonly<Partial<Record<Kind, UnreadCause>>>;
}

/** A kind that was not compared, or only as far as it could be read. */
export interface NotCompared<Kind extends string> {
  readonly kind: Kind;
  readonly why: UnreadCause;
}

/**
 * What every server has in its own copy of the state. That of a new server is compared with the leader's before it may
 * lead, by names.
 */
export const STATE_KINDS = [
  'keys',
  'nodes',
  'services',
  'aclTokens',
  'aclPolicies',
  'configEntries',
  'queries',
  'intentions',
] as const;
export type StateKind = (typeof STATE_KINDS)[number];

/** How many of each kind a server lacks of what the leader has; kinds of which nothing is missing are left out. */
export type MissingState = Readonly<Partial<Record<StateKind, number | undefined>>>;

/** Names in the state store, by kind. */
export interface StateNames extends Reading<StateKind, ReadonlySet<string>> {
  /**
   * A Raft index. Of the leader: of everything in the lists, or later. Of another server: everything up to it is in the
   * lists; undefined while the server has more to apply than Raft says.
   */
  readonly appliedIndex: number | undefined;
}
