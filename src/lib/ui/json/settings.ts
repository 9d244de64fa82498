import type { ShownSetting, ShownSettings } from '../../model/setting.js';

/** What is set, for scripts: `config --json`. No secret is in it. */
export function settingsJson({ file, settings, others, strange }: ShownSettings) {
  return {
    schema: 1,
    exitCode: 0,
    file: file ?? null,
    settings: Object.fromEntries(settings.map(settingJson)),
    environment: Object.fromEntries(others.map(settingJson)),
    unknown: strange.map(({ name, meant }) => ({ name, meant: meant ?? null })),
  };
}

function settingJson({ name, isSet, value, secret, origin }: ShownSetting) {
  const shown = secret ? { secret: true, set: isSet } : { value: value ?? null };
  return [name, { ...shown, origin: { ...origin, from: origin.kind, kind: undefined } }] as const;
}
