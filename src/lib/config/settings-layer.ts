import type { SettingOrigin } from '../model/setting.js';
import type { SettingName, SettingValues } from './settings-schema.js';

/** Settings of one source, or of several merged, with the origin of each. */
export interface SettingsLayer {
  readonly values: Partial<SettingValues>;
  readonly origins: Readonly<Partial<Record<SettingName, SettingOrigin>>>;
}

export const EMPTY_LAYER: SettingsLayer = { values: {}, origins: {} };

/** Later layers override earlier ones. */
export function mergeLayers(...layers: readonly SettingsLayer[]): SettingsLayer {
  return layers.reduce(
    (below, above) => ({
      values: { ...below.values, ...above.values },
      origins: { ...below.origins, ...above.origins },
    }),
    EMPTY_LAYER,
  );
}

/** The variable of a setting: `health-timeout` is `CONSUL_ROLL_HEALTH_TIMEOUT`. */
export function getVariableName(name: string): string {
  return `CONSUL_ROLL_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Secrets of consul-roll. Each is in the variable of its name, or in the file named by the setting NAME-file. */
export const SECRET_SETTINGS = ['slack-webhook-url', 'webhook-url', 'webhook-secret', 'snapshot-token'] as const;
export type SecretName = (typeof SECRET_SETTINGS)[number];
