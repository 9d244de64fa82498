import { Flags } from '@oclif/core';
import * as z from 'zod';
import { usageError } from '../lib/config/validation.js';
import { type ErrorKind, RollError } from '../lib/model/errors.js';
import { SCHEMA_IDS } from '../lib/output/json/build-parts.js';
import { buildHeader, type DocumentOfSchema, errorSchema } from '../lib/output/json/schemas.js';
import type { StyledLine } from '../lib/output/text/format.js';
import { LOAD_BALANCER_CHOICES } from '../sandbox/aws/seed-load-balancers.js';
import { DEFAULT_PORT, type SandboxSummary, summarySchema } from '../sandbox/lifecycle/summary.js';
import { SandboxError, type SandboxErrorCode } from '../sandbox/sandbox-error.js';
import { BaseCommand } from './base-command.js';
import { EXIT, findErrorKind } from './exit-codes.js';

const SANDBOX_ERROR_KINDS: Readonly<Record<SandboxErrorCode, ErrorKind>> = {
  'port-taken': 'usage',
  'consul-not-found': 'usage',
  'not-consul': 'usage',
  'bad-consul-choice': 'usage',
  'not-running': 'usage',
  'no-loopback': 'refused',
  'not-ready': 'unexpected',
  'not-stopped': 'unexpected',
  interrupted: 'interrupted',
  unverified: 'unexpected',
};

const MAX_SPEED = 100;
/** Errors after which something was undone. */
const CLEANED_UP_CODES: ReadonlySet<SandboxErrorCode> = new Set(['not-ready', 'interrupted']);

/** The port, which identifies a sandbox. */
export const portFlag = Flags.integer({
  summary: 'Port of the AWS endpoint on 127.0.0.1. It identifies the sandbox.',
  default: DEFAULT_PORT,
  min: 1,
  max: 65_535,
});

/** How fast the cloud around Consul is; see `parseSpeed`. */
export const speedFlag = Flags.string({
  summary: 'Divides the delays of AWS, and of Consul if it is simulated.',
  default: '1',
});

/** Which Consul the servers run; see `parseConsulChoice`. */
export const consulFlag = Flags.string({
  summary:
    'Consul program: its path, v1=PATH,v2=PATH for one in each image, simulated, or auto (CONSUL_BIN, then the PATH, else simulated).',
  default: 'auto',
});

/** The load balancer in front of the first cluster. */
export const loadBalancerFlag = Flags.option({
  summary: 'Load balancer in front of the cluster; both: a classic and an application one.',
  options: LOAD_BALANCER_CHOICES,
  default: 'classic' as const,
})();

/**
 * The speed given by a flag.
 *
 * @throws RollError `bad-usage` for anything but a number above 0 and up to 100.
 */
export function parseSpeed(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && speed > 0 && speed <= MAX_SPEED) return speed;
  throw usageError(
    `Invalid --speed "${text}": expected a number above 0 and up to ${MAX_SPEED}.`,
    'leave it out, or try --speed 4',
  );
}

/** What the commands that run a sandbox share: its errors as errors the operator can act on. */
export abstract class SandboxCommand extends BaseCommand {
  static override baseFlags = BaseCommand.bareFlags;
  protected override toRollError(error: Error): RollError {
    if (!(error instanceof SandboxError)) return super.toRollError(error);
    const { code, message, next } = error;
    const state = CLEANED_UP_CODES.has(code) ? 'Nothing of it is left running.' : undefined;
    return new RollError({ code, message, next, kind: SANDBOX_ERROR_KINDS[code], state, cause: error });
  }
}

/** Unstyled lines. */
export function toPlainLines(texts: readonly string[]): StyledLine[] {
  return texts.map((text) => ({ text, style: 'plain' }));
}

/** `sandbox up --json`. */
export const sandboxUpSchema = z.object({ ...buildHeader(SCHEMA_IDS['sandbox-up']), ...summarySchema.shape });

/** `sandbox down --json`. */
export const sandboxDownSchema = z.object({
  ...buildHeader(SCHEMA_IDS['sandbox-down']),
  port: z.int().describe('Port of the sandbox.'),
  pid: z.int().nullable().describe('The process that was ended; null where there was none.'),
  stopped: z.boolean().describe('Whether a sandbox was running.'),
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

/** Parses the `--json` error document of another process of this program. */
export function parseErrorDocument(document: unknown): Error {
  const parsed = errorSchema.safeParse(document);
  if (!parsed.success) return new Error(`Not an error document: ${JSON.stringify(document)}`);
  const { exitCode, error } = parsed.data;
  return new RollError({ ...error, message: error.message.split('\n'), kind: findErrorKind(exitCode) });
}
