// What packages make as soon as they are loaded, and few commands use: made once it is asked for.
import { readFile } from 'node:fs/promises';

/** A schema of the SDK, in one statement: a list (1), a map (2), a structure (3) or a union (4), or another one. */
const SHAPE = /^(export )?var (\w+\$?) = (\[[1-4], [^;]*\]);$/gm;
const OTHER_SCHEMA = /^((?:export )?var \w+\$? = )(\[[^;]*\]);$/gm;
/** What takes 8 ms to load, and the pattern of all emoji, which takes 12: of no use to text in ASCII. */
const SEGMENTER = /^const (\w+) = new Intl\.Segmenter\((.*)\);$/m;
const EMOJI = /^const (\w+) = (\/\S*\{RGI_Emoji\}\S*);$/m;

export const makeLater = {
  name: 'make-later',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk\/.*\/dist-es\/.*schemas\/schemas_0\.js$/ }, ({ path }) =>
      change(path, changeSchemas),
    );
    build.onLoad({ filter: /\/(string-width|wrap-ansi|slice-ansi)\/[\w-]+\.js$/ }, ({ path }) =>
      change(path, (text) =>
        text
          .replace(SEGMENTER, makeMethodLater('segment', 'new Intl.Segmenter($2)'))
          .replace(EMOJI, makeMethodLater('test', '$2')),
      ),
    );
    // It loads the order of letters in all languages, in 5 ms, for names of commands.
    build.onLoad({ filter: /@oclif\/core\/lib\/config\/plugin\.js$/ }, ({ path }) =>
      change(path, (text) => text.replace('a.id.localeCompare(b.id)', 'a.id < b.id ? -1 : 1')),
    );
  },
};

async function change(path, changeText) {
  return { contents: changeText(await readFile(path, 'utf8')) };
}

/** A constant with one method, that makes what has it at the first call. */
function makeMethodLater(method, made) {
  return `let $1_made; const $1 = { ${method}: (text) => ($1_made ??= ${made}).${method}(text) };`;
}

/**
 * A shape is a function that returns it: the SDK takes either. Other schemas have computed keys, which count as a side
 * effect: without a mark every one is kept.
 */
function changeSchemas(text) {
  const names = new Set([...text.matchAll(SHAPE)].map(([, , name]) => name));
  return text
    .replace(SHAPE, 'var $2_made;\n$1function $2() { return ($2_made ??= $3); }')
    .replace(/\(\) => (\w+\$?)/g, (thunk, name) => (names.has(name) ? name : thunk))
    .replace(OTHER_SCHEMA, '$1/* @__PURE__ */ (() => $2)();');
}
