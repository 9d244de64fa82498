// What packages load at once and this program never calls: left out of the bundle, where every start would pay for it.
import { readFile } from 'node:fs/promises';

/** By importer: the modules that it gets an empty one of. A call of it is a TypeError. */
const UNUSED = [
  // Finds commands and plugins in folders; the bundle has a manifest, and no plugins.
  { importer: /@oclif\/core\/lib\/config\/(plugin|plugin-loader)\.js$/, path: /^(tinyglobby|minimatch)$/ },
  { importer: /@oclif\/core\/lib\/util\/read-pjson\.js$/, path: /^lilconfig$/ },
  // Runs TypeScript, which src/cli/main.ts switches off.
  { importer: /@oclif\/core\/lib\//, path: /^typescript$/ },
  // The program uses `request`, `Client`, `Agent` and `EnvHttpProxyAgent`.
  { importer: /undici\/index\.js$/, path: /^\.\/lib\/(web|mock|cache|interceptor|handler)\// },
];

export const leaveOutUnused = {
  name: 'leave-out-unused',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, importer }) => {
      const isUnused = UNUSED.some((one) => one.importer.test(importer) && one.path.test(path));
      return isUnused ? { path, namespace: 'unused' } : undefined;
    });
    // undici makes a CacheStorage as soon as it is loaded.
    const contents = 'module.exports = { CacheStorage: class {} };';
    build.onLoad({ filter: /./, namespace: 'unused' }, () => ({ contents }));
    // A schema of the SDK has computed keys, which count as a side effect: without this mark every schema is kept.
    build.onLoad({ filter: /@aws-sdk\/.*\/dist-es\/.*schemas\/schemas_0\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const marked = text.replace(/^((?:export )?var \w+\$? = )(\[[^;]*\]);$/gm, '$1/* @__PURE__ */ (() => $2)();');
      return { contents: marked };
    });
  },
};
