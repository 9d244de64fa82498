import * as z from 'zod/mini';

const list = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((value) => (typeof value === 'string' ? [value] : value)),
);
/** `ForAllValues:StringLike`, `BoolIfExists`, `Null`: a quantifier, what is compared, and what a missing key means. */
const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?(StringEquals|StringLike|ArnEquals|ArnLike|Bool)(IfExists)?$|^Null$/;
const statement = z
  .strictObject({
    Sid: z.optional(z.string()),
    Effect: z.enum(['Allow', 'Deny']),
    Action: list,
    Resource: z.optional(list),
    NotResource: z.optional(list),
    Condition: z.optional(z.record(z.string().check(z.regex(OPERATOR)), z.record(z.string(), list))),
  })
  .check(z.refine(({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined)));

/** The part of IAM's policy language that the sandbox enforces; anything else is refused. */
export const policySchema = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.pipe(
    z.union([statement, z.array(statement)]),
    z.transform((value) => (Array.isArray(value) ? value : [value])),
  ),
});

/** A policy as the sandbox enforces it. */
export type Policy = z.infer<typeof policySchema>;
type Statement = Policy['Statement'][number];

/** One permission that a request needs; some requests need several. */
export interface AuthorizationRequest {
  readonly action: string;
  /** Its ARN, or `*` where the action has no resource. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** Condition keys as the request has them, of one value or of several. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** What a policy says: a statement that denies beats every one that allows. */
export type AuthorizationResult = 'allowed' | 'denied' | 'not allowed';

export function evaluatePolicy({ Statement: statements }: Policy, question: AuthorizationRequest): AuthorizationResult {
  const fitting = statements.filter((one) => fits(one, question));
  if (fitting.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return fitting.length > 0 ? 'allowed' : 'not allowed';
}

function fits({ Action, Resource, NotResource, Condition = {} }: Statement, question: AuthorizationRequest): boolean {
  const isOn = (patterns: readonly string[]) => patterns.some((pattern) => matchesPattern(pattern, question.resource));
  return (
    Action.some((pattern) => matchesPattern(pattern, question.action, 'i')) &&
    (Resource === undefined ? !isOn(NotResource ?? []) : isOn(Resource)) &&
    Object.entries(Condition).every(([operator, wanted]) =>
      Object.entries(wanted).every(([key, values]) => holds(operator, findValues(question.context, key), values)),
    )
  );
}

/** The names of condition keys, those of tags included, are not case-sensitive. */
function findValues(context: RequestContext, key: string): readonly string[] {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1] ?? [];
  return typeof found === 'string' ? [found] : found;
}

/**
 * Whether the values of a key in the request fit. A missing key fits nothing, except with IfExists and, where all values
 * must fit, because there is none that does not. Source: "Multivalued context keys" in the IAM user guide.
 */
function holds(operator: string, actual: readonly string[], wanted: readonly string[]): boolean {
  if (operator === 'Null') return wanted.includes(String(actual.length === 0));
  const [, quantifier, comparison = '', ifExists] = OPERATOR.exec(operator) ?? [];
  const fitsOne = (value: string) => wanted.some((each) => compare(comparison, each, value));
  if (actual.length === 0) return ifExists !== undefined || quantifier === 'ForAllValues';
  return quantifier === 'ForAllValues' ? actual.every(fitsOne) : actual.some(fitsOne);
}

function compare(comparison: string, wanted: string, actual: string): boolean {
  if (comparison === 'Bool') return wanted.toLowerCase() === actual.toLowerCase();
  if (comparison === 'StringEquals') return wanted.replaceAll(ESCAPED, '$1') === actual;
  return matchesPattern(wanted, actual);
}

/** `${*}`, `${?}` and `${$}` are these characters themselves. Source: policy variables in the IAM user guide. */
const ESCAPED = /\$\{([$*?])\}/g;

/** `*` is any text, `?` any character. */
export function matchesPattern(pattern: string, text: string, flags = ''): boolean {
  const parts = pattern.split(/(\$\{[$*?]\}|\*|\?)/).map((part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.replaceAll(ESCAPED, '$1').replace(/[.*?+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, `s${flags}`).test(text);
}
