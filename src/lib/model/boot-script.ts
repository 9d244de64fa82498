/** What the user data of new servers says of how many servers bootstrap a cluster together (`bootstrap_expect`). */
export type BootstrapSetting = FoundSetting & {
  /** Where it runs or writes what cannot be read: fetched from elsewhere, or put together at boot. */
  readonly unread?: readonly string[];
};

type FoundSetting =
  /** Nothing: if it is set, the image does that. */
  | { readonly kind: 'none' }
  /** The script of `consul-roll user-data`, which bootstraps only where no server can be in a cluster yet. */
  | { readonly kind: 'guarded' }
  /** Constants; `least` is the smallest of them above 0, and 0 if there is none. */
  | { readonly kind: 'constant'; readonly least: number; readonly where: string }
  /** A value that only the booting server knows; `fromGroup`: nothing but the desired capacity of its group. */
  | { readonly kind: 'computed'; readonly fromGroup: boolean; readonly where: string }
  | { readonly kind: 'unreadable'; readonly why: string };
