import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { SettingOrigin } from '../model/setting.js';
import { findRealPath, findUntrusted } from './file-access.js';
import type { SettingsLayer } from './settings-layer.js';
import { PATH_SETTINGS, RENAMED_SETTINGS, settingsSchema } from './settings-schema.js';
import { usageError } from './validation.js';
import type { ParsedYaml } from './yaml-file.js';

const SETTINGS_FILE_NAME = 'consul-roll.yaml';

/**
 * The settings file of a folder or of the nearest parent, up to the root of the repository, the home folder or the
 * root of the file system.
 *
 * @throws RollError `bad-usage` for a file that another user may have written, or put there: its hooks are commands
 */
export function findSettingsFile(from: string, home: string): string | undefined {
  const path = join(from, SETTINGS_FILE_NAME);
  if (existsSync(path)) return assertTrusted(path);
  assertFileSpelling(from);
  const above = dirname(from);
  const isLast = existsSync(join(from, '.git')) || from === home || above === from;
  return isLast ? undefined : findSettingsFile(above, home);
}

/** A file with the wrong extension would be ignored without a word. */
function assertFileSpelling(folder: string): void {
  const other = join(folder, 'consul-roll.yml');
  if (!existsSync(other)) return;
  throw usageError(
    `${other} is not read: its name is not ${SETTINGS_FILE_NAME}.`,
    `rename it to ${SETTINGS_FILE_NAME}`,
  );
}

/** What another user may write must not run for the one who works in the folder or below it, root or not. */
function assertTrusted(path: string): string {
  const untrusted = findUntrusted(path);
  if (untrusted === undefined) return path;
  const { path: step, why, isItself } = untrusted;
  const subject = isItself ? step : `${step}, on the way to ${path},`;
  throw usageError(
    why === 'owner'
      ? `${subject} belongs to another user, and the file may name commands to run.`
      : `Other users may write ${subject} and the file may name commands to run.`,
    `read it, then name it with --config ${findRealPath(path)}, or start from a folder of your own`,
  );
}

export interface SettingsFile {
  /** For every cluster. */
  readonly general: SettingsLayer;
  /** For one cluster alone; empty if the file does not name it. */
  cluster(name: string): SettingsLayer;
}

/** Names of keys whose values must not be in a file. */
const SECRET_KEY_PATTERN = /token|secret|password|passphrase|credential|access-?_?key|webhook-?_?url/i;

/**
 * Paths in the file are relative to its folder.
 *
 * @param path of the file, absolute
 * @param name of the file, for error messages
 * @throws RollError `settings-file-wrong`, with the line, column and key of every mistake
 */
export async function parseSettingsFile(text: string, path: string, name: string): Promise<SettingsFile> {
  const { parseYaml } = await import('./yaml-file.js');
  const facts = { name, code: 'settings-file-wrong', doc: 'docs/settings.md', getAdvice: getSecretAdvice };
  const read = parseYaml(text, settingsSchema, facts);
  const { clusters, ...general } = read.value;
  const byCluster = new Map(Object.entries(clusters));
  return {
    general: buildLayer(general, [], read, path),
    cluster: (cluster) => buildLayer(byCluster.get(cluster) ?? {}, ['clusters', cluster], read, path),
  };
}

function buildLayer(
  written: Readonly<Record<string, unknown>>,
  at: readonly string[],
  read: ParsedYaml<typeof settingsSchema>,
  path: string,
): SettingsLayer {
  const values: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const [key, value] of Object.entries(written)) {
    const name = RENAMED_SETTINGS[key] ?? key;
    if (name !== key && name in written) continue;
    values[name] = PATH_SETTINGS.includes(name) ? resolve(dirname(path), String(value)) : value;
    origins[name] = { kind: 'file', file: path, line: read.findPosition([...at, key]).line, cluster: at.at(-1) };
  }
  return { values, origins };
}

/** What to do with a secret that the file contains. */
function getSecretAdvice(key: string): string | undefined {
  if (!SECRET_KEY_PATTERN.test(key)) return undefined;
  if (/token/i.test(key)) {
    return 'a token must not be in a shared file; name a separate file in the environment: CONSUL_HTTP_TOKEN_FILE';
  }
  return 'a secret must not be in a shared file; docs/settings.md says where each one goes';
}
