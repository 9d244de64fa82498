import { dirname, resolve } from 'node:path';
import type { Origin } from '../model/setting.js';
import { type Read, readYaml } from '../yaml-file/read.js';
import type { Layer } from './layers.js';
import { PATHS, type SettingName, type SettingValues, settingsSchema } from './schema.js';

/** What a settings file says. */
export interface SettingsFile {
  /** For every cluster. */
  readonly general: Layer;
  /** For one cluster alone; nothing where the file does not know it. */
  cluster(name: string): Layer;
}

/** Words in the names of things that must not lie about in a file. */
const SECRET = /token|secret|password|passphrase|credential|access-?_?key|webhook-?_?url/i;

/**
 * The settings of a file; paths in it are seen from its folder.
 *
 * @param path of the file, absolute
 * @param name of the file, for what is said about it
 * @throws RollError `settings-file-wrong`, exit 2, with every mistake by its line, column and key
 */
export function readSettingsFile(text: string, path: string, name: string): SettingsFile {
  const facts = { name, code: 'settings-file-wrong', doc: 'docs/settings.md', adviceOn };
  const read = readYaml(text, settingsSchema, facts);
  const { clusters, ...general } = read.value;
  const byCluster = new Map(Object.entries(clusters));
  return {
    general: layerOf(general, [], read, path),
    cluster: (cluster) => layerOf(byCluster.get(cluster) ?? {}, ['clusters', cluster], read, path),
  };
}

function layerOf(
  written: SettingValues,
  at: readonly string[],
  read: Read<typeof settingsSchema>,
  path: string,
): Layer {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, value] of Object.entries(written)) {
    values[name] = isPath(name) ? resolve(dirname(path), String(value)) : value;
    origins[name] = {
      kind: 'file',
      file: path,
      line: read.placeOf([...at, name]).line,
      cluster: at.at(-1),
    };
  }
  return { values, origins };
}

function isPath(name: string): boolean {
  return PATHS.some((known: SettingName) => known === name);
}

/** What to do with a secret that somebody has written down. */
function adviceOn(key: string): string | undefined {
  if (!SECRET.test(key)) return undefined;
  if (/token/i.test(key)) {
    return 'no token in a file that is shared; name a file of its own in the environment: CONSUL_HTTP_TOKEN_FILE';
  }
  return 'no secret in a file that is shared; docs/settings.md tells where each one goes';
}
