import { execFile } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { bootSchema, type ClusterFile } from '../config/cluster-file.js';
import { messageOf, RollError } from '../model/errors.js';
import type { BootOptions } from './boot/options.js';
import { renderBootScript } from './boot/script.js';

/** Reads a text file that the cluster file names, whole; throws when it cannot. */
export type ReadUserDataFile = (path: string) => string;

/**
 * The user data of a cluster's servers, base64: the boot script, or a script of the operator's own. The boot script
 * is told the size of the cluster, so that the first servers found it; later ones find out that they only join.
 *
 * @throws RollError exit 2 for a script that cannot be read, is too big, or holds a secret
 */
export function buildUserDataScript(file: ClusterFile, readText: ReadUserDataFile): string {
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
    gossipKey: parseGossipKeySource(gossipKeyFrom),
  };
}

function parseGossipKeySource(text: string | undefined): BootOptions['gossipKey'] {
  const [kind, ...name] = (text ?? '').split(':');
  if (kind !== 'ssm' && kind !== 'secretsmanager') return { kind: 'none' };
  return { kind, name: name.join(':') };
}

function readOwnScript(path: string, readText: ReadUserDataFile): string {
  const script = readScriptFile(path, readText);
  const bytes = Buffer.byteLength(script);
  if (bytes > MAX_USER_DATA_BYTES) {
    throw invalidUserDataError(
      `${path} has ${bytes} bytes, more than the ${MAX_USER_DATA_BYTES} that EC2 takes.`,
      'bake part of it into the image',
    );
  }
  const secret = findSecretLine(script);
  if (secret === undefined) return Buffer.from(script).toString('base64');
  throw invalidUserDataError(
    `${path} line ${secret.line} holds a secret (${secret.kind}), and whoever may describe a server reads its user data.`,
    'bake it into the image, or have the server fetch it when it boots, as boot.gossipKeyFrom does',
  );
}

function readScriptFile(path: string, readText: ReadUserDataFile): string {
  try {
    return readText(path);
  } catch (thrown) {
    throw invalidUserDataError(
      `The boot script ${path} cannot be read: ${messageOf(thrown)}`,
      'mend userDataFile',
    );
  }
}

function invalidUserDataError(message: string, next: string): RollError {
  return new RollError({ code: 'user-data-refused', message, kind: 'usage', next });
}

/** A boot script, ready to be handed to EC2. */
export interface UserData {
  readonly script: string;
  /** What EC2 counts: the script's bytes, or those of its gzip where it was compressed. */
  readonly bytes: number;
  /** As launch configurations and launch templates carry it. */
  readonly base64: string;
}

/** EC2's limit on user data, in bytes before base64. */
export const MAX_USER_DATA_BYTES = 16_384;

/**
 * Renders the boot script as user data; with `gzip` compressed, which cloud-init undoes by itself.
 *
 * @throws RollError `user-data-too-big`, with the size, when EC2 would refuse it
 */
export function buildUserData(options: BootOptions, { gzip }: { readonly gzip: boolean }): UserData {
  const script = renderBootScript(options);
  const plain = Buffer.from(script);
  const carried = gzip ? gzipSync(plain, { level: 9 }) : plain;
  if (carried.length > MAX_USER_DATA_BYTES) throw userDataTooLargeError(carried.length, gzip);
  return { script, bytes: carried.length, base64: carried.toString('base64') };
}

function userDataTooLargeError(bytes: number, compressed: boolean): RollError {
  const how = compressed ? 'compressed to' : 'of';
  return new RollError({
    code: 'user-data-too-big',
    message: `A boot script ${how} ${bytes} bytes is more than the ${MAX_USER_DATA_BYTES} that EC2 takes.`,
    kind: 'usage',
    next: compressed
      ? 'bake part of --extra-config into the image'
      : 'add --gzip, or bake part of --extra-config into the image',
  });
}

/** A line of a script that holds a secret, counted from 1, and what gave it away; the secret itself is not quoted. */
export interface SecretLine {
  readonly line: number;
  readonly kind: string;
}

/** A value that stands there, and not a variable or a command that fetches it. */
const SECRET_VALUE_PATTERN = `["']?[A-Za-z0-9+/_=-]{12,}`;
const ASSIGNMENT_PATTERN = String.raw`["']?\s*[:=]\s*`;

const SECRET_PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an AWS access key', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['an AWS secret key', new RegExp(`secret_access_key${ASSIGNMENT_PATTERN}${SECRET_VALUE_PATTERN}`, 'i')],
  ['a gossip key', new RegExp(`\\bencrypt(_key)?${ASSIGNMENT_PATTERN}${SECRET_VALUE_PATTERN}`, 'i')],
  ['a gossip key', new RegExp(`-encrypt[= ]${SECRET_VALUE_PATTERN}`)],
  [
    'a token',
    new RegExp(`\\b\\w*(token|tokens\\.\\w+)${ASSIGNMENT_PATTERN}["']?[0-9a-f]{8}-[0-9a-f-]{27}`, 'i'),
  ],
  [
    'a token',
    /["']?(agent|default|initial_management|master|replication)["']?\s*[:=]\s*["']?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i,
  ],
  ['a password', new RegExp(`\\b\\w*(password|passwd)${ASSIGNMENT_PATTERN}${SECRET_VALUE_PATTERN}`, 'i')],
];

/** The first line that holds a secret. It finds what looks like one; it proves nothing about the rest. */
export function findSecretLine(script: string): SecretLine | undefined {
  for (const [index, text] of script.split('\n').entries()) {
    const found = SECRET_PATTERNS.find(([, form]) => form.test(text));
    if (found !== undefined) return { line: index + 1, kind: found[0] };
  }
  return undefined;
}

/** One look at a shell script. */
export interface ScriptCheck {
  readonly tool: 'bash' | 'shellcheck';
  readonly result: 'passed' | 'failed' | 'not-installed';
  /** What the tool said; empty when it passed. */
  readonly output: string;
}

/** Asks `bash -n` and, where it is installed, shellcheck what they think of a script. */
export function checkBootScript(script: string): Promise<readonly ScriptCheck[]> {
  return Promise.all([
    runTool('bash', ['--norc', '-n'], script),
    runTool('shellcheck', ['--shell=bash', '-'], script),
  ]);
}

function runTool(tool: ScriptCheck['tool'], args: readonly string[], script: string): Promise<ScriptCheck> {
  return new Promise((resolve) => {
    const child = execFile(tool, args, (error, stdout, stderr) => {
      const missing = error !== null && 'code' in error && error.code === 'ENOENT';
      const result = missing ? 'not-installed' : error === null ? 'passed' : 'failed';
      resolve({ tool, result, output: missing ? '' : `${stdout}${stderr}`.trim() });
    });
    // A tool that is not there, or gives up early, closes the pipe; its exit says it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(script);
  });
}
