const CONNECT = '/dist/cli/connect.js';
const WRAPPER = new URL('./engine.mjs', import.meta.url).href;

/** Puts a wrapper in the place of the one function that makes engines. */
export function load(url, context, next) {
  if (!url.endsWith(CONNECT)) return next(url, context);
  const real = `${url}?real`;
  const source = `
    export * from '${real}';
    import { connect as connectReal } from '${real}';
    import { crashing } from '${WRAPPER}';
    export const connect = async (...given) => crashing(await connectReal(...given));
  `;
  return { format: 'module', shortCircuit: true, source };
}
