import type { LifecycleHook } from '@aws-sdk/client-auto-scaling';
import { MAX_HOOK_MS } from '../delays.js';
import type { GroupRecord, Member } from '../records.js';
import { type AwsState, scheduleAfterMs } from '../state.js';

/** The two transitions that a hook can hold an instance in. */
export type Transition = 'autoscaling:EC2_INSTANCE_LAUNCHING' | 'autoscaling:EC2_INSTANCE_TERMINATING';

/** What follows when a hook lets go. */
interface Ways {
  readonly proceed: () => void;
  readonly abandon: () => void;
}

const hourS = 3_600;

/** Holds an instance for each hook of the transition in turn, then proceeds; without hooks at once. */
export function holdMember(
  state: AwsState,
  group: GroupRecord,
  member: Member,
  transition: Transition,
  ways: Ways,
): void {
  const hooks = [...group.hooks.values()].filter((hook) => hook.LifecycleTransition === transition);
  if (hooks.length === 0 || group.deleting) {
    ways.proceed();
    return;
  }
  const launching = transition === 'autoscaling:EC2_INSTANCE_LAUNCHING';
  member.lifecycle = launching ? 'Pending:Wait' : 'Terminating:Wait';
  holdInTurn(state, member, hooks, state.nowMs + MAX_HOOK_MS, ways);
}

function holdInTurn(state: AwsState, member: Member, hooks: readonly LifecycleHook[], endMs: number, ways: Ways): void {
  const [hook, ...rest] = hooks;
  if (hook === undefined) {
    ways.proceed();
    return;
  }
  const proceed = () => {
    releaseHold(member);
    holdInTurn(state, member, rest, endMs, ways);
  };
  const abandon = () => {
    releaseHold(member);
    ways.abandon();
  };
  const byDefault = hook.DefaultResult === 'CONTINUE' ? proceed : abandon;
  const timeoutMs = (hook.HeartbeatTimeout ?? hourS) * 1_000;
  member.hold = {
    hookName: hook.LifecycleHookName ?? '',
    token: state.ids.uuid(),
    proceed,
    abandon,
    timeout: scheduleAfterMs(state, Math.min(timeoutMs, endMs - state.nowMs), byDefault),
  };
}

/** Lets go of an instance without saying how it went on. */
export function releaseHold(member: Member): void {
  if (member.hold !== undefined) member.hold.timeout.cancelled = true;
  member.hold = undefined;
}
