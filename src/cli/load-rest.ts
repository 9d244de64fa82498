import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Interfaces } from '@oclif/core';

/** What `scripts/bundle.mjs` adds to the description of a bundle. */
interface BundleDescription {
  /** Files of the bundle that a roll may load, relative to its folder. */
  readonly filesOfRoll?: readonly string[];
}

/**
 * Loads everything that a roll may need to its end, such as the client that renews credentials: the package may be
 * upgraded or removed while the roll is running. A program that is not bundled has no list, and loads nothing ahead.
 */
export async function loadRest({ root, pjson }: Pick<Interfaces.Config, 'root' | 'pjson'>): Promise<void> {
  const { filesOfRoll = [] } = pjson as BundleDescription;
  await Promise.all(filesOfRoll.map((file) => import(pathToFileURL(join(root, file)).href)));
}
