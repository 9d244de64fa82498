import { describe, expect, it } from 'vitest';
import { keepResults } from '../../../src/lib/model/keep-results.js';

describe('keepResults', () => {
  it('computes once for each value, also where the result is undefined', () => {
    const seen: object[] = [];
    const find = keepResults((of: { readonly result: string | undefined }) => {
      seen.push(of);
      return of.result;
    });
    const [first, second, equal] = [{ result: 'a' }, { result: undefined }, { result: 'a' }];
    expect([first, second, first, second, equal].map(find)).toEqual(['a', undefined, 'a', undefined, 'a']);
    expect(seen).toEqual([first, second, equal]);
  });
});
