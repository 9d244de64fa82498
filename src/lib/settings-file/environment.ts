import type { Origin } from '../model/setting.js';
import type { Environment } from '../settings/connection.js';
import { usageError } from '../settings/usage-error.js';
import type { Layer } from './layers.js';
import { IN_FILE_ONLY, SETTINGS } from './schema.js';

/** The variable of a setting: `health-timeout` is `CONSUL_ROLL_HEALTH_TIMEOUT`. */
export function variableOf(name: string): string {
  return `CONSUL_ROLL_${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * What the environment sets; an empty variable sets nothing.
 *
 * @throws RollError `bad-usage` naming the variable whose value cannot be used
 */
export function settingsOfEnvironment(env: Environment): Layer {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [setting, schema] of Object.entries(SETTINGS)) {
    const name = variableOf(setting);
    const written = env[name];
    if (IN_FILE_ONLY.has(setting) || written === undefined || written === '') continue;
    const parsed = schema.safeParse(asWritten(written, schema.safeParse(written).success));
    if (!parsed.success) throw unusable(name, written, parsed.error.issues[0]?.message ?? 'something else');
    values[setting] = parsed.data;
    origins[setting] = { kind: 'variable', name };
  }
  return { values, origins };
}

/** Text, where the setting takes text; otherwise the number or the truth value that is meant. */
function asWritten(written: string, takesText: boolean): unknown {
  if (takesText) return written;
  if (/^\d+$/.test(written)) return Number(written);
  if (/^(true|false)$/i.test(written)) return written.toLowerCase() === 'true';
  return written;
}

function unusable(name: string, written: string, expected: string): Error {
  return usageError(`${name}=${written}: expected ${expected}.`, `mend ${name}, or unset it`);
}
