import { messageOf, RollError } from '../../errors.js';
import type { Permitted } from '../../model/evidence.js';
import type { Clients } from '../clients.js';
import { actionRefused, isRefusedByAws } from '../errors.js';

/** A call by which AWS tells whether it may be made, and which changes nothing if it may; undefined where there is none. */
export type Probe<Things> = (clients: Clients, things: Things) => Promise<unknown> | '' | undefined;
export type Probes<Things> = Readonly<Record<string, Probe<Things>>>;

/** Errors that AWS has only for those who may call. */
const PAST_PERMISSION = [
  'load-balancer-not-found',
  'target-group-not-found',
  'launch-configurations-refused',
  'aws-limit',
  'aws-busy',
];
/** AWS throttles bursts. */
const AT_ONCE = 6;

/** Tries each of these actions. */
export async function proveAll<Things>(
  clients: Clients,
  probes: Probes<Things>,
  actions: readonly string[],
  things: Things,
): Promise<readonly Permitted[]> {
  const found: Permitted[] = [];
  for (let start = 0; start < actions.length; start += AT_ONCE) {
    const batch = actions.slice(start, start + AT_ONCE);
    found.push(...(await Promise.all(batch.map((action) => prove(clients, probes, action, things)))));
  }
  return found;
}

/**
 * A refusal, an answer and a dry run prove something for certain. Any other error is taken to come from past the
 * permission: AWS seems to decide on a request by its action and the name of its resource,
 * `autoScalingGroup:*:autoScalingGroupName/NAME` for a group that does not exist (so its refusals of
 * CreateAutoScalingGroup say), before the service looks for that resource. It documents that nowhere.
 */
async function prove<Things>(
  clients: Clients,
  probes: Probes<Things>,
  action: string,
  things: Things,
): Promise<Permitted> {
  const asked = probes[action]?.(clients, things);
  if (!asked) return { action, allowed: undefined, why: 'cannot be tried without doing it', untried: true };
  try {
    await asked;
    return { action, allowed: true, why: undefined };
  } catch (thrown) {
    return afterRefusal(action, thrown);
  }
}

function afterRefusal(action: string, thrown: unknown): Permitted {
  if (isDryRun(thrown)) return { action, allowed: true, why: undefined };
  if (!(thrown instanceof RollError)) {
    return isRefusedByAws(thrown) ? inferred(action) : { action, allowed: undefined, why: messageOf(thrown) };
  }
  if (thrown.code !== 'access-denied') {
    return PAST_PERMISSION.includes(thrown.code)
      ? inferred(action)
      : { action, allowed: undefined, why: thrown.message };
  }
  const refused = (thrown.cause instanceof Error && actionRefused(thrown.cause)) || action;
  if (refused === action) return { action, allowed: false, why: undefined };
  return { action, allowed: undefined, why: `${refused} was refused first` };
}

function inferred(action: string): Permitted {
  return { action, allowed: true, why: undefined, inferred: true };
}

function isDryRun(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'DryRunOperation';
}
