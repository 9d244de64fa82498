import type { SandboxSummary } from '../../src/sandbox/lifecycle/summary.js';

/** What a small sandbox says of itself. */
export const summary: SandboxSummary = {
  pid: 1,
  port: 4599,
  endpointUrl: 'http://127.0.0.1:4599',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  loadBalancerUrl: 'http://127.20.0.10:8500',
  cluster: 'consul',
  consul: { kind: 'process', version: '1.8.7' },
  servers: [
    { instanceId: 'i-0a1', address: '127.20.1.4', zone: 'eu-west-1a', imageId: 'ami-1' },
    { instanceId: 'i-0a2', address: '127.20.2.104', zone: 'eu-west-1b', imageId: 'ami-1' },
  ],
  images: [
    { imageId: 'ami-1', name: 'consul-v1', description: 'Good', consul: '1.8.7' },
    { imageId: 'ami-2', name: 'consul-v2', description: 'Good too', consul: '1.8.7' },
  ],
  remarks: [],
};
