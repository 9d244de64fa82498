import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ROUTES } from '../../../src/sandbox/consul/http/answer.js';

it('CONSUL.md names every path that is answered, and no other', () => {
  const text = readFileSync(new URL('../../../src/sandbox/CONSUL.md', import.meta.url), 'utf8');
  const paragraph = /Answered below `\/v1\/`:([\s\S]*?)\n\n/.exec(text)?.[1] ?? '';
  const named = [...paragraph.matchAll(/`([a-z-]+(?:\/[a-z-]*)*)`/g)].map(([, path]) => path);
  expect(named.sort()).toEqual(ROUTES.map(({ path }) => path).sort());
});
