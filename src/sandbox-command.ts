import { Flags } from '@oclif/core';
import { RollCommand } from './base-command.js';
import { RollError } from './lib/errors.js';
import { EXIT } from './lib/outcomes.js';
import { DEFAULT_PORT } from './lib/sandbox/report/summary-lines.js';
import { SandboxError, type SandboxErrorCode } from './lib/sandbox/sandbox-error.js';
import { balancerChoices } from './lib/sandbox/world/seed-balancers.js';
import { usageError } from './lib/settings/usage-error.js';
import type { ToneLine } from './lib/ui/server-lines.js';

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
