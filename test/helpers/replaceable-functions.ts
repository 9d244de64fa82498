import type { Plugin } from 'vitest/config';

/** Where the replaceable functions of this process are kept, each with what puts another one in its place. */
const REGISTRY = '__replaceableFunctions';
/** Where the rules are that a mutation may break. */
const DECIDING = /\/src\/lib\/(?:engine|model)\//;
const EXPORTED = /^export (async )?function (\w+)\(/gm;

/**
 * Makes every function that a module of the engine or its model exports replaceable while tests run, so that a
 * mutation also reaches the callers in the same module. A mutation names a function by importing it.
 */
export function replaceableFunctions(): Plugin {
  return {
    name: 'replaceable-functions',
    enforce: 'post',
    transform(code, id) {
      if (!DECIDING.test(id)) return null;
      const names: string[] = [];
      const renamed = code.replace(EXPORTED, (_line, isAsync: string | undefined, name: string) => {
        names.push(name);
        return `${isAsync ?? ''}function ${name}$original(`;
      });
      // A variable, not a function around the original, which would take time at every call.
      const variables = names.map(
        (name) =>
          `export let ${name} = Object.defineProperty(${name}$original, 'name', { value: '${name}' }); ` +
          `(globalThis.${REGISTRY} ??= new Map()).set(${name}, (current) => { ${name} = current; });`,
      );
      return { code: `${variables.join(' ')}${renamed}`, map: null };
    },
  };
}

type AnyFunction = (...args: never[]) => unknown;

/** A function of the engine, and what makes its replacement from it. */
export interface Replacement {
  readonly original: AnyFunction;
  readonly by: (original: AnyFunction) => AnyFunction;
}

/**
 * Puts replacements in place, and takes back those of before.
 *
 * @throws Error where one is of a function that cannot be replaced
 */
export function useReplacements(replacements: readonly Replacement[]): void {
  const { [REGISTRY]: registry } = globalThis as { [REGISTRY]?: Map<AnyFunction, (current: AnyFunction) => void> };
  for (const [original, put] of registry ?? []) put(original);
  for (const { original, by } of replacements) {
    const put = registry?.get(original);
    if (put === undefined) throw new Error(`${original.name} is not a function that the engine or its model exports`);
    put(by(original));
  }
}
