import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXIT, ROLL_EXIT_MEANINGS } from '../../src/cli/exit-codes.js';
import { type Row, tablesIn } from './markdown-tables.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEXT = readFileSync(`${ROOT}docs/failure-modes.md`, 'utf8');
const [, ...faultTables] = tablesIn(TEXT);
/** The id of a fault is the anchor of its row. */
const rows = faultTables.flat().map((row): Row => {
  const [, id = '', fault = ''] = /^<a id="([^"]*)"><\/a>(.*)$/.exec(row.fault ?? '') ?? [];
  return { ...row, id, fault };
});

/** Every fault that must have a row; a new kind of fault comes here first. */
const REQUIRED: readonly string[] = [
  'aws-throttling-burst',
  'aws-throttling-longer',
  'aws-throttling-endless',
  'aws-500-sometimes',
  'aws-500-one-change',
  'aws-timeout',
  'aws-lag',
  'launch-fails',
  'credentials-expire',
  'old-server-terminated',
  'new-server-terminated',
  'load-balancer-never-healthy',
  'drain-never-ends',
  'no-leader-briefly',
  'no-leader-longer',
  'two-leaders',
  'leader-lost-restarts',
  'leader-lost-for-good',
  'leave-hangs',
  'leave-ignored',
  'agent-restarted',
  'joins-other-cluster',
  'orphan-peer-before',
  'orphan-peer-mid-roll',
  'orphan-peer-last-group',
  'consul-connection-reset',
  'consul-malformed-answers',
  'process-killed',
  'interrupted',
  'terminal-gone',
  'locked',
  'resumed-elsewhere',
  'resume-other-image',
  'old-group-scaled',
  'new-group-scaled',
  'in-place-group-scaled',
  'record-removed',
  'new-group-image-changed',
  'server-died-meanwhile',
];

/** The ids that tests carry, in comments of the form `failure-mode: ID`. */
const SHOWN = new Set(
  readdirSync(`${ROOT}test`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(`${ROOT}test/${name}`, 'utf8').matchAll(/^\s*\/\/ failure-mode: (\S+)$/gm)])
    .map(([, id = '']) => id),
);

describe('docs/failure-modes.md', () => {
  it.each(['README.md', 'docs/failure-modes.md'])('%s says of every exit code what --help says of it', (name) => {
    const table = tablesIn(readFileSync(`${ROOT}${name}`, 'utf8')).find(([row]) => row?.exit === '0') ?? [];
    expect(table.map(({ exit, meaning }) => [exit, meaning])).toEqual(Object.entries(ROLL_EXIT_MEANINGS));
    const codes = [...new Set(Object.values(EXIT))].sort((a, b) => a - b);
    expect(Object.keys(ROLL_EXIT_MEANINGS).map(Number)).toEqual(codes);
  });

  it('has a row for every required fault, each with an id of its own', () => {
    const ids = rows.map((row) => row.id ?? '');
    expect(REQUIRED.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.filter((id, n) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) || ids.indexOf(id) !== n)).toEqual([]);
  });

  it.each(rows.map((row) => [row.id ?? '', row.fault] as const))('%s is shown by a test: %s', (id) => {
    expect([...SHOWN]).toContain(id);
  });

  it('has a row for every id that a test carries', () => {
    const ids = rows.map((row) => row.id ?? '');
    expect([...SHOWN].filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('names only exit codes that there are, and says what to do in every row', () => {
    const known = ['continues', 'killed', ...Object.values(EXIT).map(String)];
    expect(rows.filter((row) => !known.includes(row.exit ?? ''))).toEqual([]);
    expect(rows.filter((row) => (row['what you should do'] ?? '') === '')).toEqual([]);
  });
});
