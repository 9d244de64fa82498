import { AwsFault } from './fault.js';

/** One page of a list, and the token of the next one when there is more. */
export interface Page<T> {
  readonly items: T[];
  readonly nextToken: string | undefined;
}

/** How many items a page holds when the caller does not say, and at most. */
export interface PageLimits {
  readonly defaultSize: number;
  readonly maxSize: number;
}

const tokenForm = /^page-(\d+)$/;

/**
 * The page that a token points to.
 *
 * @param invalidTokenCode the error code of the service for a token it did not give out
 * @throws AwsFault with that code
 */
export function getPage<T>(
  all: readonly T[],
  token: string | undefined,
  size: number | undefined,
  limits: PageLimits,
  invalidTokenCode = 'InvalidNextToken',
): Page<T> {
  const start = token === undefined || token === '' ? 0 : startOf(token, invalidTokenCode);
  const end = start + Math.min(size ?? limits.defaultSize, limits.maxSize);
  return { items: all.slice(start, end), nextToken: end < all.length ? `page-${end}` : undefined };
}

function startOf(token: string, invalidTokenCode: string): number {
  const offset = tokenForm.exec(token)?.[1];
  if (offset === undefined) throw new AwsFault(invalidTokenCode, `The token '${token}' is invalid.`);
  return Number(offset);
}
