import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One configuration file of Consul. */
export interface ConsulFile {
  readonly name: string;
  readonly path: string;
  /** Its content; undefined where it is not JSON, which Consul reports itself. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

/** The files of a configuration folder as Consul reads them: by name, later ones overruling earlier ones. */
export function readConsulFiles(folder: string): readonly ConsulFile[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /\.(json|hcl)$/.test(name));
  return names.sort().map((name) => {
    const path = join(folder, name);
    return { name, path, config: parsed(path) };
  });
}

function parsed(path: string): ConsulFile['config'] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of a file's `retry_join`. */
export function getRetryJoin({ config }: ConsulFile): readonly string[] {
  const entries = config?.retry_join;
  return Array.isArray(entries) ? entries.map(String) : [];
}
