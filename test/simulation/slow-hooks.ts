import type { Hooks } from '../../src/lib/ports.js';
import type { SimulatedEnvironment } from './environment.js';
import type { Scenario } from './scenario.js';

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
        signal.addEventListener('abort', () => resolve({ kind: 'cut-short' }));
        environment.after(forMs, () => resolve(fail ? { kind: 'failed', exitCode: 1 } : { kind: 'passed' }));
      }),
  };
}
