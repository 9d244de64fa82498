/** The source of a setting, highest precedence first. */
export type SettingOrigin =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'variable'; readonly name: string }
  /** `cluster` if it is set for that cluster alone. Lines count from 1. */
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly cluster: string | undefined }
  | { readonly kind: 'default' };

export interface DisplayedSetting {
  readonly name: string;
  readonly isSet: boolean;
  /** Undefined if it is not set, and for every secret. */
  readonly value: unknown;
  readonly secret: boolean;
  readonly origin: SettingOrigin;
}

export interface DisplayedSettings {
  /** Path of the settings file; undefined without one. */
  readonly file: string | undefined;
  readonly settings: readonly DisplayedSetting[];
  /** The variables of AWS and Consul. */
  readonly others: readonly DisplayedSetting[];
  /** Variables named CONSUL_ROLL_* that no setting has, with the most similar known one. */
  readonly unknown: readonly { readonly name: string; readonly meant: string | undefined }[];
}

/** How a roll is reported. */
export const OUTPUT_FORMATS = ['auto', 'plain', 'ndjson', 'quiet'] as const;
