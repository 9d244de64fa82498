import type { CheckResult, CheckStatus, DoctorReport } from '../../model/doctor.js';
import type { Style, StyledLine } from '../server-list.js';
import { formatCount, wrapText } from './format.js';

const MAX_DOCTOR_WIDTH = 140;
const CHECK_STYLES: Readonly<Record<CheckStatus, Style>> = {
  pass: 'plain',
  skip: 'faint',
  warn: 'busy',
  fail: 'bad',
};
/** `fail  `: a verdict and the blanks after it. */
const DOCTOR_INDENT = 6;
const REMEDY_LABEL = 'do: ';
/** With this much beside the longest name there is a table. */
const MIN_TABLE_TEXT_WIDTH = 40;
/** With less than that, only names up to this have what was seen beside them, where it fits there. */
const MAX_NAME_COLUMN = 42;

/** Where the column begins in which stands what was seen. */
interface DoctorLayout {
  readonly width: number;
  readonly column: number;
  /** Everything is in the column; otherwise it is below the name what does not fit beside it. */
  readonly table: boolean;
}

/** A line a check, what to do under it where it does not pass, and at the end what all of it comes to. */
export function formatDoctorReport(report: DoctorReport, columns: number): StyledLine[] {
  const width = Math.min(columns, MAX_DOCTOR_WIDTH);
  const { cluster, group, imageId, results } = report;
  const about = [`cluster ${cluster}`, group && `group ${group}`, imageId && `image ${imageId}`];
  const layout = chooseLayout(results, width);
  return [
    ...wrapText(about.filter(Boolean).join(', '), width).map((text): StyledLine => ({ text, style: 'good' })),
    { text: '', style: 'plain' },
    ...results.flatMap((result) => formatCheckResult(result, layout)),
    { text: '', style: 'plain' },
    ...formatRepeatedChecks('fail', results, width),
    ...formatRepeatedChecks('warn', results, width),
    ...formatRepeatedChecks('skip', results, width),
    ...wrapText(formatDoctorVerdict(report), width).map((text): StyledLine => ({ text, style: 'plain' })),
  ];
}

/** What does not pass, once more by name: the table is longer than a screen. */
function formatRepeatedChecks(
  verdict: CheckStatus,
  results: readonly CheckResult[],
  width: number,
): StyledLine[] {
  const names = results.filter((result) => result.status === verdict).map(({ check }) => check);
  if (names.length === 0) return [];
  const [first = '', ...rest] = wrapText(names.join(', '), width - DOCTOR_INDENT);
  const lines = [
    verdict.padEnd(DOCTOR_INDENT) + first,
    ...rest.map((line) => ' '.repeat(DOCTOR_INDENT) + line),
  ];
  return lines.map((text) => ({ text, style: CHECK_STYLES[verdict] }));
}

function chooseLayout(results: readonly CheckResult[], width: number): DoctorLayout {
  const names = results.map(({ check }) => check.length);
  const columnFor = (lengths: readonly number[]) => DOCTOR_INDENT + Math.max(0, ...lengths) + 2;
  const column = columnFor(names);
  if (width - column >= MIN_TABLE_TEXT_WIDTH) return { width, column, table: true };
  return { width, column: columnFor(names.filter((one) => one <= MAX_NAME_COLUMN)), table: false };
}

function formatCheckResult(
  { check, status: verdict, observed: saw, remedy }: CheckResult,
  layout: DoctorLayout,
): StyledLine[] {
  const { width, column, table } = layout;
  const name = `${verdict.padEnd(DOCTOR_INDENT)}${check}`;
  const beside = `${name.padEnd(column)}${saw}`;
  const isBeside = name.length + 2 <= column && beside.length <= width;
  const indent = ' '.repeat(table ? column : DOCTOR_INDENT);
  const below = (text: string) => wrapText(text, width - indent.length).map((line) => indent + line);
  const [first = '', ...more] = below(saw);
  const inColumn = [`${name.padEnd(column)}${first.trimStart()}`, ...more];
  const said = isBeside ? [beside] : table ? inColumn : [...wrapText(name, width), first, ...more];
  const done = remedy === undefined ? [] : below(`${REMEDY_LABEL}${remedy}`);
  return [
    ...said.map((text): StyledLine => ({ text, style: CHECK_STYLES[verdict] })),
    ...done.map((text): StyledLine => ({ text, style: 'plain' })),
  ];
}

function formatDoctorVerdict({ cluster, imageId, isImageGiven: imageAsked, results }: DoctorReport): string {
  const of = (verdict: CheckStatus) => results.filter((result) => result.status === verdict);
  const fails = of('fail');
  const skips = of('skip').length === 0 ? '' : `, ${of('skip').length} skipped`;
  const counts = `${of('pass').length} pass, ${of('warn').length} warn, ${fails.length} fail${skips}`;
  const sum = `${formatCount(results.length, 'check')}: ${counts}.`;
  if (fails.length > 0)
    return `${sum} upgrade would be refused, or stop part-way: see what fails first, then run doctor again.`;
  const image = (imageAsked && imageId) || 'ami-...';
  return `${sum} Nothing stands against a roll. Next: consul-roll plan --cluster ${cluster} --ami ${image}`;
}
