import { findCheckGroup } from '../../engine/checks/check-groups.js';
import type { CheckResult, CheckStatus, DoctorReport } from '../../model/check.js';
import { formatFlag } from '../../model/errors.js';
import { BLANK_LINE, formatCount, hangText, type Style, type StyledLine, styleLines } from './format.js';

const MAX_DOCTOR_WIDTH = 120;
const CHECK_STYLES: Readonly<Record<CheckStatus, Style>> = { pass: 'plain', skip: 'faint', warn: 'busy', fail: 'bad' };
/** What an operator must read comes first. */
const STATUS_ORDER = ['fail', 'warn', 'skip'] as const;
/** `fail  `: a status and its padding. */
const STATUS_WIDTH = 6;
const REMEDY_LABEL = `${' '.repeat(STATUS_WIDTH)}do: `;

/**
 * What failed, with its remedy; then warnings, and what was skipped; then a line for the passed checks of each group, or
 * one for each check; then a summary. An id of a check says what is right, so it follows what was found.
 *
 * @param verbose every check that passed was asked for
 */
export function formatDoctorReport(report: DoctorReport, columns: number, verbose = false): StyledLine[] {
  const width = Math.min(columns, MAX_DOCTOR_WIDTH);
  const { cluster, group, imageId, results } = report;
  const about = [`cluster ${cluster}`, group && `group ${group}`, imageId && `image ${imageId}`];
  const passed = results.filter(({ status }) => status === 'pass');
  return [
    ...styleLines(about.filter(Boolean).join(', '), width, 'good'),
    BLANK_LINE,
    ...STATUS_ORDER.flatMap((status) => formatStatusResults(status, results, width)),
    ...(verbose ? passed.flatMap((result) => formatFinding(result, width)) : formatPassedGroups(results, width)),
    BLANK_LINE,
    ...styleLines(formatSummary(report, verbose), width),
  ];
}

/** Missing permissions have one remedy together. */
function formatStatusResults(
  status: (typeof STATUS_ORDER)[number],
  results: readonly CheckResult[],
  width: number,
): StyledLine[] {
  const own = results.filter((result) => result.status === status);
  const refused = own.filter(isRefusedPermission);
  const others = refused.length < 2 ? own : own.filter((result) => !isRefusedPermission(result));
  return [
    ...(refused.length < 2 ? [] : formatRefusedPermissions(refused, width)),
    ...others.flatMap((result) => [...formatFinding(result, width), ...formatRemedy(result.remedy, width)]),
  ];
}

function isRefusedPermission({ id, remedy }: CheckResult): boolean {
  return id.startsWith('permission-') && remedy?.startsWith('allow ') === true;
}

function formatRefusedPermissions(refused: readonly CheckResult[], width: number): StyledLine[] {
  const actions = refused.map(({ subject }) => subject).join(', ');
  const remedy = `allow ${actions} in the IAM policy of the caller: consul-roll iam-policy prints the smallest one`;
  return [...refused.flatMap((result) => formatFinding(result, width)), ...formatRemedy(remedy, width)];
}

function formatFinding({ id, subject, status, observed }: CheckResult, width: number): StyledLine[] {
  const sentence = `${subject}: ${observed} (check ${id})`;
  return hangText(status.padEnd(STATUS_WIDTH), sentence, width, CHECK_STYLES[status]);
}

function formatRemedy(remedy: string | undefined, width: number): StyledLine[] {
  return remedy === undefined ? [] : hangText(REMEDY_LABEL, remedy, width);
}

/** `pass  load balancers: 4 of 5 checks`. */
function formatPassedGroups(results: readonly CheckResult[], width: number): StyledLine[] {
  const groups = [...new Set(results.map(({ id }) => findCheckGroup(id)))];
  return groups.flatMap((group) => {
    const own = results.filter(({ id }) => findCheckGroup(id) === group);
    const passed = own.filter(({ status }) => status === 'pass').length;
    const count =
      passed === own.length ? formatCount(passed, 'check') : `${passed} of ${formatCount(own.length, 'check')}`;
    return passed === 0 ? [] : hangText('pass'.padEnd(STATUS_WIDTH), `${group}: ${count}`, width);
  });
}

function formatSummary({ cluster, imageId, isImageGiven, results }: DoctorReport, verbose: boolean): string {
  const count = (status: CheckStatus) => results.filter((result) => result.status === status).length;
  const skipped = count('skip') === 0 ? '' : `, ${count('skip')} skipped`;
  const counts = `${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail${skipped}`;
  const total = `${formatCount(results.length, 'check')}: ${counts}${verbose ? '' : ' (each with --verbose)'}.`;
  if (count('fail') > 0) {
    return `${total} upgrade would be refused, or stop during the roll. Fix what fails, then run doctor again.`;
  }
  const image = (isImageGiven && imageId) || 'ami-...';
  return `${total} A roll can start. Next: consul-roll plan ${formatFlag('cluster', cluster)} --ami ${image}`;
}
