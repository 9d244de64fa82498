/** Where a setting comes from, the strongest first. */
export type SettingOrigin =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'variable'; readonly name: string }
  /** `cluster` where it is said for that cluster alone. Lines count from 1. */
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly line: number;
      readonly cluster: string | undefined;
    }
  | { readonly kind: 'default' };

/** A setting as it is shown. */
export interface DisplayedSetting {
  readonly name: string;
  readonly isSet: boolean;
  /** Undefined where it is not set, and for every secret. */
  readonly value: unknown;
  readonly secret: boolean;
  readonly origin: SettingOrigin;
}

/** Everything that is set. */
export interface DisplayedSettings {
  /** Path of the settings file; undefined where there is none. */
  readonly file: string | undefined;
  readonly settings: readonly DisplayedSetting[];
  /** The variables of AWS and Consul. */
  readonly others: readonly DisplayedSetting[];
  /** Variables that look like ours and are not, with the one that was probably meant. */
  readonly unknown: readonly { readonly name: string; readonly meant: string | undefined }[];
}

/** How a roll is told. */
export const OUTPUT_FORMATS = ['auto', 'plain', 'ndjson', 'quiet'] as const;
