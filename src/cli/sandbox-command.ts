import { Flags } from '@oclif/core';
import { z } from 'zod';
import { usageError } from '../lib/config/validation.js';
import { type ErrorKind, RollError } from '../lib/model/errors.js';
import { buildHeader, type DocumentOfSchema, SCHEMA_IDS } from '../lib/output/json/schemas.js';
import type { StyledLine } from '../lib/output/text/format.js';
import { LOAD_BALANCER_CHOICES } from '../sandbox/aws/seed-load-balancers.js';
import { DEFAULT_PORT, type SandboxSummary, summarySchema } from '../sandbox/lifecycle/summary.js';
import { SandboxError, type SandboxErrorCode } from '../sandbox/sandbox-error.js';
import { BaseCommand } from './base-command.js';
import { EXIT } from './exit-codes.js';

const SANDBOX_ERROR_KINDS: Readonly<Record<SandboxErrorCode, ErrorKind>> = {
  'port-taken': 'usage',
  'consul-not-found': 'usage',
  'not-consul': 'usage',
  'not-running': 'usage',
  'no-loopback': 'refused',
  'not-ready': 'unexpected',
  'not-stopped': 'unexpected',
  interrupted: 'interrupted',
  unverified: 'unexpected',
};

const MAX_SPEED = 100;
/** Errors after which there was something to undo. */
const CLEANED_UP_CODES: ReadonlySet<SandboxErrorCode> = new Set(['not-ready', 'interrupted']);

/** The port, by which a sandbox is known. */
export const portFlag = Flags.integer({
  summary: 'Port of the AWS endpoint on 127.0.0.1, by which the sandbox is known.',
  default: DEFAULT_PORT,
  min: 1,
  max: 65_535,
});

/** How fast the cloud around Consul is; to be read by `speedFrom`. */
export const speedFlag = Flags.string({
  summary: "What AWS's delays are divided by, and Consul's where it is simulated.",
  default: '1',
});

/** What the first cluster's clients talk to. */
export const loadBalancerFlag = Flags.option({
  summary: 'Load balancer in front of the cluster; both: a classic and an application one.',
  options: LOAD_BALANCER_CHOICES,
  default: 'classic' as const,
})();

/**
 * The speed that a flag says.
 *
 * @throws RollError `bad-usage` for what is no number above 0 and up to 100.
 */
export function parseSpeed(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && speed > 0 && speed <= MAX_SPEED) return speed;
  throw usageError(
    `--speed ${text} is no number above 0 and up to ${MAX_SPEED}.`,
    'leave it out, or try --speed 4',
  );
}

/** What the commands that run a sandbox share: its errors as errors a person can act on. */
export abstract class SandboxCommand extends BaseCommand {
  static override baseFlags = BaseCommand.bareFlags;
  protected override toRollError(error: Error): RollError {
    if (!(error instanceof SandboxError)) return super.toRollError(error);
    const { code, message, next } = error;
    const state = CLEANED_UP_CODES.has(code) ? 'Nothing of it is left running.' : undefined;
    return new RollError({ code, message, next, kind: SANDBOX_ERROR_KINDS[code], state, cause: error });
  }
}

/** Lines without a tone of their own. */
export function toPlainLines(texts: readonly string[]): StyledLine[] {
  return texts.map((text) => ({ text, style: 'plain' }));
}

/** `sandbox up --json`. */
export const sandboxUpSchema = z.object({ ...buildHeader(SCHEMA_IDS['sandbox-up']), ...summarySchema.shape });

/** `sandbox down --json`. */
export const sandboxDownSchema = z.object({
  ...buildHeader(SCHEMA_IDS['sandbox-down']),
  port: z.int().meta({ description: 'By which the sandbox was known.' }),
  pid: z.int().nullable().meta({ description: 'The process that was ended; null where there was none.' }),
  stopped: z.boolean().meta({ description: 'There was one.' }),
});

/** What was started. */
export function buildSandboxUpDocument(summary: SandboxSummary): DocumentOfSchema<typeof sandboxUpSchema> {
  return { schema: SCHEMA_IDS['sandbox-up'], exitCode: EXIT.done, ...summary };
}

/**
 * What was ended.
 *
 * @param pid undefined where no sandbox ran on that port
 */
export function buildSandboxDownDocument(
  port: number,
  pid: number | undefined,
): DocumentOfSchema<typeof sandboxDownSchema> {
  const stopped = pid !== undefined;
  return { schema: SCHEMA_IDS['sandbox-down'], exitCode: EXIT.done, port, pid: pid ?? null, stopped };
}
