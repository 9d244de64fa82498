import { describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../../src/lib/model/check.js';
import { buildDoctorDocument } from '../../../src/lib/output/json/command-documents.js';
import { formatDoctorReport } from '../../../src/lib/output/text/doctor.js';
import { sampleReport } from '../../helpers/doctor-report.js';

const texts = (columns: number) => formatDoctorReport(sampleReport, columns).map(({ text }) => text);

describe('the report of doctor', () => {
  it('has what failed first, each with its remedy, and a line for what passed', () => {
    expect(texts(80)).toEqual([
      'cluster consul, group consul, image ami-1',
      '',
      'fail  lock: ada holds it (check lock-available)',
      '      do: see what they do',
      'warn  health check: HTTP:8500/v1/status/leader of load balancer consul passes on',
      '      a server that is in no cluster (check health-check-verifies-consul)',
      '      do: change its path to /v1/catalog/nodes?stale (docs/health-check.md)',
      'pass  image and account: 1 check',
      '',
      '3 checks: 1 pass, 1 warn, 1 fail (each with --verbose). upgrade would be',
      'refused, or stop during the roll. Fix what fails, then run doctor again.',
    ]);
  });

  it('has every check on request', () => {
    const all = formatDoctorReport(sampleReport, 120, true).map(({ text }) => text);
    expect(all).toContain('pass  image: ami-1 consul-v2 (check image-exists)');
    expect(all.join(' ')).not.toContain('--verbose');
  });

  it('begins with no label that says the opposite of what was found', () => {
    for (const result of sampleReport.results)
      expect(texts(120).join('\n')).not.toMatch(new RegExp(`^${result.status} +${result.id}`, 'm'));
  });

  it('has one remedy for all missing permissions', () => {
    const refused = (action: string) => ({
      id: `permission-${action.toLowerCase()}`,
      subject: action,
      status: 'fail' as const,
      observed: 'refused: for a roll',
      remedy: `allow ${action} in the IAM policy of the caller: consul-roll iam-policy prints the smallest one`,
    });
    const show = (...actions: string[]) =>
      formatDoctorReport({ ...sampleReport, results: actions.map(refused) }, 300).map(({ text }) => text);
    expect(show('ec2:A', 'ec2:B').filter((line) => line.includes('do: '))).toEqual([
      '      do: allow ec2:A, ec2:B in the IAM policy of the caller: consul-roll iam-policy prints the smallest one',
    ]);
    expect(show('ec2:A').filter((line) => line.includes('do: '))).toHaveLength(1);
  });

  it('counts what passed in a group where not all did', () => {
    const { results } = sampleReport;
    const more = results.map((result) => ({ ...result, id: 'image-available', status: 'skip' as const }));
    const lines = formatDoctorReport({ ...sampleReport, results: [...results, ...more] }, 120);
    expect(lines.map(({ text }) => text)).toContain('pass  image and account: 1 of 4 checks');
  });

  it('fits a narrow screen', () => {
    for (const columns of [40, 60, 80]) {
      // A word is not cut.
      const lines = texts(columns).filter((line) => !line.includes('HTTP:8500'));
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
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
