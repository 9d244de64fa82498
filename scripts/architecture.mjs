// Writes the table of rooms in ARCHITECTURE.md from the import rules that test/architecture.test.ts checks.
// With --check it writes nothing and fails when the table is stale.
import { readFile } from 'node:fs/promises';
import { fileAt, settle, tableOf } from './from-schema.mjs';

const rooms = JSON.parse(await readFile(fileAt('test/rooms.json'), 'utf8'));
const document = await readFile(fileAt('ARCHITECTURE.md'), 'utf8');
const marks = /(<!-- rooms: written by scripts\/architecture.mjs -->\n)[\s\S]*?(<!-- end of rooms -->)/;
if (!marks.test(document)) throw new Error('ARCHITECTURE.md has no place for the table of rooms');

const shorten = (name) =>
  name === '*' ? 'anything' : name.replace('src/lib/', '').replace('package:', '').replace('.ts', '');
const table = tableOf(
  ['room', 'what it is', 'may import'],
  rooms.map(({ room, what, mayImport }) => [`\`${room}\``, what, mayImport.map(shorten).join(', ') || 'nothing']),
);
await settle(
  'ARCHITECTURE.md',
  document.replace(marks, (_, begin, end) => `${begin}\n${table}\n${end}`),
  'architecture.mjs',
);
