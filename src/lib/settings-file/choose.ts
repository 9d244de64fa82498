import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { messageOf } from '../errors.js';
import type { Environment } from '../settings/connection.js';
import { usageError } from '../settings/usage-error.js';
import { settingsOfEnvironment } from './environment.js';
import { findSettingsFile } from './find.js';
import { type Layer, layered, NO_SETTINGS } from './layers.js';
import { readSettingsFile, type SettingsFile } from './read.js';

/** Everything that is set besides flags. */
export interface Chosen {
  readonly layer: Layer;
  /** Path of the settings file; undefined where there is none. */
  readonly file: string | undefined;
}

/** What settings are chosen by. */
export interface Choice {
  /** As a flag names it; undefined to look for one. */
  readonly config: string | undefined;
  /** As a flag names it; undefined for the one that is set. */
  readonly cluster: string | undefined;
  readonly env: Environment;
  /** Where the command was started. */
  readonly cwd: string;
  readonly home: string;
}

/**
 * What the environment and the settings file set: the environment is stronger than what the file says for this
 * cluster alone, and that stronger than what it says for every one.
 *
 * @throws RollError exit 2 for a file or a variable that cannot be used
 */
export function chooseSettings({ config, cluster, env, cwd, home }: Choice): Chosen {
  const environment = settingsOfEnvironment(env);
  const named = config ?? env.CONSUL_ROLL_CONFIG;
  const file = named === undefined || named === '' ? findSettingsFile(cwd, home) : resolve(cwd, named);
  if (file === undefined) return { layer: environment, file };
  const { general, cluster: ofCluster } = fileAt(file, cwd);
  const meant = cluster ?? layered(general, environment).values.cluster;
  const own = meant === undefined ? NO_SETTINGS : ofCluster(meant);
  return { layer: layered(general, own, environment), file };
}

function fileAt(path: string, cwd: string): SettingsFile {
  return readSettingsFile(textOf(path), path, nameFrom(path, cwd));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw usageError(`The settings file cannot be read: ${messageOf(thrown)}`, 'name another with --config');
  }
}

/** As short as it can be said: from here where it is below, whole otherwise. */
export function nameFrom(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : near;
}
