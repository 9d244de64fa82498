import { Flags } from '@oclif/core';
import { z } from 'zod';
import { usageError } from '../lib/config/validation.js';
import { RollError } from '../lib/model/errors.js';
import { EXIT } from '../lib/model/outcome.js';
import { head, SCHEMA_IDS, type Written } from '../lib/output/json/schemas.js';
import type { ToneLine } from '../lib/output/server-list.js';
import { balancerChoices } from '../sandbox/aws/seed-balancers.js';
import { type SandboxSummary, summarySchema } from '../sandbox/report/summary.js';
import { DEFAULT_PORT } from '../sandbox/report/summary-lines.js';
import { SandboxError, type SandboxErrorCode } from '../sandbox/sandbox-error.js';
import { RollCommand } from './base-command.js';

const EXIT_CODES: Readonly<Record<SandboxErrorCode, number>> = {
  'port-taken': EXIT.usage,
  'consul-not-found': EXIT.usage,
  'not-consul': EXIT.usage,
  'not-running': EXIT.usage,
  'no-loopback': EXIT.refused,
  'not-ready': EXIT.unexpected,
  'not-stopped': EXIT.unexpected,
  interrupted: EXIT.interrupted,
  unverified: EXIT.unexpected,
};

const FASTEST = 100;
/** Errors after which there was something to undo. */
const UNDONE: ReadonlySet<SandboxErrorCode> = new Set(['not-ready', 'interrupted']);

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
  options: balancerChoices,
  default: 'classic' as const,
})();

/**
 * The speed that a flag says.
 *
 * @throws RollError `bad-usage` for what is no number above 0 and up to 100.
 */
export function speedFrom(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && speed > 0 && speed <= FASTEST) return speed;
  throw usageError(
    `--speed ${text} is no number above 0 and up to ${FASTEST}.`,
    'leave it out, or try --speed 4',
  );
}

/** What the commands that run a sandbox share: its errors as errors a person can act on. */
export abstract class SandboxCommand extends RollCommand {
  static override baseFlags = RollCommand.bareFlags;
  protected override asKnown(error: Error): RollError {
    if (!(error instanceof SandboxError)) return super.asKnown(error);
    const { code, message, next } = error;
    const state = UNDONE.has(code) ? 'Nothing of it is left running.' : undefined;
    return new RollError({ code, message, next, exitCode: EXIT_CODES[code], state, cause: error });
  }
}

/** Lines without a tone of their own. */
export function plain(texts: readonly string[]): ToneLine[] {
  return texts.map((text) => ({ text, tone: 'plain' }));
}

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
