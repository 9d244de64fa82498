import type { Examination } from '../../src/lib/model/doctor.js';

/** One check of every verdict. */
export const examination: Examination = {
  cluster: 'consul',
  group: 'consul',
  imageId: 'ami-1',
  imageAsked: false,
  servers: 3,
  findings: [
    { check: 'image exists', verdict: 'pass', saw: 'ami-1 consul-v2', remedy: undefined },
    {
      check: 'health check proves something',
      verdict: 'warn',
      saw: 'HTTP:8500/v1/status/leader of load balancer consul passes on a server in no cluster',
      remedy: 'have it ask /v1/catalog/nodes?stale, see docs/health-check.md',
    },
    { check: 'lock is free', verdict: 'fail', saw: 'ada holds it', remedy: 'see what they do' },
  ],
};
