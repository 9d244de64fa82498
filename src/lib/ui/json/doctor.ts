import type { Examination } from '../../model/finding.js';
import { SCHEMA_IDS } from './schema-ids.js';
import type { DoctorDocument } from './schemas/doctor.js';

/** `doctor --json`. */
export function doctorJson(examination: Examination, exitCode: number): DoctorDocument {
  const { cluster, group, imageId, servers, findings } = examination;
  return {
    schema: SCHEMA_IDS.doctor,
    exitCode,
    cluster,
    group: group ?? null,
    image: imageId ?? null,
    servers,
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
