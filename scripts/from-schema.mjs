// What the scripts that write docs and schemas from the built program share.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** A file of this repository. */
export const fileAt = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Writes a file; with --check it writes nothing, and fails where the file says something else. */
export async function settle(path, text, script) {
  const file = fileAt(path);
  if (!process.argv.includes('--check')) return writeFile(file, text);
  if (text === (await readFile(file, 'utf8').catch(() => ''))) return;
  process.stderr.write(`${path} is stale: run npm run build && node scripts/${script}\n`);
  process.exitCode = 1;
}

/** A document with a new text between its markers. */
export async function withTable(path, script, table) {
  const doc = await readFile(fileAt(path), 'utf8');
  const marks = new RegExp(`(<!-- keys: written by scripts/${script} -->\\n)[\\s\\S]*?(<!-- end of keys -->)`);
  if (!marks.test(doc)) throw new Error(`${path} has no place for the table of keys`);
  return doc.replace(marks, (_, begin, end) => `${begin}\n${table}\n${end}`);
}

/** A table in Markdown. */
export function tableOf(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line), ''].join('\n');
}

/** Every key of a JSON schema, those below others dotted. */
export function keysOf(schema, prefix = '') {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    const inner = property.type === 'array' ? property.items : property;
    const below = keysOf(inner, property.type === 'array' ? `${key}[].` : `${key}.`);
    const row = {
      key,
      value: kindOf(property),
      fallback: fallbackOf(property, required.has(name)),
      what: property.description ?? '',
    };
    return [row, ...below];
  });
}

/** How a value is written. */
function kindOf({ type, enum: words, items, properties, pattern, additionalProperties }) {
  if (words) return words.map((word) => `\`${word}\``).join(', ');
  if (type === 'array') return items?.properties ? 'list' : `list of ${items?.enum ? 'words' : 'text'}`;
  if (type === 'object') return properties || !additionalProperties ? 'keys' : 'keys and values';
  if (type === 'integer') return 'whole number';
  if (type === 'boolean') return '`true`, `false`';
  return isTime(pattern) ? 'time' : 'text';
}

function isTime(pattern = '') {
  return pattern.startsWith('^(\\d+') && pattern.includes('|m|h');
}

function fallbackOf({ default: value }, required) {
  if (required) return '**required**';
  if (value === undefined || JSON.stringify(value) === '{}' || JSON.stringify(value) === '[]') return '';
  return `\`${typeof value === 'object' ? JSON.stringify(value) : value}\``;
}

/**
 * The JSON schema of a document that we write: what a reader may rely on. Fields that are not in it may come, so none is
 * forbidden. Zod's pattern for a time is longer than it tells; the format says the same.
 */
export function readersSchema(zod) {
  return z.toJSONSchema(zod, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
}
