// Writes the table of checks in docs/doctor.md from the checks themselves.
// With --check it writes nothing and fails when the table is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CHECKS, FILE_CHECKS, READ_CHECKS } from '../dist/lib/engine/checks/checks.js';

const file = fileURLToPath(new URL('../docs/doctor.md', import.meta.url));
const [BEGIN, END] = ['<!-- checks: written by scripts/doctor-docs.mjs -->', '<!-- end of checks -->'];

const cell = (text) => text.replaceAll('|', '\\|');
const refuses = ({ when }) => (when === 'preflight' ? 'refuses' : '');
const rows = [...Object.values(READ_CHECKS), ...CHECKS, ...Object.values(FILE_CHECKS)].map(
  (check) => `| \`${check.id}\` | ${refuses(check)} | ${cell(check.about)} |`,
);
const table = ['| check | upgrade | what it checks |', '|---|---|---|', ...rows].join('\n');

const before = await readFile(file, 'utf8');
const [head, rest = ''] = before.split(BEGIN);
const [, tail = ''] = rest.split(END);
const after = `${head}${BEGIN}\n${table}\n${END}${tail}`;
if (!process.argv.includes('--check')) await writeFile(file, after);
else if (before !== after) {
  process.stderr.write('docs/doctor.md is stale: run npm run build && node scripts/doctor-docs.mjs\n');
  process.exitCode = 1;
}
