import type { Origin } from '../model/setting.js';
import type { SettingName, SettingValues } from './schema.js';

/** Settings of one source, or of several laid over each other, and where each comes from. */
export interface Layer {
  readonly values: Partial<SettingValues>;
  readonly origins: Readonly<Partial<Record<SettingName, Origin>>>;
}

export const NO_SETTINGS: Layer = { values: {}, origins: {} };

/** Layers as one; the later ones are stronger. */
export function layered(...layers: readonly Layer[]): Layer {
  return layers.reduce(
    (below, above) => ({
      values: { ...below.values, ...above.values },
      origins: { ...below.origins, ...above.origins },
    }),
    NO_SETTINGS,
  );
}
