import type { Origin, ShownSetting, ShownSettings } from '../../model/setting.js';
import type { ToneLine } from '../server-list.js';

/** Every setting, its value and where it comes from; what is not set is faint. */
export function settingsReport(shown: ShownSettings, nameOf: (path: string) => string): ToneLine[] {
  const { file, settings, others, strange } = shown;
  const set = others.filter(({ isSet }) => isSet);
  const either = [...settings, ...others];
  const nameWidth = Math.max(...either.map(({ name }) => name.length));
  const valueWidth = Math.min(WIDEST_VALUE, Math.max(...either.map((one) => textOf(one).length)));
  const row = (one: ShownSetting): ToneLine => {
    const origin = one.isSet || one.origin.kind !== 'default' ? describeOrigin(one.origin, nameOf) : '';
    const text = `${one.name.padEnd(nameWidth)}  ${textOf(one).padEnd(valueWidth)}  ${origin}`.trimEnd();
    return { text, tone: one.origin.kind === 'default' ? 'faint' : 'plain' };
  };
  const token = others.filter(({ name, isSet }) => !isSet && name === 'CONSUL_HTTP_TOKEN');
  return [
    heading(
      file === undefined ? 'No consul-roll.yaml in this folder or above.' : `Settings file  ${nameOf(file)}`,
    ),
    heading(''),
    ...settings.map(row),
    heading(''),
    ...[...set, ...token].map(row),
    ...strange.map(
      ({ name, meant }): ToneLine => ({
        text: `${name} is no setting${meant === undefined ? '' : `; did you mean ${meant}?`}`,
        tone: 'bad',
      }),
    ),
  ];
}

const WIDEST_VALUE = 40;

function heading(text: string): ToneLine {
  return { text, tone: 'plain' };
}

function textOf({ isSet, value, secret }: ShownSetting): string {
  if (secret) return isSet ? 'set' : 'not set';
  if (!isSet) return '-';
  if (Array.isArray(value)) return `${value.length} of them`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Where a setting comes from, as a person would look it up; `nameOf` says how a file is called here. */
export function describeOrigin(origin: Origin, nameOf: (path: string) => string): string {
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
