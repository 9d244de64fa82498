// Writes every generated file from the built program: `npm run generate` builds first.
// With --check it writes nothing, names what is stale, and fails.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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
];

for (const name of GENERATORS) {
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  try {
    execFileSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  } catch {
    process.exitCode = 1;
  }
}
