import { BOOTSTRAP_GUARD, type BootstrapSetting } from '../../model/boot-script.js';
import { unpackUserData } from './user-data.js';

/** A place in a boot script that sets how many servers bootstrap: the number, or `computed`. */
interface Mention {
  readonly value: number | 'computed';
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
  const texts = unpackUserData(userData);
  if (texts === undefined) return { kind: 'unreadable', why: 'it is not text, or larger than 1 MiB' };
  const guarded = texts.map(withoutGuard);
  const mentions = guarded.flatMap(({ text }) => findMentions(text));
  const computed = mentions.find(({ value }) => value === 'computed');
  if (computed !== undefined) {
    const fromGroup = texts.some((text) => /\brun-consul\b|describe-auto-scaling-groups|DesiredCapacity/.test(text));
    return { kind: 'computed', fromGroup, where: computed.where };
  }
  const constants = mentions.map(({ value }) => Number(value));
  const least = Math.min(...constants.filter((value) => value > 0));
  const where = mentions.find(({ value }) => value === least)?.where;
  if (guarded.some(({ isGuarded }) => isGuarded)) return { kind: 'guarded' };
  if (where !== undefined) return { kind: 'constant', least, where };
  return mentions.length === 0 ? { kind: 'none' } : { kind: 'constant', least: 0, where: mentions[0]?.where ?? '' };
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
const EXPECT = /(?<!\$\{?\w*)bootstrap[_-]expect(?!\w)/gi;
/** `-bootstrap`, and `bootstrap` as a key: `"bootstrap": true`. */
const BOOTSTRAP = /(?<![\w-])--?bootstrap(?![\w-])|(?<![\w$\-{])bootstrap(?=\\?["']?\s*[:=])/gi;
/** HashiCorp's script of that name computes bootstrap_expect unless it is told to write no configuration. */
const RUN_CONSUL = /\brun-consul\b(?:[^\n]|\\\n)*?--server\b(?:[^\n\\]|\\\n|\\.)*/g;
/** What follows the name: quotes, a sign, and the value with its quotes. */
const ASSIGNED = /^\\?["']?\s*[:=]\s*\\?["']?([^\s"'\\,;})\]|&]*)/;
const ARGUMENT = /^[\s=]+["']?([^\s"'\\,;})\]|&]*)/;
/** Lines that only say something. */
const SILENT_LINE = /^\s*(#|\/\/|(echo|log\w*|logger)\b[^>|]*$)/;

function findMentions(text: string): readonly Mention[] {
  const lines = text.split('\n').map((line) => (SILENT_LINE.test(line) ? '' : line));
  const found = lines.flatMap((line, n) =>
    findInLine(line, text).map((value) => ({ value, where: `line ${n + 1} of the user data` })),
  );
  const calls = [...lines.join('\n').matchAll(RUN_CONSUL)].filter(([call]) => !call.includes('--skip-consul-config'));
  return [
    ...found,
    ...calls.map(() => ({ value: 'computed', where: 'run-consul --server in the user data' }) as const),
  ];
}

function findInLine(line: string, text: string): readonly Mention['value'][] {
  const expected = [...line.matchAll(EXPECT)].flatMap(({ 0: name, index }): readonly Mention['value'][] => {
    const rest = line.slice(index + name.length);
    const isFlag = line[index - 1] === '-';
    const value = (ASSIGNED.exec(rest) ?? (isFlag ? ARGUMENT.exec(rest) : null))?.[1];
    // An empty value is that of a variable that gets its value elsewhere.
    return value === '' && !rest.includes('\\"') ? [] : resolveNumber(value, text);
  });
  const alone = [...line.matchAll(BOOTSTRAP)].map(({ 0: name, index }): Mention['value'] => {
    const value = ASSIGNED.exec(line.slice(index + name.length))?.[1] ?? 'true';
    return value === 'true' ? 1 : value === 'false' ? 0 : 'computed';
  });
  return [...expected, ...alone];
}

/** The constant itself, or those that the script assigns to the variable. */
function resolveNumber(value: string | undefined, text: string): readonly Mention['value'][] {
  if (value !== undefined && /^\d+$/.test(value)) return [Number(value)];
  const variable = /^\$\{?(\w+)\}?$/.exec(value ?? '')?.[1];
  if (variable === undefined) return ['computed'];
  const isSetOtherwise = new RegExp(
    `\\b(read|mapfile|let)\\b[^\\n]*\\b${variable}\\b|\\b(for|printf -v)\\s+${variable}\\b|\\b${variable}(\\+=|\\[)`,
  );
  const assigned = [...text.matchAll(new RegExp(`(?<![\\w$-])${variable}=["']?([^\\s"';&|]*)`, 'g'))];
  const values = assigned.map(([, one = '']) => (/^\d+$/.test(one) ? Number(one) : ('computed' as const)));
  return values.length === 0 || isSetOtherwise.test(text) ? ['computed'] : values;
}
