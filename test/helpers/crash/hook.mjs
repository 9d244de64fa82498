import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The one function that makes engines, wherever it is. */
const CONNECT = /^export async function connect\(/m;
const WRAPPER = new URL('./engine.mjs', import.meta.url).href;

/** Puts a wrapper in the place of that function. */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.includes('/dist/') || !url.endsWith('.js')) return next(url, context);
  const source = await readFile(fileURLToPath(url), 'utf8');
  if (!CONNECT.test(source)) return next(url, context);
  const wrapped = source.replace(CONNECT, 'async function connectReal(');
  return {
    format: 'module',
    shortCircuit: true,
    source: `import { crashing } from '${WRAPPER}';\n${wrapped}\nexport const connect = async (...given) => crashing(await connectReal(...given));\n`,
  };
}
