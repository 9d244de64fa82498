// Writes oclif.manifest.json from the built commands, so that starting up does not load every one of them.
// With --check it writes nothing and fails when the file is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = fileURLToPath(new URL('../oclif.manifest.json', import.meta.url));

const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
const manifest = `${JSON.stringify(plugin.manifest, null, 2)}\n`;

if (!process.argv.includes('--check')) {
  await writeFile(file, manifest);
} else if (manifest !== (await readFile(file, 'utf8'))) {
  process.stderr.write('oclif.manifest.json is stale: run npm run build\n');
  process.exitCode = 1;
}
