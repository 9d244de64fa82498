import type { Examination, Verdict } from '../../model/finding.js';
import { SCHEMA_IDS } from './schema-ids.js';
import type { DoctorDocument } from './schemas/doctor.js';

/** `doctor --json`. */
export function doctorJson(examination: Examination, exitCode: number): DoctorDocument {
  const { cluster, group, imageId, servers, findings } = examination;
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  return {
    schema: SCHEMA_IDS.doctor,
    exitCode,
    cluster,
    group: group ?? null,
    image: imageId ?? null,
    servers,
    counts: { pass: count('pass'), skip: count('skip'), warn: count('warn'), fail: count('fail') },
    checks: findings.map(({ check, verdict, saw, remedy }) => ({
      name: check,
      verdict,
      saw,
      remedy: remedy ?? null,
    })),
  };
}
