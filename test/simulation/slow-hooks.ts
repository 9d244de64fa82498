import type { HookOutcome } from '../../src/lib/model/hook.js';
import type { Hooks } from '../../src/lib/ports.js';
import type { SimulatedEnvironment } from './environment.js';
import type { Scenario } from './scenario.js';

const TICK_MS = 250;

/** Hooks of the operator before and after each server. */
export function createSlowHooks(environment: SimulatedEnvironment, { hooks }: Scenario): Hooks | undefined {
  if (hooks === undefined) return undefined;
  const { forMs, fail } = hooks;
  const list = (['before-server', 'after-server'] as const).map((on) => {
    return { on, run: 'slow', phases: undefined, onFailure: 'stop', timeoutMs: 60_000, folder: '/' } as const;
  });
  return {
    list,
    run: (_hook, _facts, _onLine, signal) =>
      new Promise((resolve) => {
        let isOver = false;
        const end = (outcome: HookOutcome) => {
          isOver = true;
          resolve(outcome);
        };
        signal.addEventListener('abort', () => end({ kind: 'cut-short' }));
        environment.after(forMs, () => end(fail ? { kind: 'failed', exitCode: 1 } : { kind: 'passed' }));
        // Where the roll has nothing to do meanwhile, nothing else lets time pass.
        const tick = () => {
          if (isOver) return;
          environment.advanceTo(environment.nowMs + TICK_MS);
          setImmediate(tick);
        };
        setImmediate(tick);
      }),
  };
}
