import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Examination } from '../../src/lib/model/finding.js';
import { doctorJson } from '../../src/lib/ui/json/doctor.js';
import { doctorReport } from '../../src/lib/ui/reports/doctor.js';

const examination: Examination = {
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
const texts = (columns: number) => doctorReport(examination, columns).map(({ text }) => text);

describe('the report of doctor', () => {
  it('has a line a check, and what to do under it', () => {
    expect(`\n${texts(100).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      cluster consul, group consul, image ami-1

      pass  image exists                   ami-1 consul-v2
      warn  health check proves something  HTTP:8500/v1/status/leader of load balancer consul passes on a
                                           server in no cluster
                                           do: have it ask /v1/catalog/nodes?stale, see
                                           docs/health-check.md
      fail  lock is free                   ada holds it
                                           do: see what they do

      3 checks: 1 pass, 1 warn, 1 fail. upgrade would be refused, or stop part-way: see what fails first,
      then run doctor again.
      "
    `);
  });

  it('fits a narrow screen', () => {
    for (const columns of [40, 60, 80]) {
      expect(Math.max(...texts(columns).map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
    expect(texts(40)).toContain('fail  lock is free');
  });

  it('does not name an image as the next one that nobody asked about', () => {
    const fine = { ...examination, findings: examination.findings.slice(0, 2) };
    const last = (one: Examination) => doctorReport(one, 120).at(-1)?.text;
    expect(last(fine)).toContain('--ami ami-...');
    expect(last({ ...fine, imageAsked: true })).toContain('--ami ami-1');
  });

  it('is as JSON what its schema says', () => {
    const schema = z.fromJSONSchema(JSON.parse(readFileSync('docs/schemas/doctor.schema.json', 'utf8')));
    const document = doctorJson(examination, 3);
    expect(schema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    expect(document.counts).toEqual({ pass: 1, warn: 1, fail: 1 });
    expect(() => schema.parse({ ...document, schema: 'consul-roll/doctor/2' })).toThrow();
    expect(() => schema.parse({ ...document, extra: 1 })).toThrow();
  });
});
