import { z } from 'zod/mini';
import { RollError } from './lib/errors.js';

/** What `--json` prints of an error, as far as it takes to throw it again. */
const documentSchema = z.object({
  exitCode: z.number(),
  error: z.object({ code: z.string(), message: z.string(), state: z.string(), next: z.string() }),
});

/** The error that another process of this program has written as JSON. */
export function errorFrom(document: unknown): Error {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return new Error(`Not understood: ${JSON.stringify(document)}`);
  const { exitCode, error } = parsed.data;
  return new RollError({ ...error, exitCode });
}
