import { COMMENT } from './script-lines.js';
import { decodeWords } from './user-data.js';

/** Of cloud-init: the lines after it are addresses of more user data, or a program that reads the rest. */
const INCLUDE =
  /^\s*#include(-once)?(\s+https?:|\s*$)|^content-type:\s*text\/(?:x-include|part-handler)|^#part-handler/i;
/** Files of the operating system, which set nothing of Consul. */
const SYSTEM_FILE = String.raw`/etc/(?:os-release|lsb-release|profile|bashrc|bash\.bashrc)\b|/etc/profile\.d/|~/\.bash|/usr/lib/os-release`;
/** Where a command begins, in a script or in a list of commands. */
const START = String.raw`(?:^\s*(?:-\s+)?["']?|[;&|({]\s*["']?|\b(?:then|do|else|sudo)\s+)`;
const SHELL = String.raw`(?:\S{0,60}/)?(?:ba|da|k|z)?sh\b`;

/** What a script runs in its own shell, and that can set any variable of it. */
const IN_SAME_SHELL: readonly RegExp[] = [
  new RegExp(String.raw`${START}eval\s[^#]{0,400}[$\x60]`),
  new RegExp(String.raw`${START}(?:source|\.)\s+["']?(?!${SYSTEM_FILE})[\w/~$.<]`),
];

/** What runs or writes something that is not in the user data. */
const FROM_ELSEWHERE: readonly RegExp[] = [
  ...IN_SAME_SHELL,
  new RegExp(String.raw`${START}${SHELL}\s+(?:-\S+\s+)*(?:<\(|<<<|["']?\$)`),
  /\b(?:curl|wget|aws\s+s3(?:api)?\s+(?:cp|sync|get-object)|gsutil)\b.{0,400}(?:consul\.d\b|\.hcl\b|consul\S*\.json\b|\.sh\b)/,
  // Programs that configure, with a folder or without.
  new RegExp(
    String.raw`${START}(?:\S{0,60}/)?(?:ansible-playbook|ansible-pull|cfn-init|chef-client|chef-solo|cinc-client|consul-template|envsubst|puppet|salt-call)\b`,
  ),
  // The same as modules of cloud-init.
  /^(?:ansible|chef|puppet|salt_minion):/,
  new RegExp(String.raw`${START}git\s(?:-\S+\s+)*clone\b`),
  /\bxxd\s+(?:-\S+\s+)*-\w*r|\bgpg\s.{0,200}(?:-d|--decrypt)\b|\baws\s+s3\s+sync\b.{0,400}consul|\|\s*iex\b|\bexec\(.{0,80}urlopen/,
  // A number for the place that a file of the image keeps for it.
  /\bsed(?=.{0,200}\s(?:-\w*i|--in-place)).{0,200}\bs([/|#,@])[^/|#,@]{0,40}(?:server|count|size|expect|num)[^/|#,@]{0,40}\1.{0,200}(?:consul|\.hcl\b)/i,
  // Files and whole configurations that Ignition or cloud-init fetch.
  /\bsource["']?\s*:\s*["']?(?:https?|s3|gs|tftp|arn):/,
  // A value of a store, or of a variable that is not here, as a whole file of Consul.
  /\b(?:ssm|secretsmanager)\s+get-.{0,400}(?:>|\btee\s).{0,80}(?:consul|\.hcl\b|\.json\b)/,
];

/** What does the same unless the text that it decodes or pipes is here. */
const UNLESS_DECODED: readonly RegExp[] = [
  /\bbase64\s+(?:\S+\s+){0,3}(?:-\w*[dD]\w*|--decode)\b|\bopenssl\s(?=.{0,200}base64).{0,400}\s-d\b|\bb64decode\b/,
  new RegExp(String.raw`\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:${SHELL}|python3?|perl|ruby)(?!\s+-n\b)(?!\s+-[ce]\b)`),
];

/** A file that is written from one variable alone. */
const FROM_VARIABLE =
  /\b(?:echo|printf(?:\s+["']?%s(?:\\n)?["']?)?)\s+(?:-\w+\s+)?["']?\$\{?(\w+)\}?["']?\s*(?:>|\|\s*(?:sudo\s+)?tee\s).{0,80}(?:consul|\.hcl\b|\.json\b)/;
/** A file that is downloaded, by its name in the last place, or after `-o` and its kin. */
const DOWNLOAD =
  /\b(?:curl|wget|aws\s+s3(?:api)?\s+(?:cp|get-object))\b.{0,400}?(?:\s(?:-\w*[oO]|--output|--output-document)[\s=]+["']?(\S{1,200}?)["']?(?=\s|$)|\s["']?(\S{1,200}?)["']?\s*(?:$|[;&|]))/;

/** Numbers of the lines, from 1, that run or write what cannot be read here: fetched, computed, or put together. */
export function findUnreadLines(text: string): readonly number[] {
  const lines = text.split('\n');
  return lines.flatMap((line, n) => (isUnread(line, lines[n + 1] ?? '', text) ? [n + 1] : []));
}

/** True if the script runs in its own shell what cannot be read here: a variable may have any value after that. */
export function maySetVariables(text: string): boolean {
  return text.split('\n').some((line) => !COMMENT.test(line) && IN_SAME_SHELL.some((pattern) => pattern.test(line)));
}

function isUnread(line: string, next: string, text: string): boolean {
  if (INCLUDE.test(line)) return true;
  if (COMMENT.test(line)) return false;
  if (FROM_ELSEWHERE.some((pattern) => pattern.test(line))) return true;
  if (isRunLater(line, text) || isFetchedVariable(line, text)) return true;
  return UNLESS_DECODED.some((pattern) => pattern.test(line)) && !isDecoded(line, next, text);
}

/** The line has the base64 itself, the next one begins it, or its only variable is assigned it. */
function isDecoded(line: string, next: string, text: string): boolean {
  if (decodeWords(line).length > 0 || decodeWords(next).length > 0) return true;
  const [variable, ...others] = [...line.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
  if (variable === undefined || others.length > 0) return false;
  const assigned = [...text.matchAll(new RegExp(`(?<![\\w$])${variable}=["']?(\\S*)`, 'g'))];
  return assigned.length > 0 && assigned.every(([, word = '']) => decodeWords(word).length > 0);
}

/** What is downloaded is run as a program later, other than one that is unpacked or installed. */
function isRunLater(line: string, text: string): boolean {
  const [, named, last] = DOWNLOAD.exec(line) ?? [];
  const name = (named ?? last)
    ?.split('/')
    .at(-1)
    ?.replace(/[^\w.-]/g, '');
  if (!name || /\.(?:zip|t?gz|tar|rpm|deb|pem|crt|key|gpg|json|txt)$/.test(name)) return false;
  const path = String.raw`["']?(?:[\w.$\{}~-]*/)*${name.replaceAll('.', String.raw`\.`)}["']?`;
  return new RegExp(String.raw`${START}(?:${SHELL}\s+)?${path}(?=\s|$|[;&|])`, 'm').test(text);
}

/** The whole file is the value of a variable that the script has from a command, or from elsewhere. */
function isFetchedVariable(line: string, text: string): boolean {
  const variable = FROM_VARIABLE.exec(line)?.[1];
  if (variable === undefined) return false;
  const values = [...text.matchAll(new RegExp(`(?<![\\w$-])${variable}=["']?(.{0,40})`, 'g'))].map(
    ([, one = '']) => one,
  );
  return values.length === 0 || values.some((one) => /^(?:\$\((?!\s*cat\s*<<)|`)/.test(one));
}
