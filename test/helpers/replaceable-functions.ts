import type { Plugin } from 'vitest/config';

/** Where the replacements of the mutation that runs are kept, by the name of the function. */
const REGISTRY = '__replacedFunctions';
const EXPORTED = /^export (async )?function (\w+)\(/gm;

type Replace = (original: unknown) => unknown;

interface Registry {
  readonly known: Set<string>;
  readonly replacements: Map<string, Replace>;
}

/** The registry of this process, made when it is first asked for. */
function getRegistry(): Registry {
  const holder = globalThis as { [REGISTRY]?: Registry };
  holder[REGISTRY] ??= { known: new Set(), replacements: new Map() };
  return holder[REGISTRY];
}

/**
 * Makes every function that a module of the engine exports replaceable while tests run, so that a mutation also
 * reaches the callers in the same module. A mutation names a function by importing it.
 */
export function replaceableFunctions(): Plugin {
  return {
    name: 'replaceable-functions',
    enforce: 'post',
    transform(code, id) {
      if (!id.includes('/src/lib/engine/')) return null;
      const names: string[] = [];
      const wrapped = code.replace(EXPORTED, (_line, isAsync: string | undefined, name: string) => {
        names.push(name);
        return [
          `export function ${name}(...args) {`,
          `const replace = globalThis.${REGISTRY}?.replacements.get('${name}');`,
          `return (replace === undefined ? ${name}$original : replace(${name}$original))(...args); }`,
          `${isAsync ?? ''}function ${name}$original(`,
        ].join(' ');
      });
      const register = `(globalThis.${REGISTRY} ??= { known: new Set(), replacements: new Map() }).known`;
      return { code: `${wrapped}\n${names.map((name) => `${register}.add('${name}');`).join('\n')}`, map: null };
    },
  };
}

/**
 * Puts replacements in place, and takes back those of before.
 *
 * @throws Error where one is of a function that cannot be replaced
 */
export function useReplacements(
  replacements: readonly { readonly name: string; readonly by: (original: never) => unknown }[],
): void {
  const registry = getRegistry();
  registry.replacements.clear();
  for (const { name, by } of replacements) {
    if (!registry.known.has(name)) throw new Error(`${name} is not a function that the engine exports`);
    registry.replacements.set(name, by as Replace);
  }
}
