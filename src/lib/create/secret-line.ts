/** A line of a script that holds a secret, counted from 1, and what gave it away; the secret itself is not quoted. */
export interface SecretLine {
  readonly line: number;
  readonly what: string;
}

/** A value that stands there, and not a variable or a command that fetches it. */
const VALUE = `["']?[A-Za-z0-9+/_=-]{12,}`;
const ASSIGNED = String.raw`["']?\s*[:=]\s*`;

const SECRETS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an AWS access key', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['an AWS secret key', new RegExp(`secret_access_key${ASSIGNED}${VALUE}`, 'i')],
  ['a gossip key', new RegExp(`\\bencrypt(_key)?${ASSIGNED}${VALUE}`, 'i')],
  ['a gossip key', new RegExp(`-encrypt[= ]${VALUE}`)],
  ['a token', new RegExp(`\\b\\w*(token|tokens\\.\\w+)${ASSIGNED}["']?[0-9a-f]{8}-[0-9a-f-]{27}`, 'i')],
  [
    'a token',
    /["']?(agent|default|initial_management|master|replication)["']?\s*[:=]\s*["']?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i,
  ],
  ['a password', new RegExp(`\\b\\w*(password|passwd)${ASSIGNED}${VALUE}`, 'i')],
];

/** The first line that holds a secret. It finds what looks like one; it proves nothing about the rest. */
export function secretLine(script: string): SecretLine | undefined {
  for (const [index, text] of script.split('\n').entries()) {
    const found = SECRETS.find(([, form]) => form.test(text));
    if (found !== undefined) return { line: index + 1, what: found[0] };
  }
  return undefined;
}
