import type { DoctorReport } from '../../src/lib/model/doctor.js';

/** One check of every verdict. */
export const sampleReport: DoctorReport = {
  cluster: 'consul',
  group: 'consul',
  imageId: 'ami-1',
  isImageGiven: false,
  servers: 3,
  results: [
    { check: 'image exists', status: 'pass', observed: 'ami-1 consul-v2', remedy: undefined },
    {
      check: 'health check proves something',
      status: 'warn',
      observed: 'HTTP:8500/v1/status/leader of load balancer consul passes on a server in no cluster',
      remedy: 'have it ask /v1/catalog/nodes?stale, see docs/health-check.md',
    },
    { check: 'lock is free', status: 'fail', observed: 'ada holds it', remedy: 'see what they do' },
  ],
};
