import type { CheckResult } from '../../model/check.js';
import type { DoctorInput, PreflightInput } from '../../model/doctor.js';
import { buildAclChecks } from './acl.js';
import type { Check, CheckIdentity, PreflightCheck } from './check.js';
import { CHECK_GROUPS } from './check-groups.js';

/** Checks that fail where a read fails; `doctor` makes them before all others. */
export const READ_CHECKS = {
  credentials: {
    id: 'aws-credentials',
    subject: 'AWS credentials',
    about: 'AWS accepts the credentials. The result is the ARN of the caller.',
  },
  cluster: {
    id: 'cluster-readable',
    subject: 'cluster',
    about: 'The cluster is found and can be read. Reported only where it fails.',
  },
} as const satisfies Readonly<Record<string, CheckIdentity>>;

/** The files that a roll would write, where they are named; `doctor` makes them beside the others. */
export const FILE_CHECKS = {
  events: {
    id: 'events-file',
    subject: 'file of --events',
    about: 'Where a file of events is named (flag, variable or settings file): a run could append to it.',
  },
  'log-file': {
    id: 'log-file',
    subject: 'file of --log-file',
    about: 'Where a log file is named: a run could append to it.',
  },
  report: {
    id: 'report-file',
    subject: 'file of --report',
    about: 'Where a report is named: a run could write it, and replaces no other file.',
  },
} as const satisfies Readonly<Record<string, CheckIdentity>>;

/** Every check with an id of its own, in the order in which results are printed. */
export const CHECKS: readonly Check[] = Object.values(CHECK_GROUPS).flat();

/** Every preflight check that fails; empty when the roll may start. */
export function runPreflight(input: PreflightInput): readonly CheckResult[] {
  return CHECKS.filter((check): check is PreflightCheck => check.when === 'preflight')
    .map((check) => check.run(input))
    .filter(({ status }) => status === 'fail');
}

/** Every check, or, once a roll has begun, every one that says something about it. */
export function runDoctorChecks(input: DoctorInput): readonly CheckResult[] {
  return [...CHECKS, ...buildAclChecks(input)]
    .filter(({ onlyBeforeRoll }) => !(input.isRollInProgress && onlyBeforeRoll))
    .map((check) => check.run(input));
}
