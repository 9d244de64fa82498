import { execFile } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { findSecretPath, parseGossipKeySource } from '../config/boot-options.js';
import { bootSchema, type ClusterFile } from '../config/cluster-file.js';
import type { ReadTextFile } from '../config/connection.js';
import { findErrorCode, messageOf, RollError } from '../model/errors.js';
import type { BootOptions } from './boot/options.js';
import { renderBootScript } from './boot/script.js';

/**
 * The user data of the servers, base64: the boot script, or the operator's own script. The boot script contains the
 * size of the cluster, so that the first servers bootstrap it; later ones detect that they must only join.
 *
 * @throws RollError of kind `usage` for a script that cannot be read, is too large, or contains a secret
 */
export function buildUserDataScript(file: ClusterFile, readText: ReadTextFile): string {
  if (file.userDataFile !== undefined) return readOwnScript(file.userDataFile, readText);
  const boot = file.boot ?? bootSchema.parse({});
  return buildUserData(buildBootOptions(file, boot), { gzip: boot.gzip }).base64;
}

function buildBootOptions(file: ClusterFile, boot: NonNullable<ClusterFile['boot']>): BootOptions {
  const { peers, retryJoin, datacenter, configDir, dataDir, extraConfig, gossipKeyFrom } = boot;
  return {
    tags: [{ key: 'Name', value: file.cluster }],
    bootstrapExpect: file.size,
    peers,
    retryJoin,
    datacenter,
    configDir,
    dataDir,
    extraConfig,
    gossipKey: parseGossipKeySource(gossipKeyFrom ?? '') ?? { kind: 'none' },
  };
}

function readOwnScript(path: string, readText: ReadTextFile): string {
  const script = readScriptFile(path, readText);
  const bytes = Buffer.byteLength(script);
  if (bytes > MAX_USER_DATA_BYTES) {
    throw invalidUserDataError(
      `${path} has ${bytes} bytes, more than the ${MAX_USER_DATA_BYTES} that EC2 accepts.`,
      'move part of it into the image',
    );
  }
  const secret = findSecretLine(script);
  if (secret === undefined) return Buffer.from(script).toString('base64');
  throw invalidUserDataError(
    `${path} line ${secret.line} contains a secret (${secret.kind}), and user data can be read by everyone who may describe the server.`,
    'put it into the image, or let the server fetch it at boot, as boot.gossipKeyFrom does',
  );
}

function readScriptFile(path: string, readText: ReadTextFile): string {
  try {
    return readText(path);
  } catch (thrown) {
    throw invalidUserDataError(`The boot script ${path} cannot be read: ${messageOf(thrown)}`, 'correct userDataFile');
  }
}

function invalidUserDataError(message: string, next: string): RollError {
  return new RollError({ code: 'user-data-refused', message, kind: 'usage', next });
}

interface UserData {
  readonly script: string;
  /** The size that EC2 limits: of the script, or of the compressed script. */
  readonly bytes: number;
  readonly base64: string;
}

/** EC2's limit on user data, in bytes before base64. */
export const MAX_USER_DATA_BYTES = 16_384;

/**
 * Renders the boot script as user data; cloud-init decompresses gzip.
 *
 * @throws RollError `user-data-refused` if a value in it is a secret; `user-data-too-big`, with the size, if EC2 would refuse it
 */
export function buildUserData(options: BootOptions, { gzip }: { readonly gzip: boolean }): UserData {
  const script = renderBootScript(options);
  assertNoSecret(options, script);
  const plain = Buffer.from(script);
  const carried = gzip ? gzipSync(plain, { level: 9 }) : plain;
  if (carried.length > MAX_USER_DATA_BYTES) throw userDataTooLargeError(carried.length, gzip);
  return { script, bytes: carried.length, base64: carried.toString('base64') };
}

/** By the name of a value or its form, then as in a script of the operator's own. */
function assertNoSecret(options: BootOptions, script: string): void {
  const path = findSecretPath(options, []);
  const line = findSecretLine(script);
  if (path === undefined && line === undefined) return;
  const where = path === undefined ? `a secret (${line?.kind})` : `a secret, in ${path.join('.')}`;
  throw invalidUserDataError(
    `The boot script would contain ${where}: user data can be read by everyone who may describe the server.`,
    'give the servers an instance profile instead of keys, or put the secret into the image',
  );
}

function userDataTooLargeError(bytes: number, compressed: boolean): RollError {
  const how = compressed ? 'compressed to' : 'of';
  return new RollError({
    code: 'user-data-too-big',
    message: `A boot script ${how} ${bytes} bytes is more than the ${MAX_USER_DATA_BYTES} that EC2 accepts.`,
    kind: 'usage',
    next: compressed
      ? 'move part of --extra-config into the image'
      : 'add --gzip, or move part of --extra-config into the image',
  });
}

/** A line that contains a secret, counted from 1, and the kind of secret; never the secret itself. */
interface SecretLine {
  readonly line: number;
  readonly kind: string;
}

/** A literal value, not a variable or a command that fetches it. */
const SECRET_VALUE_PATTERN = `["']?[A-Za-z0-9+/_=-]{12,}`;
const ASSIGNMENT_PATTERN = String.raw`["']?\s*[:=]\s*`;

const SECRET_PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an AWS access key', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['an AWS secret key', new RegExp(`secret_access_key${ASSIGNMENT_PATTERN}${SECRET_VALUE_PATTERN}`, 'i')],
  ['a gossip key', new RegExp(`\\bencrypt(_key)?${ASSIGNMENT_PATTERN}${SECRET_VALUE_PATTERN}`, 'i')],
  ['a gossip key', new RegExp(`-encrypt[= ]${SECRET_VALUE_PATTERN}`)],
  ['a token', new RegExp(`\\b\\w*(token|tokens\\.\\w+)${ASSIGNMENT_PATTERN}["']?[0-9a-f]{8}-[0-9a-f-]{27}`, 'i')],
  [
    'a token',
    /["']?(agent|default|initial_management|master|replication)["']?\s*[:=]\s*["']?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i,
  ],
  [
    'a secret of a cloud',
    new RegExp(
      `(api_key|api_token|auth_token|access_key_secret|client_secret)${ASSIGNMENT_PATTERN}${SECRET_VALUE_PATTERN}`,
      'i',
    ),
  ],
  ['a password in a URL', /:\/\/[^/\s:@$]*:[^/\s@$]+@/],
  ['a password', new RegExp(`\\b\\w*(password|passwd)${ASSIGNMENT_PATTERN}${SECRET_VALUE_PATTERN}`, 'i')],
];

/** The first line that looks like a secret. It cannot prove that there is none. */
export function findSecretLine(script: string): SecretLine | undefined {
  for (const [index, text] of script.split('\n').entries()) {
    const found = SECRET_PATTERNS.find(([, form]) => form.test(text));
    if (found !== undefined) return { line: index + 1, kind: found[0] };
  }
  return undefined;
}

export interface ScriptCheck {
  readonly tool: 'bash' | 'shellcheck';
  readonly result: 'passed' | 'failed' | 'not-installed';
  /** Output of the tool; empty if it passed. */
  readonly output: string;
}

/** Runs `bash -n` and, if it is installed, shellcheck. */
export function checkBootScript(script: string): Promise<readonly ScriptCheck[]> {
  return Promise.all([runTool('bash', ['--norc', '-n'], script), runTool('shellcheck', ['--shell=bash', '-'], script)]);
}

function runTool(tool: ScriptCheck['tool'], args: readonly string[], script: string): Promise<ScriptCheck> {
  return new Promise((resolve) => {
    const child = execFile(tool, args, (error, stdout, stderr) => {
      const missing = findErrorCode(error) === 'ENOENT';
      const result = missing ? 'not-installed' : error === null ? 'passed' : 'failed';
      resolve({ tool, result, output: missing ? '' : `${stdout}${stderr}`.trim() });
    });
    // A missing tool, or one that exits early, closes the pipe; its exit code reports that.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(script);
  });
}
