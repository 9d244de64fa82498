import type { Examination } from '../../model/finding.js';

/** Name and version of the document; docs/schemas/doctor.schema.json describes it. */
const SCHEMA = 'consul-roll/doctor/1';

/** `doctor --json`. */
export function doctorJson(examination: Examination, exitCode: number) {
  const { cluster, group, imageId, servers, findings } = examination;
  return {
    schema: SCHEMA,
    exitCode,
    cluster,
    group: group ?? null,
    image: imageId ?? null,
    servers,
    /** How many checks ended how. */
    counts: {
      pass: findings.filter(({ verdict }) => verdict === 'pass').length,
      warn: findings.filter(({ verdict }) => verdict === 'warn').length,
      fail: findings.filter(({ verdict }) => verdict === 'fail').length,
    },
    checks: findings.map(({ check, verdict, saw, remedy }) => ({
      name: check,
      verdict,
      saw,
      remedy: remedy ?? null,
    })),
  };
}
