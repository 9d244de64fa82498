import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Ends every run with what was left out, and the one line that people and CI read: `N passed, N failed`. */
export default class ClosingLine implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      if (module.errors().length > 0) count.failed += 1;
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    // With -t all others are skipped.
    const isChosen = this.#vitest?.config.testNamePattern !== undefined;
    const leftOut = isChosen ? [] : modules.flatMap(describeSkipped);
    // After the default reporter's own summary, which is written in the same turn.
    setImmediate(() =>
      process.stdout.write(`${leftOut.join('')}\n${count.passed} passed, ${count.failed} failed${skipped}\n`),
    );
  }
}

/** What this machine cannot show, such as containment without `bwrap`, must not look like shown. */
function describeSkipped({ relativeModuleId, children }: TestModule): string[] {
  const skipped = [...children.allTests('skipped')];
  if (skipped.length === 0) return [];
  return [`\n*** SKIPPED in ${relativeModuleId}: ${skipped.length}, such as "${skipped[0]?.fullName}" ***`];
}
