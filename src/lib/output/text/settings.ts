import type { DisplayedSetting, DisplayedSettings, SettingOrigin } from '../../model/setting.js';
import { BLANK_LINE, formatCount, type StyledLine } from './format.js';

/** Every setting with its value and source; unset ones are faint. */
export function formatSettings(shown: DisplayedSettings, nameOf: (path: string) => string): StyledLine[] {
  const { file, settings, others, unknown } = shown;
  const set = others.filter(({ isSet }) => isSet);
  const all = [...settings, ...others];
  const nameWidth = Math.max(...all.map(({ name }) => name.length));
  const valueWidth = Math.min(MAX_VALUE_WIDTH, Math.max(...all.map((one) => formatSettingValue(one).length)));
  const row = (one: DisplayedSetting): StyledLine => {
    const origin = one.isSet || one.origin.kind !== 'default' ? describeOrigin(one.origin, nameOf) : '';
    const text = `${one.name.padEnd(nameWidth)}  ${formatSettingValue(one).padEnd(valueWidth)}  ${origin}`.trimEnd();
    return { text, style: one.origin.kind === 'default' ? 'faint' : 'plain' };
  };
  const token = others.filter(({ name, isSet }) => !isSet && name === 'CONSUL_HTTP_TOKEN');
  return [
    buildHeading(
      file === undefined ? 'No consul-roll.yaml in this folder or above.' : `Settings file  ${nameOf(file)}`,
    ),
    BLANK_LINE,
    ...settings.map(row),
    BLANK_LINE,
    ...[...set, ...token].map(row),
    ...unknown.map(
      ({ name, meant }): StyledLine => ({
        text: `${name} is not a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`,
        style: 'bad',
      }),
    ),
  ];
}

const MAX_VALUE_WIDTH = 40;

function buildHeading(text: string): StyledLine {
  return { text, style: 'plain' };
}

function formatSettingValue({ isSet, value, secret }: DisplayedSetting): string {
  if (secret) return isSet ? 'set' : 'not set';
  if (!isSet) return '-';
  if (Array.isArray(value)) return formatCount(value.length, 'item');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The source of a setting; `nameOf` formats the path of a file. */
export function describeOrigin(origin: SettingOrigin, nameOf: (path: string) => string): string {
  switch (origin.kind) {
    case 'flag':
      return origin.flag;
    case 'variable':
      return origin.name;
    case 'file': {
      const at = `${nameOf(origin.file)}:${origin.line}`;
      return origin.cluster === undefined ? at : `${at}, for ${origin.cluster}`;
    }
    case 'default':
      return 'default';
  }
}
