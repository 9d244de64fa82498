import { decodeWords } from './user-data.js';

const COMMENT = /^\s*(#|\/\/)/;
/** Of cloud-init: the lines after it are addresses of more user data. */
const INCLUDE = /^\s*#include(-once)?(\s+https?:|\s*$)|^content-type:\s*text\/x-include/i;
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
  new RegExp(String.raw`${START}${SHELL}\s+(?:-\S+\s+)*(?:<\(|["']?\$\()`),
  /\b(?:curl|wget|aws\s+s3(?:api)?\s+(?:cp|sync|get-object)|gsutil)\b.{0,400}(?:consul\.d\b|\.hcl\b|consul\S*\.json\b|\.sh\b)/,
  new RegExp(
    String.raw`${START}(?:ansible-playbook|ansible-pull|chef-client|chef-solo|cinc-client|puppet|salt-call)\b`,
  ),
];

/** What does the same unless the text that it decodes or pipes is here. */
const UNLESS_DECODED: readonly RegExp[] = [
  /\bbase64\s+(?:\S+\s+){0,3}(?:-\w*[dD]\w*|--decode)\b|\bopenssl\s(?=.{0,200}base64).{0,400}\s-d\b|\bb64decode\b/,
  new RegExp(String.raw`\|\s*(?:sudo\s+(?:-\S+\s+)*)?${SHELL}(?!\s+-n\b)`),
];

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
