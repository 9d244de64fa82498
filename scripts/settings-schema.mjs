// Writes docs/schemas/consul-roll.schema.json and the table in docs/settings.md from the schema in the built program.
// With --check it writes nothing, and fails when one is stale.
import { z } from 'zod';
import Config from '../dist/commands/config.js';
import { getVariableName } from '../dist/lib/config/settings-layer.js';
import {
  FILE_ONLY_SETTINGS,
  RENAMED_SETTINGS,
  SETTING_SCHEMAS,
  settingsSchema,
} from '../dist/lib/config/settings-schema.js';
import { keysOf, settle, tableOf, withTable } from './from-schema.mjs';

const SCRIPT = 'settings-schema.mjs';
const schema = z.toJSONSchema(settingsSchema, { io: 'input', target: 'draft-7' });
const titled = { title: 'Settings of consul-roll', ...schema };
const keys = keysOf(schema).filter(({ key }) => !(key in RENAMED_SETTINGS));
const rows = keys.map(({ key, value, fallback, what }) => [
  `\`${key}\``,
  key in SETTING_SCHEMAS && !FILE_ONLY_SETTINGS.has(key) ? `\`${getVariableName(key)}\`` : '',
  value,
  key in Config.flags ? fallbackOf(Config.flags[key]) : fallback,
  what,
]);
const table = tableOf(['key, and flag', 'variable', 'value', 'default', 'what it is'], rows);

await settle('docs/schemas/consul-roll.schema.json', `${JSON.stringify(titled, null, 2)}\n`, SCRIPT);
await settle('docs/settings.md', await withTable('docs/settings.md', SCRIPT, table), SCRIPT);

function fallbackOf(flag) {
  return flag?.default === undefined ? '' : `\`${flag.default}\``;
}
