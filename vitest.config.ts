import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // The long ones wait for Consul more than they compute.
    maxWorkers: 4,
    testTimeout: 20_000,
    // The SDK says at every start that Node 20 is old; bin/run.js silences it the same way.
    // A real aws takes a second of processor time at every boot; the test that is about it takes this back.
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      CONSUL_ROLL_SANDBOX_AWS: 'stand-in',
    },
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
