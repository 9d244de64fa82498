import { limitLength, replaceUnprintable } from './printable.js';

/** A server that the roll launched, and that did not become ready: how far it came, and what its console says. */
export interface ServerFailure {
  readonly instanceId: string;
  /** The last gate of those it passed in order, when it was first observed so far; undefined if it passed none. */
  readonly furthest: { readonly gate: string; readonly atMs: number; readonly afterLaunchMs: number } | undefined;
  /** Gates that it did not pass when it was last observed, in order. */
  readonly failedGates: readonly string[];
  readonly console: ServerConsole;
}

/** What EC2 has of an instance's console. */
export type ServerConsole =
  /** Oldest line first, printable, secrets masked; empty where the instance has written nothing. */
  | { readonly kind: 'read'; readonly lines: readonly string[] }
  /** `message` is the error of AWS. */
  | { readonly kind: 'denied' | 'unavailable'; readonly message: string };

/** EC2 keeps the last 64 KB. Source: GetConsoleOutput in the EC2 API reference. */
const MAX_CONSOLE_BYTES = 64 * 1024;
const MAX_CONSOLE_LINES = 1_000;
const MAX_CONSOLE_LINE_LENGTH = 400;
/** Colours and cursor movements of a terminal: ECMA-48 control sequences. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const CONTROL_SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]/g;

/** A console as it can be printed: the last lines, without empty ones at the end, secrets masked. */
export function toConsoleLines(text: string): readonly string[] {
  const kept = text.slice(-MAX_CONSOLE_BYTES).split(/\r\n|\n|\r/);
  // A full console may begin within a secret, of which the rest would not be found.
  const whole = text.length < MAX_CONSOLE_BYTES ? kept : kept.slice(1);
  const lines = whole
    .slice(-MAX_CONSOLE_LINES)
    .map((line) => replaceUnprintable(line.replace(CONTROL_SEQUENCE, '')).trimEnd());
  const end = lines.findLastIndex((line) => line !== '');
  return maskSecrets(lines.slice(0, end + 1));
}

/** The console as it can be kept, once all secrets are masked: of one that is cut, the rest would not be found. */
export function cutConsole(console: ServerConsole): ServerConsole {
  if (console.kind !== 'read') return console;
  return { ...console, lines: console.lines.map((line) => limitLength(line, MAX_CONSOLE_LINE_LENGTH)) };
}

/** In place of a secret. */
const MASK = '[masked]';
const KEY_BLOCK_START = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const KEY_BLOCK_END = /-----END [A-Z ]*PRIVATE KEY-----/;
const SECRET_NAME = '(?:token|secret|passw(?:or)?d|encrypt|credential|api[-_]?key|access[-_]?key|authorization)';
/** `acl_token = "…"`, `"encrypt": "…"`, `CONSUL_HTTP_TOKEN=…`, `X-Consul-Token: …`, `Authorization: Bearer …`. */
const NAMED_SECRET = new RegExp(
  `([\\w.-]{0,64}${SECRET_NAME}[\\w.-]{0,64}["']?\\s{0,64}[:=]\\s{0,64}(?:bearer |basic )?["']?)([^\\s"',;]{3,})`,
  'gi',
);
/** Flags: `-encrypt KEY`, `--token KEY`. */
const SECRET_FLAG = new RegExp(`(\\s--?(?:[a-z-]{0,32})${SECRET_NAME}\\s{1,4})([^\\s"'-][^\\s"']{2,})`, 'gi');
/** Every token of Consul's ACLs is one, whatever it is called: `agent = "…"`, `SecretID:         …`. */
const ASSIGNED_UUID = /([:=]\s{0,64}["'[]{0,2}\s?)[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi;
/** Ids of access keys. Source: "Understanding unique ID prefixes" in the IAM user guide. */
const ACCESS_KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g;
/** What a credential in a URL stands between. */
const URL_SECRET = /(\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s:/@]{0,64}:)([^\s@/]{1,256})(?=@)/gi;

/** Masks what looks like a secret by its name or its form; a secret that says neither stays. */
function maskSecrets(lines: readonly string[]): readonly string[] {
  const edge = lines.find((line) => KEY_BLOCK_START.test(line) || KEY_BLOCK_END.test(line)) ?? '';
  // The console may begin within a key: then the first edge ends one.
  let isInKey = KEY_BLOCK_END.test(edge) && !KEY_BLOCK_START.test(edge);
  return lines.map((line) => {
    const starts = KEY_BLOCK_START.test(line);
    const wasInKey = isInKey;
    isInKey = (isInKey || starts) && !KEY_BLOCK_END.test(line);
    if (wasInKey || starts) return MASK;
    return line
      .replace(URL_SECRET, `$1${MASK}`)
      .replace(NAMED_SECRET, `$1${MASK}`)
      .replace(ASSIGNED_UUID, `$1${MASK}`)
      .replace(SECRET_FLAG, `$1${MASK}`)
      .replace(ACCESS_KEY_ID, MASK);
  });
}

/** The lines with these values masked: secrets that this process knows. */
export function maskValues(lines: readonly string[], secrets: readonly string[]): readonly string[] {
  const known = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  return lines.map((line) => known.reduce((text, secret) => text.replaceAll(secret, MASK), line));
}

/** Keys and tokens of one piece: base64, hexadecimal, or letters and digits; no word of a sentence has as many. */
const BARE_SECRET = /^(?=.*\d)[A-Za-z0-9+/_]{22,}={0,2}$/;

/** A text that stands by itself, such as a key of a file; masked where it has the form of a secret, or holds one. */
export function maskText(text: string): string {
  const line = `: ${replaceUnprintable(text)}`;
  return BARE_SECRET.test(text) || maskSecrets([line])[0] !== line ? MASK : text;
}

/** A shorter one would be found in words. */
const MIN_SECRET_LENGTH = 8;
