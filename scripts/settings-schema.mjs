// Writes what is made of the schema of consul-roll.yaml, from the built program: docs/schemas/consul-roll.schema.json
// for editors, and the table of settings in docs/settings.md. With --check it writes nothing and fails when one is stale.
import { z } from 'zod';
import Config from '../dist/commands/config.js';
import { variableOf } from '../dist/lib/settings-file/environment.js';
import { SETTINGS, settingsSchema } from '../dist/lib/settings-file/schema.js';
import { keysOf, settle, tableOf, withTable } from './from-schema.mjs';

const SCRIPT = 'settings-schema.mjs';
const schema = z.toJSONSchema(settingsSchema, { io: 'input', target: 'draft-7' });
const titled = { title: 'Settings of consul-roll', ...schema };
const rows = keysOf(schema).map(({ key, value, what }) => [
  `\`${key}\``,
  key in SETTINGS ? `\`${variableOf(key)}\`` : '',
  value,
  fallbackOf(Config.flags[key]),
  what,
]);
const table = tableOf(['key, and flag', 'variable', 'value', 'default', 'what it is'], rows);

await settle('docs/schemas/consul-roll.schema.json', `${JSON.stringify(titled, null, 2)}\n`, SCRIPT);
await settle('docs/settings.md', await withTable('docs/settings.md', SCRIPT, table), SCRIPT);

function fallbackOf(flag) {
  return flag?.default === undefined ? '' : `\`${flag.default}\``;
}
