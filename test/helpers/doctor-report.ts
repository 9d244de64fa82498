import type { CheckResult, DoctorReport } from '../../src/lib/model/check.js';

export function buildFailedCheck(subject: string, observed: string, remedy: string): CheckResult {
  return { id: `${subject.replaceAll(' ', '-')}-check`, subject, status: 'fail', observed, remedy };
}

/** A result of each status but `skip`. */
export const sampleReport: DoctorReport = {
  cluster: 'consul',
  group: 'consul',
  imageId: 'ami-1',
  isImageGiven: false,
  servers: 3,
  results: [
    { id: 'image-exists', subject: 'image', status: 'pass', observed: 'ami-1 consul-v2', remedy: undefined },
    {
      id: 'health-check-verifies-consul',
      subject: 'health check',
      status: 'warn',
      observed: 'HTTP:8500/v1/status/leader of load balancer consul passes on a server that is in no cluster',
      remedy: 'change its path to /v1/catalog/nodes?stale (docs/health-check.md)',
    },
    { id: 'lock-available', subject: 'lock', status: 'fail', observed: 'ada holds it', remedy: 'see what they do' },
  ],
};
