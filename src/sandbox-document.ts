import { z } from 'zod';
import { EXIT } from './lib/outcomes.js';
import { type SandboxSummary, summarySchema } from './lib/sandbox/report/summary.js';
import { SCHEMA_IDS } from './lib/ui/json/schema-ids.js';
import { head, type Written } from './lib/ui/json/schemas/parts.js';

/** `sandbox up --json`. */
export const sandboxUpSchema = z.object({ ...head(SCHEMA_IDS['sandbox-up']), ...summarySchema.shape });

/** `sandbox down --json`. */
export const sandboxDownSchema = z.object({
  ...head(SCHEMA_IDS['sandbox-down']),
  port: z.int().meta({ description: 'By which the sandbox was known.' }),
  pid: z.int().nullable().meta({ description: 'The process that was ended; null where there was none.' }),
  stopped: z.boolean().meta({ description: 'There was one.' }),
});

/** What was started. */
export function sandboxUpJson(summary: SandboxSummary): Written<typeof sandboxUpSchema> {
  return { schema: SCHEMA_IDS['sandbox-up'], exitCode: EXIT.done, ...summary };
}

/**
 * What was ended.
 *
 * @param pid undefined where no sandbox ran on that port
 */
export function sandboxDownJson(port: number, pid: number | undefined): Written<typeof sandboxDownSchema> {
  const stopped = pid !== undefined;
  return { schema: SCHEMA_IDS['sandbox-down'], exitCode: EXIT.done, port, pid: pid ?? null, stopped };
}
