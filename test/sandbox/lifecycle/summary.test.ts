import { describe, expect, it } from 'vitest';
import { formatSummary } from '../../../src/sandbox/lifecycle/summary.js';
import { summary } from '../../helpers/sandbox-summary.js';

describe('formatSummary', () => {
  it('lists what was started, and what to try next', () => {
    expect(formatSummary(summary, 'consul-roll').join('\n')).toMatchInlineSnapshot(`
      "AWS endpoint   http://127.0.0.1:4599, region eu-west-1
      Load balancer  http://127.20.0.10:8500
      Consul         1.8.7, a real process for every server
      Servers        i-0a1  127.20.1.4    eu-west-1a
                     i-0a2  127.20.2.104  eu-west-1b
      Images         ami-1  consul-v1  Good
                     ami-2  consul-v2  Good too
      Next           eval "$(consul-roll sandbox env)"
                     consul-roll plan --cluster consul --ami ami-2
                     consul-roll upgrade --cluster consul --ami ami-2
                     consul-roll sandbox down"
    `);
  });

  it('names the port in every command where it is not the usual one', () => {
    const lines = formatSummary({ ...summary, port: 5000 }, 'consul-roll').join('\n');
    expect(lines).toContain('eval "$(consul-roll sandbox env --port 5000)"');
    expect(lines).toContain('consul-roll sandbox down --port 5000');
  });

  it('says that images run different versions of Consul', () => {
    const images = summary.images.map((image, at) => ({ ...image, consul: at === 0 ? '1.8.7' : '1.14.11' }));
    const lines = formatSummary({ ...summary, images }, 'consul-roll').join('\n');
    expect(lines).toContain('1.8.7, a real process for every server; other images run another version');
  });

  it('has no cluster in an empty account, and reports what differs from the request', () => {
    const empty = { ...summary, loadBalancerUrl: null, cluster: null, servers: [], remarks: ['Port 80 moved.'] };
    const simulated = { kind: 'simulated', version: '1.20.2' } as const;
    expect(formatSummary({ ...empty, consul: simulated }, 'consul-roll').join('\n')).toMatchInlineSnapshot(`
      "AWS endpoint   http://127.0.0.1:4599, region eu-west-1
      Consul         1.20.2, simulated; for a real Consul, set CONSUL_BIN or give --consul PATH
      Images         ami-1  consul-v1  Good
                     ami-2  consul-v2  Good too
      Note           Port 80 moved.
      Next           eval "$(consul-roll sandbox env)"
                     consul-roll sandbox down"
    `);
  });
});
