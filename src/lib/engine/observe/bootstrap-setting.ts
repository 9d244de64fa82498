import type { BootstrapSetting } from '../../model/boot-script.js';
import { BOOTSTRAP_GUARD } from './bootstrap-guard.js';
import { findUnreadLines, maySetVariables } from './unread-parts.js';
import { unpackUserData } from './user-data.js';

/** A place in a boot script that sets how many servers bootstrap: the number, `group` for its size, or `computed`. */
interface Mention {
  readonly value: number | 'group' | 'computed';
  readonly where: string;
}

/**
 * What user data says of `bootstrap_expect` and its kin. It reads and does not run it: anything but a constant counts as
 * computed at boot. The text itself is never shown, as it may contain secrets.
 *
 * @param userData base64
 */
export function findBootstrapSetting(userData: string | undefined): BootstrapSetting {
  if (userData === undefined || userData === '') return { kind: 'none' };
  const unpacked = unpackUserData(userData);
  if (unpacked === undefined) return { kind: 'unreadable', why: 'it is not text, or larger than 1 MiB' };
  const { texts, isWhole } = unpacked;
  const unread = texts.flatMap(findUnreadLines).map(formatPlace);
  if (!isWhole) unread.push('what is encoded too often in the user data');
  return { ...findInTexts(texts), ...(unread.length > 0 && { unread }) };
}

function findInTexts(texts: readonly string[]): BootstrapSetting {
  const guarded = texts.map(withoutGuard);
  const mentions = guarded.flatMap(({ text }) => findMentions(text));
  const computed =
    mentions.find(({ value }) => value === 'computed') ?? mentions.find(({ value }) => value === 'group');
  if (computed !== undefined) {
    const fromGroup = mentions.every(({ value }) => value === 'group' || value === 0);
    return { kind: 'computed', fromGroup, where: computed.where };
  }
  const constants = mentions.map(({ value }) => Number(value));
  const least = Math.min(...constants.filter((value) => value > 0));
  const where = mentions.find(({ value }) => value === least)?.where;
  if (guarded.some(({ isGuarded }) => isGuarded)) return { kind: 'guarded' };
  if (where !== undefined) return { kind: 'constant', least, where };
  return mentions.length === 0 ? { kind: 'none' } : { kind: 'constant', least: 0, where: mentions[0]?.where ?? '' };
}

function formatPlace(line: number): string {
  return `line ${line} of the user data`;
}

/**
 * The guard of our own boot script, word for word, protects only what is set before it: after it the variable must not
 * be set again, and nothing but the variable may be written into a configuration.
 */
function withoutGuard(text: string): { readonly text: string; readonly isGuarded: boolean } {
  const [before = '', after, more] = text.split(BOOTSTRAP_GUARD);
  if (after === undefined || more !== undefined) return { text, isGuarded: false };
  const written = after.replaceAll('"bootstrap_expect": $bootstrap_expect', '');
  const isGuarded = findMentions(written).length === 0 && /^bootstrap_expect=\d+$/m.test(before);
  return { text: isGuarded ? before : text, isGuarded };
}

/** `bootstrap_expect`, `-bootstrap-expect`, `BOOTSTRAP_EXPECT`, but not a variable of that name that is used. */
const EXPECT = /(?<!\$\{?\w*)bootstrap[_-]?expect(?!\w)/gi;
/** `-bootstrap`, and `bootstrap` as a key: `"bootstrap": true`. */
const BOOTSTRAP = /(?<![\w-])--?bootstrap(?![\w-])|(?<![\w$\-{])bootstrap(?=\\?["']?\s*[:=])/gi;
/**
 * HashiCorp's script of that name sets bootstrap_expect to the size of the group, unless it starts a client or is told to
 * write no configuration.
 */
const RUN_CONSUL = /\brun-consul\b(?!.*--(?:client|skip-consul-config)\b)/;
/** Commands that only handle the file. */
const HANDLES_FILE =
  /^\s*(?:if\s|sudo\s)*\s*(?:\[|-?\s*path:|(?:cat|chmod|chown|cp|curl|install|ln|mv|rm|test|wget)\s)/;
/** What follows the name: quotes, a sign, and the value with its quotes. */
const ASSIGNED = /^\\?["']?\s*(?:=>|[:=])\s*\\?["']?([^\s"'\\,;})\]|&]*)/;
const ARGUMENT = /^["']?[\s=,]+["']?([^\s"'\\,;})\]|&]*)/;
/** In JSON and YAML the value may be in the next line. */
const VALUE_FOLLOWS = /bootstrap(?:[_-]?expect)?\\?["']?\s*:\s*$/i;
const COMMENT = /^\s*(#|\/\/)/;
/** Lines that only say something, as far as they show: what a group of them says may still be written into a file. */
const SAID = /^\s*(echo|log\w*|logger)\b[^>|]*$/;
const SAYS_VALUE = /\bbootstrap([_-]expect)?\b.*[=:\d]|-bootstrap/i;
/** The size of a named group, and nothing made of it: by a query of the AWS CLI, or by jq. */
const GROUP_SIZE =
  /^aws\s[^|;&`]*\bdescribe-auto-scaling-groups\s[^|;&`]*--auto-scaling-group-names?\b[^|;&`]*?(?:\s--query[\s=]+|\|\s*jq\s+(?:-\S+\s+)*)(["']?)[\w.[\]*]*\.DesiredCapacity\1(?:\s[^|;&`]*)?$/;

/** What sets nothing: the pattern of a test, of a deletion (`/…/d`, `del(…)`), and a comment after a command. */
const SETS_NOTHING: readonly RegExp[] = [
  /\b[ef]?grep(?:\s+-\S+)*\s+(?:"[^"\n]*"|'[^'\n]*'|\S+)/g,
  /\/[^/\n]{0,200}\bbootstrap[^/\n]{0,200}\/[dD](?![\w/])/g,
  /\bdel\([^()\n]*\)/g,
  /(?<=\s)#\s[^"'\n]{0,400}$/g,
];

function findMentions(text: string): readonly Mention[] {
  const isSilent = (line: string) => COMMENT.test(line) || (SAID.test(line) && !SAYS_VALUE.test(line));
  const withoutReaders = (line: string) => SETS_NOTHING.reduce((rest, pattern) => rest.replace(pattern, ''), line);
  const lines = text.split('\n').map((line) => (isSilent(line) ? '' : withoutReaders(line)));
  const found = lines.flatMap((line, n) => {
    const next = VALUE_FOLLOWS.test(line) ? lines.slice(n + 1).find((one) => one.trim() !== '') : undefined;
    const whole = next === undefined ? line : `${line.trimEnd()} ${next.trim()}`;
    return findInLine(whole, text).map((value) => ({ value, where: formatPlace(n + 1) }));
  });
  const commands = lines
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split(/[\n;&|]+/);
  const calls = commands.filter((command) => RUN_CONSUL.test(command) && !HANDLES_FILE.test(command));
  return [...found, ...calls.map(() => ({ value: 'group', where: 'run-consul in the user data' }) as const)];
}

function findInLine(line: string, text: string): readonly Mention['value'][] {
  const expected = [...line.matchAll(EXPECT)].flatMap(({ 0: name, index }): readonly Mention['value'][] => {
    const rest = line.slice(index + name.length);
    const isFlag = line[index - 1] === '-';
    const value = (ASSIGNED.exec(rest) ?? (isFlag ? ARGUMENT.exec(rest) : null))?.[1];
    // An empty value is that of a variable that gets its value elsewhere.
    return value === '' && !rest.includes('\\"') ? [] : resolveNumber(value, text);
  });
  const alone = [...line.matchAll(BOOTSTRAP)].flatMap(({ 0: name, index }): Mention['value'] | [] => {
    const value = ASSIGNED.exec(line.slice(index + name.length))?.[1] ?? 'true';
    // Any other word follows a colon in a sentence: `bootstrap: begins`.
    if (/^[A-Za-z]+$/.test(value) && !/^(?:true|false|yes|no|on|off)$/i.test(value)) return [];
    return value === 'true' ? 1 : value === 'false' ? 0 : 'computed';
  });
  return [...expected, ...alone];
}

/**
 * The constant itself, or those that the script assigns to the variable, or uses where nothing does. What the script runs
 * without having it may assign any.
 */
function resolveNumber(value: string | undefined, text: string): readonly Mention['value'][] {
  if (value !== undefined && /^\d+$/.test(value)) return [isEditedLater(value, text) ? 'computed' : Number(value)];
  const [, variable, unlessSet] = /^\$(?:\{(?=[^{]*$))?(\w+)(?::?-(\d+))?$/.exec(value ?? '') ?? [];
  if (variable === undefined) return ['computed'];
  const isSetOtherwise = new RegExp(
    `\\b(read|mapfile|let|getopts)\\b[^\\n]*\\b${variable}\\b|\\b(for|printf -v)\\s+${variable}\\b|\\b${variable}(\\+=|\\[)|` +
      `\\(\\([^)\\n]{0,200}\\b${variable}\\s*([-+*/%]?=|--|\\+\\+)`,
  );
  const joined = text.replaceAll('\\\n', ' ');
  const assigned = [...joined.matchAll(new RegExp(`(?<![\\w$-])${variable}=["']?([^\\s"';&|]*)`, 'g'))];
  const values = assigned.map(({ 0: all, 1: one = '', index }): Mention['value'] => {
    if (/^\d+$/.test(one)) return Number(one);
    return isGroupSize(joined.slice(index + all.length - one.length)) ? 'group' : 'computed';
  });
  // `${n:=1}` assigns where nothing else has.
  const defaults = [...joined.matchAll(new RegExp(`\\$\\{${variable}:?=["']?([^}"']*)`, 'g'))];
  const others = defaults.map(([, one = '']): Mention['value'] => (/^\d+$/.test(one) ? Number(one) : 'computed'));
  if (unlessSet !== undefined) others.push(Number(unlessSet));
  const isKnown = values.length > 0 || unlessSet !== undefined;
  return isKnown && !isSetOtherwise.test(text) && !maySetVariables(text)
    ? [...values, ...others]
    : ['computed', ...others];
}

/** A substitution in a file that replaces the number, but not one that is a part of another, as of an address. */
function isEditedLater(value: string, text: string): boolean {
  const edits = text.match(/\b(?:sed|perl)\s[^\n]{0,400}/g) ?? [];
  const rewriting = edits.filter((edit) => /\s(?:-[a-zA-Z]*i|--in-place)/.test(edit));
  const replaced = rewriting.flatMap((edit) =>
    [...edit.matchAll(/\bs([/|#,@])((?:(?!\1).){0,200})\1/g)].map(([, , from = '']) => from),
  );
  return replaced.some((from) => new RegExp(`(?<![\\w.])${value}(?![\\w.])|\\\\d|\\[0-9`).test(from));
}

/** Whether what is assigned is one command, in a substitution that nothing follows, that reads the size of a group. */
function isGroupSize(assigned: string): boolean {
  const command = /^\$\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)["']?\s*(?:$|[\n;])/.exec(assigned)?.[1];
  return command !== undefined && GROUP_SIZE.test(command.trim());
}
