// Writes what is made of the cluster file's schema, from the built program: docs/schemas/cluster.schema.json for
// editors, and the table of keys in docs/create.md. With --check it writes nothing and fails when one is stale.
import { z } from 'zod';
import { clusterSchema } from '../dist/lib/config/cluster-file.js';
import { keysOf, settle, tableOf, withTable } from './from-schema.mjs';

const SCRIPT = 'cluster-schema.mjs';
const schema = z.toJSONSchema(clusterSchema, { io: 'input', target: 'draft-7' });
const titled = { title: 'A Consul cluster, for consul-roll create', ...schema };
const rows = keysOf(schema).map(({ key, value, fallback, what }) => [`\`${key}\``, value, fallback, what]);
const table = tableOf(['key', 'value', 'default', 'what it is'], rows);

await settle('docs/schemas/cluster.schema.json', `${JSON.stringify(titled, null, 2)}\n`, SCRIPT);
await settle('docs/create.md', await withTable('docs/create.md', SCRIPT, table), SCRIPT);
