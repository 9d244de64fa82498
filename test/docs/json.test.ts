import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SCHEMA_IDS } from '../../src/lib/output/json/build-parts.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}/${path}`, 'utf8');
const doc = read('docs/json.md');
const rows = [...doc.matchAll(/^\| (.+?) \| .*\[`(consul-roll\/[^`]+)`\]\(schemas\/(.+)\.schema\.json\) \|$/gm)];

describe('docs/json.md', () => {
  it('has a row for every document with its schema', () => {
    const listed = rows.map(([, , id = '', name = '']) => [name, id]);
    expect(Object.fromEntries(listed)).toEqual({ ...SCHEMA_IDS, event: 'consul-roll/event/3' });
    expect(listed).toHaveLength(Object.keys(SCHEMA_IDS).length + 1);
  });

  it('links existing schemas with their id', () => {
    for (const [, , id, name = ''] of rows) expect(read(`docs/schemas/${name}.schema.json`)).toContain(`"${id}"`);
  });

  it('lists every schema of a document', () => {
    const ofFiles = ['cluster', 'consul-roll'];
    const files = readdirSync(`${ROOT}/docs/schemas`).map((file) => file.replace('.schema.json', ''));
    expect(new Set(files)).toEqual(new Set([...rows.map(([, , , name]) => name), ...ofFiles]));
  });

  it('names every command', () => {
    const { commands }: { commands: object } = JSON.parse(read('oclif.manifest.json'));
    for (const id of Object.keys(commands)) expect(doc).toContain(`\`${id.replace(':', ' ')}`);
  });
});
