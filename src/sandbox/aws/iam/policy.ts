import { z } from 'zod/mini';

const list = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((value) => (typeof value === 'string' ? [value] : value)),
);
const OPERATORS = ['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike', 'Bool'] as const;
const statement = z.strictObject({
  Sid: z.optional(z.string()),
  Effect: z.enum(['Allow', 'Deny']),
  Action: list,
  Resource: list,
  Condition: z.optional(z.partialRecord(z.enum(OPERATORS), z.record(z.string(), list))),
});

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
  /** Condition keys as the request has them; those it does not have never match. */
  readonly context: Readonly<Record<string, string>>;
}

/** What a policy says: a statement that denies beats every one that allows. */
export type AuthorizationResult = 'allowed' | 'denied' | 'not allowed';

export function evaluatePolicy({ Statement: statements }: Policy, question: AuthorizationRequest): AuthorizationResult {
  const fitting = statements.filter((one) => fits(one, question));
  if (fitting.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return fitting.length > 0 ? 'allowed' : 'not allowed';
}

function fits({ Action, Resource, Condition = {} }: Statement, question: AuthorizationRequest): boolean {
  return (
    Action.some((pattern) => matchesPattern(pattern, question.action, 'i')) &&
    Resource.some((pattern) => matchesPattern(pattern, question.resource)) &&
    Object.entries(Condition).every(([operator, wanted = {}]) =>
      Object.entries(wanted).every(([key, values]) => holds(operator, question.context[key], values)),
    )
  );
}

function holds(operator: string, actual: string | undefined, values: readonly string[]): boolean {
  if (actual === undefined) return false;
  const exact = operator === 'StringEquals' || operator === 'Bool';
  return values.some((value) => (exact ? value === actual : matchesPattern(value, actual)));
}

/** `*` is any text, `?` any character. */
export function matchesPattern(pattern: string, text: string, flags = ''): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, `s${flags}`).test(text);
}
