import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SAFETY_RULES } from '../../src/lib/engine/safety/safety.js';
import { INVARIANTS } from '../../src/lib/model/stop-reason.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEXT = readFileSync(`${ROOT}docs/safety.md`, 'utf8');
const SECTIONS = new Map(
  TEXT.split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...body] = section.split('\n');
      return [title, body.join(' ')] as const;
    }),
);

/** All functions in TypeScript files below a folder. */
function listFunctions(folder: string): ReadonlySet<string> {
  const files = readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' });
  const text = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`${ROOT}${folder}/${name}`, 'utf8'));
  return new Set([...text.join('\n').matchAll(/^(?:export )?function (\w+)/gm)].map(([, name = '']) => name));
}

const engineFunctions = listFunctions('src/lib/engine');
const checkers = listFunctions('test/simulation/checkers');

/** The functions that one line of a section names. */
function listNamed(section: string, label: string): readonly string[] {
  const line = new RegExp(`- ${label}: (.*?)(?= - |$)`).exec(section)?.[1] ?? '';
  return [...line.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
}

describe('docs/safety.md', () => {
  it('has a section for each invariant', () => {
    expect([...SECTIONS.keys()].slice(0, -1)).toEqual(INVARIANTS);
  });

  it.each(INVARIANTS)('%s names guards that exist', (invariant) => {
    const guards = listNamed(SECTIONS.get(invariant) ?? '', 'Guarded by');
    expect(guards.filter((name) => !engineFunctions.has(name))).toEqual([]);
    expect(guards).not.toEqual([]);
  });

  it.each(INVARIANTS)('%s names the checker and the tests that attack it', (invariant) => {
    const section = SECTIONS.get(invariant) ?? '';
    const attacks = section.slice(section.indexOf('- Attacked by:'));
    const [checker = ''] = /create\w+Checker/.exec(attacks) ?? [];
    expect(checkers).toContain(checker);
    for (const [, title = '', file = ''] of attacks.matchAll(/`([^`]+)` in `(test\/[^`]+)`/g)) {
      expect(readFileSync(`${ROOT}${file}`, 'utf8')).toContain(`describe('${title}'`);
    }
  });

  it('names every guard of safety', () => {
    const guards = Object.values(SAFETY_RULES).flatMap((rule) => ('guards' in rule ? [...rule.guards] : []));
    const sections = INVARIANTS.map((invariant) => SECTIONS.get(invariant)).join();
    const composite = ['requireCanLeave', 'requireOnlyNewServers'];
    const missing = guards.map(({ name }) => name).filter((name) => !sections.includes(`\`${name}\``));
    expect([...new Set(missing)].sort()).toEqual(composite);
  });
});
