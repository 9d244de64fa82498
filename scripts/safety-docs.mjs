// Writes the table of actions and their guards in docs/safety.md from the table of safety itself.
// With --check it writes nothing and fails when the table is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SAFETY_RULES } from '../dist/lib/engine/safety/safety.js';

const file = fileURLToPath(new URL('../docs/safety.md', import.meta.url));
const [BEGIN, END] = ['<!-- guards: written by scripts/safety-docs.mjs -->', '<!-- end of guards -->'];

const describeRule = (rule) =>
  'guards' in rule ? rule.guards.map(({ name }) => `\`${name}\``).join(', ') : `harmless: ${rule.harmless}`;
const rows = Object.entries(SAFETY_RULES).map(([kind, rule]) => `| \`${kind}\` | ${describeRule(rule)} |`);
const table = ['| action | guards |', '|---|---|', ...rows].join('\n');

const before = await readFile(file, 'utf8');
const [head, rest = ''] = before.split(BEGIN);
const [, tail = ''] = rest.split(END);
const after = `${head}${BEGIN}\n${table}\n${END}${tail}`;
if (!process.argv.includes('--check')) await writeFile(file, after);
else if (before !== after) {
  process.stderr.write('docs/safety.md is stale: run npm run build && node scripts/safety-docs.mjs\n');
  process.exitCode = 1;
}
