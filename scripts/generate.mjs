// Writes every generated file from the built program: `npm run generate` builds first.
// With --check it writes nothing, names what is stale, and fails.
const GENERATORS = [
  'manifest',
  'command-docs',
  'cluster-schema',
  'settings-schema',
  'events',
  'document-schemas',
  'doctor-docs',
  'safety-docs',
  'permissions',
  'architecture',
  'benchmarks',
];

for (const name of GENERATORS) await import(`./${name}.mjs`);
