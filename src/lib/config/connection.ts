import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseDurationFlag } from './duration.js';
import { readSecretFile, usageError } from './validation.js';

/** How to reach AWS and the Consul servers, and where snapshots are saved. */
export interface ConnectionSettings {
  readonly aws: CloudSettings;
  readonly consul: ConsulSettings;
  /** Folder for snapshots; created if missing. */
  readonly snapshotDir: string;
}

export interface ConnectionFlags {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly 'consul-port'?: number | undefined;
  readonly 'consul-timeout'?: string | undefined;
  readonly 'allow-plaintext-token'?: boolean | undefined;
  readonly 'snapshot-dir'?: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;
/** Reads a whole text file; throws if it cannot. */
export type ReadTextFile = (path: string) => string;

const DEFAULT_CONSUL_PORT = 8500;
/** Setting one of these implies TLS, so the token must not be sent unencrypted. */
const TLS_VARIABLES = ['CONSUL_CACERT', 'CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY', 'CONSUL_TLS_SERVER_NAME'];

/**
 * Reads flags, and the environment variables of the AWS SDK and of Consul: `CONSUL_HTTP_TOKEN[_FILE]`,
 * `CONSUL_HTTP_SSL`, `CONSUL_CACERT`, `CONSUL_CLIENT_CERT`, `CONSUL_CLIENT_KEY` and `CONSUL_TLS_SERVER_NAME`. Of
 * `CONSUL_HTTP_ADDR` only `https://` and the port are used, because every server is called at its own address.
 *
 * @throws RollError `bad-usage` for an invalid value or an unreadable file
 */
export function resolveConnectionSettings(
  flags: ConnectionFlags,
  env: Environment,
  readText: ReadTextFile,
): ConnectionSettings {
  const file = (name: string) => readFileFromVariable(env, name, readText);
  assertEndpointsAreUrls(env);
  assertVerifiable(env);
  const address = parseHttpsAddress(env);
  const secure = isVariableOn(env, 'CONSUL_HTTP_SSL') || address !== undefined;
  if (!secure) assertEncrypted(env);
  return {
    aws: { region: flags.region, profile: flags.profile },
    consul: {
      scheme: secure ? 'https' : 'http',
      port: flags['consul-port'] ?? (Number(address?.port) || DEFAULT_CONSUL_PORT),
      token: readToken(env, file),
      allowPlaintextToken: flags['allow-plaintext-token'],
      tls: secure ? readTls(env, file) : undefined,
      timeouts: parseTimeouts(flags['consul-timeout']),
    },
    snapshotDir: flags['snapshot-dir'] ?? getDefaultSnapshotFolder(env),
  };
}

/** Outside of the working folder, which may be a repository. Source: XDG Base Directory Specification. */
function getDefaultSnapshotFolder(env: Environment): string {
  const state = readVariable(env, 'XDG_STATE_HOME') ?? join(readVariable(env, 'HOME') ?? homedir(), '.local', 'state');
  return join(state, 'consul-roll', 'snapshots');
}

function parseTimeouts(text: string | undefined): Partial<ConsulTimeouts> | undefined {
  if (text === undefined) return undefined;
  const readMs = parseDurationFlag(text, '--consul-timeout', { minMs: 100, maxMs: 600_000 });
  return { readMs, changeMs: readMs + RPC_HOLD_MS };
}

function readToken(env: Environment, file: (name: string) => string | undefined): string | undefined {
  const direct = readVariable(env, 'CONSUL_HTTP_TOKEN');
  const name = direct === undefined ? 'CONSUL_HTTP_TOKEN_FILE' : 'CONSUL_HTTP_TOKEN';
  return checkToken(direct ?? file(name)?.trim(), name);
}

/** @throws RollError `bad-usage` that names the variable or setting, for what an HTTP header cannot hold */
export function checkToken(token: string | undefined, name: string): string | undefined {
  if (token !== undefined && /^(["']).*\1$/.test(token))
    throw usageError(`${name} has quotes around the ACL token.`, `remove the quotes from ${name}`);
  if (token === undefined || TOKEN.test(token)) return token;
  throw usageError(`${name} holds no ACL token: a token is one word.`, `correct ${name}, or unset it`);
}

/** What an HTTP header can hold, without blanks. Consul's own are UUIDs. */
const TOKEN = /^[!-~]{1,4096}$/;

/** `CONSUL_HTTP_ADDR`, if it starts with https://. */
function parseHttpsAddress(env: Environment): URL | undefined {
  const text = readVariable(env, 'CONSUL_HTTP_ADDR') ?? '';
  if (!/^https:/i.test(text)) return undefined;
  if (URL.canParse(text)) return new URL(text);
  throw usageError(
    'CONSUL_HTTP_ADDR is not an address.',
    'write it as https://HOST:PORT, or unset it and set CONSUL_HTTP_SSL=true',
  );
}

/** The SDK prints an endpoint that it cannot read, and a URL may contain a password. */
function assertEndpointsAreUrls(env: Environment): void {
  for (const name of Object.keys(env).filter((one) => one.startsWith('AWS_ENDPOINT_URL'))) {
    const text = readVariable(env, name);
    if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) continue;
    throw usageError(`${name} is not a URL.`, `write it as https://HOST, or unset ${name}`);
  }
}

/** What Consul's own commands obey and consul-roll does not: it always verifies, by one file. */
function assertVerifiable(env: Environment): void {
  // Consul, too, reads no folder where the file is named.
  if (readVariable(env, 'CONSUL_CAPATH') !== undefined && readVariable(env, 'CONSUL_CACERT') === undefined) {
    throw usageError(
      'CONSUL_CAPATH is set, but consul-roll reads CA certificates from one file only.',
      'unset CONSUL_CAPATH and set CONSUL_CACERT to a file with the certificates of that folder, one after another',
    );
  }
  const verify = 'CONSUL_HTTP_SSL_VERIFY';
  if (readVariable(env, verify) === undefined || isVariableOn(env, verify)) return;
  throw usageError(
    `${verify} is off, but consul-roll always verifies the certificates of the servers.`,
    `unset ${verify} and set CONSUL_CACERT to the file of the CA that signed them`,
  );
}

function assertEncrypted(env: Environment): void {
  const name = TLS_VARIABLES.find((variable) => readVariable(env, variable) !== undefined);
  if (name === undefined) return;
  throw usageError(
    `${name} is set, but TLS is off: an ACL token would be sent unencrypted.`,
    `set CONSUL_HTTP_SSL=true, or unset ${name}`,
  );
}

function readTls(env: Environment, file: (name: string) => string | undefined): ConsulTls {
  const cert = file('CONSUL_CLIENT_CERT');
  const key = file('CONSUL_CLIENT_KEY');
  if ((cert === undefined) !== (key === undefined)) {
    const [set, missing] =
      cert === undefined ? ['CONSUL_CLIENT_KEY', 'CONSUL_CLIENT_CERT'] : ['CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY'];
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
  throw usageError(`${name} is neither true nor false.`, `set ${name}=true, or unset it`);
}

function readFileFromVariable(env: Environment, name: string, readText: ReadTextFile): string | undefined {
  const path = readVariable(env, name);
  if (path === undefined) return undefined;
  const problem = `The file that ${name} names cannot be read`;
  return readSecretFile(() => readText(path), problem, `set ${name} to the path of a file, or unset it`);
}

/** Called after every request, with no secret: the URL has no query, and there are no headers and no bodies. */
export type TraceRequest = (request: {
  readonly name: string;
  /** The HTTP status, or why there was no response. */
  readonly status: number | string;
  readonly elapsedMs: number;
}) => void;

/** The endpoint of AWS and its limits. The SDK's default chain supplies what is omitted. */
export interface CloudSettings {
  readonly region?: string | undefined;
  /** Of the AWS configuration files; counts before keys in the environment, as AWS_PROFILE does. */
  readonly profile?: string | undefined;
  /** For the sandbox; otherwise the SDK reads AWS_ENDPOINT_URL. */
  readonly endpoint?: string | undefined;
  /** For the sandbox only. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Attempts of one call, including the first. */
  readonly maxAttempts?: number;
  readonly connectTimeoutMs?: number;
  /** For one attempt, from the request to the end of the response. */
  readonly requestTimeoutMs?: number;
  readonly trace?: TraceRequest | undefined;
  /** Called with the date of every answer, epoch milliseconds. */
  readonly onDate?: (dateMs: number) => void;
}

/** How to call Consul servers. Each is called at its own address, so there is a port but no host. */
export interface ConsulSettings {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  /** Sent as a header, never in a URL. */
  readonly token?: string | undefined;
  /** In its place for the snapshot, which needs more rights than everything else; undefined for the same token. */
  readonly snapshotToken?: string | undefined;
  /** The operator allows the token over plain HTTP to addresses that are not of this machine. */
  readonly allowPlaintextToken?: boolean | undefined;
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

/** Consul's `rpc_hold_timeout`. */
const RPC_HOLD_MS = 7_000;

/** All in milliseconds. */
export interface ConsulTimeouts {
  readonly connectMs: number;
  /** For requests that a server answers by itself. */
  readonly readMs: number;
  /** For requests that need the leader: without one, Consul holds them for `RPC_HOLD_MS`. */
  readonly changeMs: number;
  /** For the first byte of a snapshot, which the leader takes before it answers, and for each next one. */
  readonly snapshotMs: number;
  /** For a whole snapshot: a server that sends a byte now and then must not keep a roll. */
  readonly snapshotTotalMs: number;
  /** After connecting, how long a leave may be refused before it counts as in progress. */
  readonly inFlightMs: number;
  /** For a leave, which takes 14 to 15 s. */
  readonly leaveMs: number;
}

export const DEFAULT_TIMEOUTS: ConsulTimeouts = {
  connectMs: 2_000,
  readMs: 3_000,
  changeMs: 3_000 + RPC_HOLD_MS,
  snapshotMs: 600_000,
  snapshotTotalMs: 3_600_000,
  inFlightMs: 1_000,
  leaveMs: 30_000,
};
