import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the program: of the repository, or of the bundle. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const { devDependencies, ...description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const [first = ''] = process.argv.slice(2);
if (['--version', ...description.oclif.additionalVersionFlags].includes(first)) {
  // As oclif prints it, without loading oclif.
  const { name, version } = description;
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  const { execute, settings } = (await import('@oclif/core')).default;
  // Else oclif looks for a TypeScript compiler wherever NODE_ENV is "development", and runs what it finds.
  settings.enableAutoTranspile = false;
  await execute({
    loadOptions: {
      root,
      // oclif takes only plugins that are dependencies; the package has none, because it is a bundle.
      pjson: { ...description, dependencies: devDependencies },
      // A plugin that a user installed, or that another user wrote into the data folder, would run with the rights of a roll.
      userPlugins: false,
      devPlugins: false,
    },
  });
}
