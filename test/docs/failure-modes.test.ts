import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXIT, OUTCOME_EXIT_CODES } from '../../src/cli/exit-codes.js';
import { OUTCOMES } from '../../src/lib/model/outcome.js';
import { OUTCOME_MEANINGS } from '../../src/lib/output/text/outcome.js';
import { type Row, tablesIn } from './markdown-tables.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEXT = readFileSync(`${ROOT}docs/failure-modes.md`, 'utf8');
const [exitTable = [], ...faultTables] = tablesIn(TEXT);
const rows = faultTables.flat();

/** Every fault that must have a row; a new kind of fault comes here first. */
const FAULTS: readonly string[] = [
  'throttling',
  '500s',
  'time-out',
  'answers that lag',
  'a launch that fails: no capacity, a bad image, a quota',
  'credentials that expire in mid-roll',
  'terminates an old server',
  'terminates a new server',
  'a load balancer that never finds the new servers healthy',
  'no leader, for a while',
  'no leader, for longer',
  'two leaders',
  'a leader lost in the middle of a drain',
  'hangs in leave',
  'a leave that answers 200, and the server stays',
  'a supervisor that starts the agent again',
  'join another cluster',
  'a ghost',
  'reset connections',
  'malformed or half bodies, 429 or 500',
  'killed (SIGKILL), at any effect',
  'interrupted: Ctrl-C',
  'the terminal goes away',
  'another roll holds the lock',
  'from another machine, or an hour later',
  '`resume` for another image',
  'scaled the old group meanwhile',
  'scaled the group that is rolled in place',
  'with no instance when only the last group is left',
  'took the record off one group of a roll',
  'changed the image of the new group',
  'a server died while nobody rolled',
];

/** What a row names as its proof: a file below test/ and a title in it. */
function proofOf(row: Row): { readonly file: string; readonly title: string } {
  const [, file = '', title = ''] = /^`([^`]+)` › (.+)$/.exec(row['shown by'] ?? '') ?? [];
  return { file: `${ROOT}test/${file}`, title };
}

function holdsTitle(file: string, title: string): boolean {
  if (title === '' || !existsSync(file)) return false;
  const source = readFileSync(file, 'utf8');
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => source.includes(quoted));
}

describe('docs/failure-modes.md', () => {
  it('says of every exit code what the program says of it', () => {
    const meant = OUTCOMES.map((outcome) => `${OUTCOME_EXIT_CODES[outcome]} ${OUTCOME_MEANINGS[outcome]}`);
    const said = exitTable.map((row) => `${row.exit} ${row.meaning}`);
    expect(said).toEqual(expect.arrayContaining(meant));
    const codes = new Set(exitTable.map((row) => Number(row.exit)));
    expect([...codes].sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  it('has a row for every fault', () => {
    const told = rows.map((row) => row.fault ?? '');
    expect(FAULTS.filter((fault) => !told.some((one) => one.includes(fault)))).toEqual([]);
  });

  it.each(rows.map((row) => [row.fault, row] as const))('names a test that there is: %s', (_fault, row) => {
    const { file, title } = proofOf(row);
    expect(holdsTitle(file, title), row['shown by']).toBe(true);
  });

  it('names only exit codes that there are, and says what to do in every row', () => {
    const known = ['goes on', 'killed', ...Object.values(EXIT).map(String)];
    expect(rows.filter((row) => !known.includes(row.exit ?? ''))).toEqual([]);
    expect(rows.filter((row) => (row['what you should do'] ?? '') === '')).toEqual([]);
  });
});
