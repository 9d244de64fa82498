import type { CheckResult } from '../../model/check.js';
import type { DoctorInput, PreflightInput } from '../../model/doctor.js';

/** One check before a roll. `plan` and `upgrade` run the preflight checks; `doctor` runs all. */
export type Check = PreflightCheck | DoctorCheck;

export interface PreflightCheck extends CheckIdentity {
  readonly when: 'preflight';
  readonly run: (input: PreflightInput) => CheckResult;
}

interface DoctorCheck extends CheckIdentity {
  readonly when: 'doctor';
  readonly run: (input: DoctorInput) => CheckResult;
}

export interface CheckIdentity {
  /** Stable, kebab-case. */
  readonly id: string;
  /** Results read `subject: observed`. */
  readonly subject: string;
  /** What it checks and why a roll needs that: sentences for the documentation. */
  readonly about: string;
  /** Left out once a roll has begun, as preflight checks are. */
  readonly onlyBeforeRoll?: boolean;
}

/** A check as it is written: what it finds, and beside that the remedy for what it found. */
export interface CheckDefinition<Input, Cause> extends CheckIdentity {
  readonly run: (input: Input) => CheckOutcome<Cause>;
  /** For `warn` and `fail`. */
  readonly remedy: Remedy<Cause, Input>;
}

type Remedy<Cause, Input> = string | ((cause: Cause, input: Input) => string);

export type CheckOutcome<Cause = undefined> = Verdict | NotChecked | Problem<Cause>;

interface Verdict {
  readonly status: 'pass' | 'skip';
  readonly observed: string;
}

/** The check could not be made; the remedy makes it possible. */
interface NotChecked {
  readonly status: 'unknown';
  readonly observed: string;
  readonly remedy: string;
}

interface Problem<Cause> {
  readonly status: 'warn' | 'fail';
  readonly observed: string;
  readonly cause: Cause;
}

/** An id made of a name: `autoscaling:CreateAutoScalingGroup` gives `autoscaling-create-auto-scaling-group`. */
export function toCheckId(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1-$2').replace(/[^A-Za-z\d]+/g, '-');
  return words.replace(/^-|-$/g, '').toLowerCase();
}

export function pass(observed: string): Verdict {
  return { status: 'pass', observed };
}

export function skip(observed: string): Verdict {
  return { status: 'skip', observed };
}

export function unknown(observed: string, remedy: string): NotChecked {
  return { status: 'unknown', observed: `not known: ${observed}`, remedy };
}

export const withoutLeader = unknown('no server leads', 'restore a leader first, then run doctor again');

/** `cause` is what the remedy depends on. */
export function warn(observed: string): Problem<undefined>;
export function warn<const Cause>(observed: string, cause: Cause): Problem<Cause>;
export function warn(observed: string, cause?: unknown): Problem<unknown> {
  return { status: 'warn', observed, cause };
}

/** `cause` is what the remedy depends on. */
export function fail(observed: string): Problem<undefined>;
export function fail<const Cause>(observed: string, cause: Cause): Problem<Cause>;
export function fail(observed: string, cause?: unknown): Problem<unknown> {
  return { status: 'fail', observed, cause };
}

export function definePreflightCheck<Cause>(definition: CheckDefinition<PreflightInput, Cause>): PreflightCheck {
  const { id, subject, about } = definition;
  const run = (input: PreflightInput) => runDefinition(definition, input);
  return { id, subject, about, when: 'preflight', onlyBeforeRoll: true, run };
}

export function defineDoctorCheck<Cause>(definition: CheckDefinition<DoctorInput, Cause>): DoctorCheck {
  const { id, subject, about, onlyBeforeRoll = false } = definition;
  const run = (input: DoctorInput) => runDefinition(definition, input);
  return { id, subject, about, when: 'doctor', onlyBeforeRoll, run };
}

export function runDefinition<Input, Cause>(
  { id, subject, run, remedy }: CheckDefinition<Input, Cause>,
  input: Input,
): CheckResult {
  const outcome = run(input);
  const { observed } = outcome;
  switch (outcome.status) {
    case 'pass':
    case 'skip':
      return { id, subject, status: outcome.status, observed, remedy: undefined };
    case 'unknown':
      return { id, subject, status: 'warn', observed, remedy: outcome.remedy };
    default: {
      const text = typeof remedy === 'string' ? remedy : remedy(outcome.cause, input);
      return { id, subject, status: outcome.status, observed, remedy: text };
    }
  }
}
