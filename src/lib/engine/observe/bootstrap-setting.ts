import type { BootstrapSetting } from '../../model/boot-script.js';
import { BOOTSTRAP_GUARD } from './bootstrap-guard.js';
import { isEditedLater, listEdits } from './constant-edits.js';
import { isGroupSize } from './group-size.js';
import { joinLines, type ScriptLine } from './script-lines.js';
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
 * @param group the name of the group that launches with it, if it is known
 */
export function findBootstrapSetting(userData: string | undefined, group?: string): BootstrapSetting {
  if (userData === undefined || userData === '') return { kind: 'none' };
  const unpacked = unpackUserData(userData);
  if (unpacked === undefined) return { kind: 'unreadable', why: 'it is not text, or larger than 1 MiB' };
  const { texts, isWhole, hasArchive } = unpacked;
  const unread = texts.flatMap(findUnreadLines).map(formatPlace);
  if (!isWhole) unread.push('what is encoded too often in the user data');
  if (hasArchive) unread.push('an archive in the user data');
  return { ...findInTexts(texts, group), ...(unread.length > 0 && { unread }) };
}

function findInTexts(texts: readonly string[], group: string | undefined): BootstrapSetting {
  const guarded = texts.map(withoutGuard);
  const mentions = guarded.flatMap(({ text }) => findMentions(text, group));
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
  const isGuarded = findMentions(written, undefined).length === 0 && /^bootstrap_expect=\d+$/m.test(before);
  return { text: isGuarded ? before : text, isGuarded };
}

/** `bootstrap_expect`, `-bootstrap-expect`, `BOOTSTRAP_EXPECT`, not a variable of that name that is used; and put together. */
const EXPECT = /bootstrap[_-]?expect(?!\w)|(?<=[}"'])[_-]expect(?!\w)/gi;
const USED_VARIABLE = /\$\{?\w*$/;
/** `-bootstrap`, and `bootstrap` as a key: `"bootstrap": true`. */
const BOOTSTRAP = /(?<![\w-])--?bootstrap(?![\w-])|(?<![\w$-]|\$\{)bootstrap(?=\\?["']?\s*[:=])/gi;
/**
 * HashiCorp's script of that name sets bootstrap_expect to the size of the group, unless it starts a client or is told to
 * write no configuration.
 */
const RUN_CONSUL = /\brun-consul\b(?!.*--(?:client|skip-consul-config)\b)/;
/** Commands that only handle the file. */
const HANDLES_FILE =
  /^\s*(?:if\s|sudo\s)*\s*(?:\[|-?\s*path:|(?:cat|chmod|chown|cp|curl|install|ln|mv|rm|test|wget)\s)/;
/** What follows the name: quotes, a sign, and the value with its quotes. */
const ASSIGNED = /^\\?["']?\s*(?:=>|[:=])\s*\\?["']?([^\s"'\\,;})\]|&]*)(?!["']?\s+[-+*/%]\s)/;
const ARGUMENT = /^["']?[\s=,]+["']?([^\s"'\\,;})\]|&]*)/;
/** A shell variable that is empty at first. */
const EMPTY_VARIABLE = /^(?:\s*(?:local|readonly|export|declare)(?:\s+-\w+)*)?\s*bootstrap_?expect=(?:""|'')?$/gim;
/** The value may be in the next line. */
const VALUE_FOLLOWS = /bootstrap(?:[_-]?expect)?\\?["']?\s*(?::|=>|\s=)\s*$/i;
/** Lines that only say something, as far as they show: what a group of them says may still be written into a file. */
const SAID = /^\s*(echo|log\w*|logger)\b[^>|]*$/;
const SAYS_VALUE = /\bbootstrap([_-]expect)?\b.*[=:\d]|-bootstrap|["'}][_-]expect\b/i;

/**
 * What sets nothing: the pattern of a test, of a deletion (`/…/d`, `del(…)`), and a comment after a command; addresses;
 * reading what an agent says; a variable of the shell; the token of `acl bootstrap`; and what starts Nomad.
 */
const SETS_NOTHING: readonly RegExp[] = [
  /\b[ef]?grep(?:\s+-\S+)*\s+(?:"[^"\n]*"|'[^'\n]*'|\S+)/g,
  /\/[^/\n]{0,200}\bbootstrap[^/\n]{0,200}\/[dD](?![\w/])/g,
  /\bdel\([^()\n]*\)/g,
  /(?<=\s)#\s[^"'\n]{0,400}$/g,
  /\bhttps?:\/\/[^\s"'<>(){},;|\\]+/g,
  /\bDebugConfig\.\w+/g,
  /=~\s\S+/g,
  /^(?:\s*(?:export|local|readonly|declare)\s)?\s*BOOTSTRAP=/g,
  /(?<![\w$-])bootstrap=["']?\$\(\s*(?:sudo\s+)?(?:\S*\/)?consul acl bootstrap\b/g,
  /\bnomad\s+agent\b.*/g,
];
/** Consul has no block `server`: its key of that name is a boolean. Nomad's has a number of its own in one. */
const NOMAD_BLOCK = /(?<!function\s{1,9}|\w)\\?["']?server\\?["']?\s*[:=]?\s*$/;

function findMentions(text: string, group: string | undefined): readonly Mention[] {
  const lines = joinLines(text).map((line) => ({ ...line, text: withoutReaders(line.text) }));
  const edits = listEdits(text);
  const believe = (value: Mention['value'], line: string) =>
    typeof value === 'number' && isEditedLater(edits, line, value) ? 'computed' : value;
  const found = lines.flatMap((line, n): readonly Mention[] => {
    const next = VALUE_FOLLOWS.test(line.text) ? lines.slice(n + 1).find((one) => one.text.trim() !== '') : undefined;
    const whole = next === undefined ? line.text : `${line.text.trimEnd()} ${next.text.trim()}`;
    const where = formatPlace(line.number);
    const isNomad = (index: number) => isInNomadBlock(lines, n, index);
    return findInLine(whole, { text, group, isNomad }).map((value) => ({ value: believe(value, whole), where }));
  });
  const commands = lines
    .map((line) => line.text)
    .join('\n')
    .split(/[\n;&|]+/);
  const calls = commands.filter((command) => RUN_CONSUL.test(command) && !HANDLES_FILE.test(command));
  return [...found, ...calls.map(() => ({ value: 'group', where: 'run-consul in the user data' }) as const)];
}

function withoutReaders(line: string): string {
  if (SAID.test(line) && !SAYS_VALUE.test(line)) return '';
  return SETS_NOTHING.reduce((rest, pattern) => rest.replace(pattern, ''), line.replace(EMPTY_VARIABLE, ''));
}

/** Whether the innermost block that is open at a place is `server`. */
function isInNomadBlock(lines: readonly ScriptLine[], line: number, index: number): boolean {
  const before = [
    ...lines.slice(Math.max(0, line - 100), line).map(({ text }) => text),
    lines[line]?.text.slice(0, index),
  ];
  const text = before.join('\n').slice(-20_000);
  let closed = 0;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (text[at] === '}') closed += 1;
    if (text[at] === '{') closed -= 1;
    if (closed < 0) return NOMAD_BLOCK.test(text.slice(Math.max(0, at - 40), at));
  }
  return false;
}

interface Surroundings {
  readonly text: string;
  readonly group: string | undefined;
  readonly isNomad: (index: number) => boolean;
}

function findInLine(line: string, { text, group, isNomad }: Surroundings): readonly Mention['value'][] {
  const expected = [...line.matchAll(EXPECT)].flatMap(({ 0: name, index }): readonly Mention['value'][] => {
    if (isNomad(index) || USED_VARIABLE.test(line.slice(Math.max(0, index - 40), index))) return [];
    const rest = line.slice(index + name.length);
    const isFlag = line[index - 1] === '-';
    const value = (ASSIGNED.exec(rest) ?? (isFlag ? ARGUMENT.exec(rest) : null))?.[1];
    return resolveNumber(value, text, group);
  });
  const alone = [...line.matchAll(BOOTSTRAP)].flatMap(({ 0: name, index }): Mention['value'] | [] => {
    const rest = line.slice(index + name.length);
    const value = ASSIGNED.exec(rest)?.[1] ?? 'true';
    // Another key of YAML, with lines of text; any other word follows a colon in a sentence: `bootstrap: begins`.
    if (/^:\s*[|>]/.test(rest)) return [];
    if (/^[A-Za-z]+$/.test(value) && !/^(?:true|false|yes|no|on|off)$/i.test(value)) return [];
    return value === 'true' ? 1 : value === 'false' ? 0 : 'computed';
  });
  return [...expected, ...alone];
}

/**
 * The constant itself, or those that the script assigns to the variable, or uses where nothing does. What the script runs
 * without having it may assign any.
 */
function resolveNumber(
  value: string | undefined,
  text: string,
  group: string | undefined,
): readonly Mention['value'][] {
  if (value !== undefined && /^\d+$/.test(value)) return [Number(value)];
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
    return isGroupSize(joined.slice(index + all.length - one.length), joined, group) ? 'group' : 'computed';
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
