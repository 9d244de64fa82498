/** How a hook ended. */
export type HookOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed-out'; readonly limitMs: number }
  | { readonly kind: 'not-started'; readonly message: string }
  /** The operator stopped the roll at once. */
  | { readonly kind: 'cut-short' };
