// Writes docs/schemas/event.schema.json and the tables of docs/events.md from the built program. With --check it
// writes nothing, and fails where a file is stale.
import { readFile } from 'node:fs/promises';
import { eventSchema } from '../dist/lib/output/events/schema.js';
import { TIME_USES } from '../dist/lib/output/json/parts.js';
import { SERVER_STATES } from '../dist/lib/output/server-states.js';
import { fileAt, readersSchema, settle, tableOf } from './from-schema.mjs';

const SCRIPT = 'events.mjs';
const PLACE = /(<!-- events: written by scripts\/events.mjs -->\n)[\s\S]*?(<!-- end of events -->)/;

const KINDS = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: '`true`, `false`',
  object: 'object',
};

const schema = readersSchema(eventSchema);
const parts = schema.$defs;
const doc = await readFile(fileAt('docs/events.md'), 'utf8');
if (!PLACE.test(doc)) throw new Error('docs/events.md has no marks for the events');

const titled = { title: 'An event of a roll, one line of what consul-roll writes with --events', ...schema };
await settle('docs/schemas/event.schema.json', `${JSON.stringify(titled, null, 2)}\n`, SCRIPT);
await settle(
  'docs/events.md',
  doc.replace(PLACE, (_, begin, end) => `${begin}\n${tables(schema)}${end}`),
  SCRIPT,
);

/** The states of a server, the uses of time, the fields of all events, those of each kind, and the parts that several share. */
function tables({ oneOf: events }) {
  const [first, ...others] = events.map(({ properties }) => Object.keys(properties));
  const common = first.filter((name) => name !== 'kind' && others.every((names) => names.includes(name)));
  const properties = Object.fromEntries(common.map((name) => [name, events[0].properties[name]]));
  return [
    '## States of a server',
    statesTable(),
    '## Uses of time',
    tableOf(
      ['use', 'what it is'],
      Object.entries(TIME_USES).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ).trimEnd(),
    '## Every event',
    table({ properties }),
    '## Kinds of events',
    ...events.flatMap((event) => ofKind(event, common)),
    '## Parts',
    ...Object.entries(parts).flatMap(([name, part]) => [`### ${name}`, part.description, table(part)]),
    '',
  ].join('\n\n');
}

function statesTable() {
  const rows = Object.entries(SERVER_STATES).map(([name, { meaning }]) => [`\`${name}\``, meaning]);
  return tableOf(['state', 'meaning'], rows).trimEnd();
}

function ofKind({ description, properties }, common) {
  const own = Object.entries(properties).filter(([name]) => name !== 'kind' && !common.includes(name));
  return [`### ${properties.kind.const}`, description, table({ properties: Object.fromEntries(own) })];
}

function table(object) {
  const rows = rowsOf(object, '').map(({ name, value, what }) => [`\`${name}\``, value, what]);
  return tableOf(['field', 'value', 'what it is'], rows).trimEnd();
}

function rowsOf({ properties = {} }, prefix) {
  return Object.entries(properties).flatMap(([key, property]) => {
    const name = `${prefix}${key}`;
    const inner = withoutNull(property);
    const what = property.description ?? parts[partIn(inner)]?.description ?? '';
    const below = inner.type === 'array' ? rowsOf(inner.items, `${name}[].`) : rowsOf(inner, `${name}.`);
    return [{ name, value: kindOf(property), what }, ...below];
  });
}

function kindOf(property) {
  const nullable = property.anyOf || Array.isArray(property.type) ? ' or `null`' : '';
  return `${plainKindOf(withoutNull(property))}${nullable}`;
}

/** What a value is where it is not null. */
function withoutNull(property) {
  const { anyOf, type } = property;
  if (anyOf) return anyOf.find((one) => one.type !== 'null');
  return Array.isArray(type) ? { ...property, type: type.find((one) => one !== 'null') } : property;
}

function plainKindOf(property) {
  const part = partIn(property);
  if (part !== undefined) return `[${part}](#${part})`;
  if (property.const !== undefined) return `\`${property.const}\``;
  if (property.enum) return property.enum.map((word) => `\`${word}\``).join(', ');
  if (property.type === 'object' && property.additionalProperties?.enum) return 'keys and words';
  if (property.type === 'array') return `list: ${plainKindOf(property.items)}`;
  return property.format === 'date-time' ? 'time, ISO 8601' : KINDS[property.type];
}

function partIn({ $ref }) {
  return $ref?.replace('#/$defs/', '');
}
