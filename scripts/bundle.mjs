// Writes the program as it is published to bundle/: what `npm run build` compiled and all that it depends on, in one
// file a command and files that several share, so that a command loads what it needs and nothing is installed beside it.
// Its arguments are the folder of the compiled program (this repository if there is none) and the folder to write to
// (bundle/ in this repository).
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { makeLater } from './bundle/later.mjs';
import { writeLicences } from './bundle/licences.mjs';
import { leaveOutUnused } from './bundle/unused.mjs';
import { fileAt } from './from-schema.mjs';

const ROOT = fileAt('.');
const BUNDLE = resolve(process.argv[3] ?? fileAt('bundle'));
const COMPILED = resolve(process.argv[2] ?? ROOT);
/** Each may roll for an hour, and the package be upgraded meanwhile. */
const ROLLING_COMMANDS = ['upgrade', 'resume', 'rollback'];
/** What packages of CommonJS get the modules of Node with. One file asks for it; to make it takes time in each. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

const description = JSON.parse(await readFile(fileAt('package.json'), 'utf8'));
const manifests = await readManifests(description.oclif.plugins);
const commands = manifests.flatMap(({ folder, manifest }) =>
  Object.values(manifest.commands).map((command) => ({ command, source: join(folder, ...command.relativePath) })),
);

await rm(BUNDLE, { recursive: true, force: true });
const { metafile, outputFiles } = await build({
  entryPoints: Object.fromEntries([
    ['cli/main', join(COMPILED, 'dist/cli/main.js')],
    ...(await readdir(join(COMPILED, 'dist/hooks')))
      .filter((name) => name.endsWith('.js'))
      .map((name) => [`hooks/${name.slice(0, -3)}`, join(COMPILED, 'dist/hooks', name)]),
    ...commands.map(({ command, source }) => [`commands/${command.id.replaceAll(':', '/')}`, source]),
  ]),
  outdir: join(BUNDLE, 'dist'),
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  chunkNames: 'shared/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Modules, of which what is not used can be left out.
  mainFields: ['module', 'main'],
  // Names stay, so that the stack of a bug can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
  plugins: [leaveOutUnused, makeLater],
});

for (const { path, text } of outputFiles) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text.includes('typeof require') ? REQUIRE + text : text);
}
await mkdir(join(BUNDLE, 'bin'), { recursive: true });
await cp(fileAt('bin/run.js'), join(BUNDLE, 'bin/run.js'));
await cp(fileAt('LICENSE'), join(BUNDLE, 'LICENSE'));
await writeJson('package.json', bundleDescription());
await writeJson('oclif.manifest.json', bundleManifest());
await writeLicences(metafile, ROOT, BUNDLE, description);

/** What the program itself and oclif's plugins say of their commands. */
async function readManifests(plugins) {
  const folders = [COMPILED, ...plugins.map((plugin) => fileAt(`node_modules/${plugin}`))];
  return Promise.all(
    folders.map(async (folder) => ({
      folder,
      manifest: JSON.parse(await readFile(join(folder, 'oclif.manifest.json'), 'utf8')),
    })),
  );
}

/** The commands of the plugins are commands of the bundle. */
function bundleManifest() {
  const entries = commands.map(({ command }) => {
    const relativePath = ['dist', 'commands', ...`${command.id.replaceAll(':', '/')}.js`.split('/')];
    const { name } = description;
    return [command.id, { ...command, pluginAlias: name, pluginName: name, pluginType: 'core', relativePath }];
  });
  return { commands: Object.fromEntries(entries), version: description.version };
}

function bundleDescription() {
  const { name, version, license, type, engines, bin, oclif } = description;
  const { plugins, ...settings } = oclif;
  const filesOfRoll = ROLLING_COMMANDS.flatMap((id) => [...reachable(outputPath(`commands/${id}.js`))]);
  return {
    name,
    version,
    description: description.description,
    license,
    type,
    engines,
    bin: Object.fromEntries(Object.entries(bin).map(([word, file]) => [word, file.replace('bundle/', '')])),
    oclif: settings,
    filesOfRoll: [...new Set(filesOfRoll)].map((path) => relative(BUNDLE, resolve(ROOT, path))).sort(),
  };
}

function outputPath(name) {
  return relative(ROOT, join(BUNDLE, 'dist', name));
}

/** A file of the bundle and all that it imports, at once or later. */
function reachable(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const { path: next, external } of metafile.outputs[path].imports) if (!external) reachable(next, found);
  return found;
}

async function writeJson(name, value) {
  const file = join(BUNDLE, name);
  await mkdir(dirname(file), { recursive: true });
  // Read at every start: without indentation.
  await writeFile(file, `${JSON.stringify(value)}\n`);
}
