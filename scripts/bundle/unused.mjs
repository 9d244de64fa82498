// What packages load at once and this program never calls: left out of the bundle, where every start would pay for it.

/** By importer: the modules that it gets an empty one of. A call of it is a TypeError. */
const UNUSED = [
  // Finds commands and plugins in folders; the bundle has a manifest, and no plugins.
  { importer: /@oclif\/core\/lib\/config\/(plugin|plugin-loader)\.js$/, path: /^(tinyglobby|minimatch)$/ },
  { importer: /@oclif\/core\/lib\/util\/read-pjson\.js$/, path: /^lilconfig$/ },
  // Runs TypeScript, which src/cli/main.ts switches off.
  { importer: /@oclif\/core\/lib\//, path: /^typescript$/ },
  // The program uses `request`, `Client`, `Agent` and `EnvHttpProxyAgent`, with HTTP/1.1 and bodies that are texts or bytes.
  { importer: /undici\/index\.js$/, path: /^\.\/lib\/(web|mock|cache|interceptor|handler)\// },
  {
    importer: /undici\/index\.js$/,
    path: /^\.\/lib\/dispatcher\/(balanced-pool|round-robin-pool|retry-agent|h2c-client)$/,
  },
  { importer: /undici\/lib\/dispatcher\/client\.js$/, path: /^\.\/client-h2\.js$/ },
  { importer: /undici\/lib\/dispatcher\/client-h[12]\.js$/, path: /^\.\.\/web\/fetch\/body\.js$/ },
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
  },
};
