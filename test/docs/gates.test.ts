import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GATES } from '../../src/lib/engine/decide/gates.js';
import { SECURITY_SETTINGS } from '../../src/lib/model/server.js';
import { ROOT } from '../helpers/root.js';
import { tablesIn } from './markdown-tables.js';

const TEXT = readFileSync(`${ROOT}docs/gates.md`, 'utf8');

it('docs/gates.md has every gate, in order, with what the operator does', () => {
  const [rows = []] = tablesIn(TEXT);
  expect(rows.map(({ gate }) => gate)).toEqual(GATES.map((gate) => `\`${gate}\``));
  expect(rows.filter((row) => (row['what you do'] ?? '') === '')).toEqual([]);
  expect(SECURITY_SETTINGS).toHaveLength(9); // "nine settings"
});
