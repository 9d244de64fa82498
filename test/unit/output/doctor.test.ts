import { describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../../src/lib/model/check.js';
import { buildDoctorDocument } from '../../../src/lib/output/json/command-documents.js';
import { formatDoctorReport } from '../../../src/lib/output/text/doctor.js';
import { sampleReport } from '../../helpers/doctor-report.js';

const texts = (columns: number) => formatDoctorReport(sampleReport, columns).map(({ text }) => text);

describe('the report of doctor', () => {
  it('has a line for each check, with the remedy below it', () => {
    expect(`\n${texts(100).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      cluster consul, group consul, image ami-1

      pass  image-exists                  image: ami-1 consul-v2
      warn  health-check-verifies-consul  health check: HTTP:8500/v1/status/leader of load balancer consul
                                          passes on a server that is in no cluster
                                          do: change its path to /v1/catalog/nodes?stale
                                          (docs/health-check.md)
      fail  lock-available                lock: ada holds it
                                          do: see what they do

      fail  lock-available
      warn  health-check-verifies-consul
      3 checks: 1 pass, 1 warn, 1 fail. upgrade would be refused, or stop during the roll. Fix what fails,
      then run doctor again.
      "
    `);
  });

  it('fits a narrow screen', () => {
    for (const columns of [40, 60, 80]) {
      expect(Math.max(...texts(columns).map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
    expect(texts(40)).toContain('fail  lock-available');
  });

  it('has the observed values in one column, or below names that are too long', () => {
    const long = 'permission-elasticloadbalancing:DeregisterInstancesFromLoadBalancer';
    const results = [
      ...sampleReport.results,
      { id: long, subject: 'permission', status: 'skip', observed: 'draining a server', remedy: undefined } as const,
    ];
    const of = (columns: number) => formatDoctorReport({ ...sampleReport, results }, columns).map(({ text }) => text);
    const column = `skip  ${long}  `.length;
    const seen = ['image: ami-1', 'health check: HTTP', 'lock: ada', 'permission: draining', 'do: change its path'];
    for (const words of seen) {
      expect(
        of(200)
          .find((line) => line.includes(words))
          ?.indexOf(words),
      ).toBe(column);
    }
    expect(of(80)).toEqual(expect.arrayContaining([`skip  ${long}`, '      permission: draining a server']));
    expect(of(80)).toContain('pass  image-exists                  image: ami-1 consul-v2');
    expect(of(200).join(' ')).toContain('4 checks: 1 pass, 1 warn, 1 fail, 1 skipped.');
  });

  it('does not call an image the next one if none was given', () => {
    const fine = { ...sampleReport, results: sampleReport.results.slice(0, 2) };
    const last = (one: DoctorReport) => formatDoctorReport(one, 120).at(-1)?.text;
    expect(last(fine)).toContain('--ami ami-...');
    expect(last({ ...fine, isImageGiven: true })).toContain('--ami ami-1');
  });

  it('counts the checks by status in JSON', () => {
    const document = buildDoctorDocument(sampleReport, 3);
    expect(document).toMatchObject({ exitCode: 3, counts: { pass: 1, skip: 0, warn: 1, fail: 1 } });
    expect(document.checks.map(({ remedy }) => remedy)).toEqual(
      sampleReport.results.map(({ remedy }) => remedy ?? null),
    );
  });
});
