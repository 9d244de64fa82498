// Writes what is made of the cluster file's schema, from the built program: docs/schemas/cluster.schema.json for
// editors, and the table of keys in docs/create.md. With --check it writes nothing and fails when one is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { clusterSchema } from '../dist/lib/cluster-file/schema.js';

const schemaFile = fileURLToPath(new URL('../docs/schemas/cluster.schema.json', import.meta.url));
const docFile = fileURLToPath(new URL('../docs/create.md', import.meta.url));
const TABLE = /(<!-- keys: written by scripts\/cluster-schema.mjs -->\n)[\s\S]*?(<!-- end of keys -->)/;

const schema = z.toJSONSchema(clusterSchema, { io: 'input', target: 'draft-7' });
const doc = await readFile(docFile, 'utf8');
if (!TABLE.test(doc)) throw new Error('docs/create.md has no place for the table of keys');

await settle(
  schemaFile,
  `${JSON.stringify({ title: 'A Consul cluster, for consul-roll create', ...schema }, null, 2)}\n`,
);
await settle(
  docFile,
  doc.replace(TABLE, (_, begin, end) => `${begin}\n${table(schema)}\n${end}`),
);

async function settle(file, text) {
  if (!process.argv.includes('--check')) return writeFile(file, text);
  if (text === (await readFile(file, 'utf8').catch(() => ''))) return;
  process.stderr.write(`${file} is stale: run npm run build && node scripts/cluster-schema.mjs\n`);
  process.exitCode = 1;
}

function table(root) {
  const rows = rowsOf(root, '').map(
    ({ key, value, fallback, what }) => `| \`${key}\` | ${value} | ${fallback} | ${what} |`,
  );
  return ['| key | value | default | what it is |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function rowsOf(schema, prefix) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    const inner = property.type === 'array' ? property.items : property;
    const below = rowsOf(inner, property.type === 'array' ? `${key}[].` : `${key}.`);
    return [
      {
        key,
        value: kindOf(property),
        fallback: fallbackOf(property, required.has(name)),
        what: property.description ?? '',
      },
      ...below,
    ];
  });
}

function kindOf({ type, enum: words, items, properties, pattern, additionalProperties }) {
  if (words) return words.map((word) => `\`${word}\``).join(', ');
  if (type === 'array') return items?.properties ? 'list' : `list of ${items?.enum ? 'words' : 'text'}`;
  if (type === 'object') return properties || !additionalProperties ? 'keys' : 'keys and values';
  if (type === 'integer') return 'whole number';
  if (type === 'boolean') return '`true`, `false`';
  return pattern === '^\\d+(s|m|h)$' ? 'time' : 'text';
}

function fallbackOf({ default: value }, required) {
  if (required) return '**required**';
  if (value === undefined || JSON.stringify(value) === '{}' || JSON.stringify(value) === '[]') return '';
  return `\`${typeof value === 'object' ? JSON.stringify(value) : value}\``;
}
