import { messageOf } from '../model/errors.js';
import { usageError } from './validation.js';

/** How to reach AWS and the Consul servers, and where snapshots go. */
export interface ConnectionSettings {
  readonly aws: CloudSettings;
  readonly consul: ConsulSettings;
  /** Folder for snapshots; made when it is missing. */
  readonly snapshotDir: string;
}

export interface ConnectionFlags {
  readonly region?: string | undefined;
  readonly 'consul-port'?: number | undefined;
  readonly 'snapshot-dir': string;
}

export type Environment = Readonly<Record<string, string | undefined>>;
/** Reads a text file whole; throws when it cannot. */
export type ReadTextFile = (path: string) => string;

const DEFAULT_CONSUL_PORT = 8500;
/** Whoever sets one of these means TLS, and must not find the token on the wire in clear. */
const TLS_VARIABLES = ['CONSUL_CACERT', 'CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY', 'CONSUL_TLS_SERVER_NAME'];

/**
 * Flags and environment as settings, by the ecosystem's own names: the AWS SDK's, and Consul's
 * `CONSUL_HTTP_TOKEN[_FILE]`, `CONSUL_HTTP_SSL`, `CONSUL_CACERT`, `CONSUL_CLIENT_CERT`, `CONSUL_CLIENT_KEY` and
 * `CONSUL_TLS_SERVER_NAME`. Of `CONSUL_HTTP_ADDR` only `https://` counts, and the port after it: every server is
 * asked on its own address.
 *
 * @throws RollError `bad-usage` for a value that cannot be used or a file that cannot be read
 */
export function resolveConnectionSettings(
  flags: ConnectionFlags,
  env: Environment,
  readText: ReadTextFile,
): ConnectionSettings {
  const file = (name: string) => readFileFromVariable(env, name, readText);
  const address = parseHttpsAddress(env);
  const secure = isVariableOn(env, 'CONSUL_HTTP_SSL') || address !== undefined;
  if (!secure) assertEncrypted(env);
  return {
    aws: { region: flags.region },
    consul: {
      scheme: secure ? 'https' : 'http',
      port: flags['consul-port'] ?? (Number(address?.port) || DEFAULT_CONSUL_PORT),
      token: readVariable(env, 'CONSUL_HTTP_TOKEN') ?? file('CONSUL_HTTP_TOKEN_FILE')?.trim(),
      tls: secure ? readTls(env, file) : undefined,
    },
    snapshotDir: flags['snapshot-dir'],
  };
}

/** `CONSUL_HTTP_ADDR` where it asks for TLS. */
function parseHttpsAddress(env: Environment): URL | undefined {
  const text = readVariable(env, 'CONSUL_HTTP_ADDR') ?? '';
  if (!/^https:/i.test(text)) return undefined;
  if (URL.canParse(text)) return new URL(text);
  throw usageError(
    `CONSUL_HTTP_ADDR=${text} is no address.`,
    'write it as https://HOST:PORT, or unset it and set CONSUL_HTTP_SSL=true',
  );
}

function assertEncrypted(env: Environment): void {
  const name = TLS_VARIABLES.find((variable) => readVariable(env, variable) !== undefined);
  if (name === undefined) return;
  throw usageError(
    `${name} is set, but TLS is off: an ACL token would go out in clear.`,
    `set CONSUL_HTTP_SSL=true, or unset ${name}`,
  );
}

function readTls(env: Environment, file: (name: string) => string | undefined): ConsulTls {
  const cert = file('CONSUL_CLIENT_CERT');
  const key = file('CONSUL_CLIENT_KEY');
  if ((cert === undefined) !== (key === undefined)) {
    const [set, missing] =
      cert === undefined
        ? ['CONSUL_CLIENT_KEY', 'CONSUL_CLIENT_CERT']
        : ['CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY'];
    throw usageError(`${set} is set, but ${missing} is not.`, 'set both, or neither');
  }
  return { ca: file('CONSUL_CACERT'), cert, key, serverName: readVariable(env, 'CONSUL_TLS_SERVER_NAME') };
}

function readVariable(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

function isVariableOn(env: Environment, name: string): boolean {
  const value = readVariable(env, name);
  if (value === undefined || /^(0|f|false)$/i.test(value)) return false;
  if (/^(1|t|true)$/i.test(value)) return true;
  throw usageError(`${name}=${value} is neither true nor false.`, `set ${name}=true, or unset it`);
}

function readFileFromVariable(env: Environment, name: string, readText: ReadTextFile): string | undefined {
  const path = readVariable(env, name);
  if (path === undefined) return undefined;
  try {
    return readText(path);
  } catch (error) {
    throw usageError(
      `The file that ${name} names cannot be read: ${messageOf(error)}`,
      `mend ${name}, or unset it`,
    );
  }
}

/** Called after every request, with no secret: the URL has no query, and there are no headers and no bodies. */
export type TraceRequest = (request: {
  readonly name: string;
  /** The HTTP status, or why there was no response. */
  readonly status: number | string;
  readonly elapsedMs: number;
}) => void;

/** Where AWS is and how patient to be with it. What is left out comes from the SDK's default chain. */
export interface CloudSettings {
  readonly region?: string | undefined;
  /** For an AWS that is not Amazon's; otherwise AWS_ENDPOINT_URL is obeyed by the SDK. */
  readonly endpoint?: string | undefined;
  /** Only for an AWS that is not Amazon's; otherwise the SDK's default chain finds them. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Tries of one call, the first included. */
  readonly maxAttempts?: number;
  readonly connectTimeoutMs?: number;
  /** For one try, from the request to the end of the answer. */
  readonly requestTimeoutMs?: number;
  readonly trace?: TraceRequest | undefined;
}

/** How to talk to Consul servers. Every one is asked on its own address, so there is a port but no host. */
export interface ConsulSettings {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  /** Sent as a header, never in a URL. */
  readonly token?: string | undefined;
  readonly tls?: ConsulTls | undefined;
  readonly timeouts?: Partial<ConsulTimeouts> | undefined;
  readonly trace?: TraceRequest | undefined;
}

/** PEM texts. */
export interface ConsulTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name in the servers' certificate, for instance `server.dc1.consul`. */
  readonly serverName?: string | undefined;
}

/** All in milliseconds. */
export interface ConsulTimeouts {
  readonly connectMs: number;
  /** For what a server answers from its own memory. */
  readonly readMs: number;
  /** For what needs the leader: Consul itself holds such a request for 7 s while there is none. */
  readonly changeMs: number;
  readonly snapshotMs: number;
  /** After connecting, how long a leave may still be refused before it counts as under way. */
  readonly inFlightMs: number;
  /** For a leave to be answered, which takes 14 to 15 s. */
  readonly leaveMs: number;
}

export const DEFAULT_TIMEOUTS: ConsulTimeouts = {
  connectMs: 2_000,
  readMs: 3_000,
  changeMs: 10_000,
  snapshotMs: 600_000,
  inFlightMs: 1_000,
  leaveMs: 30_000,
};
