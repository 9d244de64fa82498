import type { Origin, ShownSetting, ShownSettings } from '../../model/setting.js';
import { EXIT } from '../../outcomes.js';
import { SCHEMA_IDS } from './schema-ids.js';
import type { ConfigDocument, OriginDocument } from './schemas/config.js';

/** What is set, for scripts: `config --json`. No secret is in it. */
export function settingsJson({ file, settings, others, strange }: ShownSettings): ConfigDocument {
  return {
    schema: SCHEMA_IDS.config,
    exitCode: EXIT.done,
    file: file ?? null,
    settings: Object.fromEntries(settings.map(settingJson)),
    environment: Object.fromEntries(others.map(settingJson)),
    unknown: strange.map(({ name, meant }) => ({ name, meant: meant ?? null })),
  };
}

function settingJson({ name, isSet, value, secret, origin }: ShownSetting) {
  const shown = secret ? { secret, set: isSet } : { value: value ?? null };
  return [name, { ...shown, origin: originJson(origin) }] as const;
}

function originJson(origin: Origin): OriginDocument {
  switch (origin.kind) {
    case 'flag':
      return { from: 'flag', flag: origin.flag };
    case 'variable':
      return { from: 'variable', name: origin.name };
    case 'file':
      return { from: 'file', file: origin.file, line: origin.line, cluster: origin.cluster };
    case 'default':
      return { from: 'default' };
  }
}
