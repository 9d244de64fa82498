import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository, with a slash at its end: for tests as they are, and for what is compiled to `build`. */
export const ROOT = findRoot(new URL('../..', import.meta.url));

function findRoot(folder: URL): string {
  return existsSync(new URL('package.json', folder)) ? fileURLToPath(folder) : findRoot(new URL('..', folder));
}
