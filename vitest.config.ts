import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/helpers/longest-first.js';
import { replaceableFunctions } from './test/helpers/replaceable-functions.js';

/** Rolls over HTTP, on processes and against real programs: each file has the modules for itself. */
const INTEGRATION = ['test/{contract,integration,sandbox,security,browser}/**/*.test.ts'];
/** Whole rolls by the hundred: seconds a file. */
const SIMULATION = [
  'test/simulation/**/*.test.ts',
  'test/unit/{run/scaled-at-any-step,run/launch-sources,watch/watch}.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    // The long ones wait for Consul more than they compute.
    maxWorkers: 4,
    testTimeout: 20_000,
    // The SDK says at every start that Node 20 is old; bin/run.js silences it the same way.
    // A real aws takes a second of processor time at every boot; the test that is about it takes this back.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', CONSUL_ROLL_SANDBOX_AWS: 'shim' },
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/helpers/closing-line.ts'],
    projects: [
      // Processes and whole rolls: on a busy machine they take three times as long as on an idle one.
      { extends: true, test: { name: 'integration', include: INTEGRATION, testTimeout: 60_000 } },
      // Half the time of the others would go into loading the same modules for every file.
      {
        extends: true,
        plugins: [replaceableFunctions()],
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...INTEGRATION, ...SIMULATION],
          isolate: false,
        },
      },
      {
        extends: true,
        plugins: [replaceableFunctions()],
        test: { name: 'simulation', include: SIMULATION, isolate: false },
      },
    ],
  },
});
