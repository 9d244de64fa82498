import type { SandboxSummary } from '../report/summary.js';
import { readProcessStart } from './process-mark.js';
import type { SandboxRecord } from './state-file.js';

/** What `sandbox env` and `sandbox down` will need of a sandbox that has just been started. */
export function buildRecord(summary: SandboxSummary, startedAtMs: number): SandboxRecord {
  const { pid, port, endpointUrl, region, credentials, consul } = summary;
  const loadBalancerUrl = summary.loadBalancerUrl ?? undefined;
  const mark = readProcessStart(pid) ?? '';
  return {
    pid,
    startMark: mark,
    startedAtMs,
    port,
    endpointUrl,
    region,
    credentials,
    loadBalancerUrl,
    consul,
  };
}
