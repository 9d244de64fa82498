import type { CheckResult, CheckStatus, DoctorReport } from '../../model/check.js';
import { formatFlag } from '../../model/errors.js';
import { toPrintable } from '../../model/printable.js';
import { BLANK_LINE, formatCount, hangText, type Style, type StyledLine, styleLines, wrapText } from './format.js';

const MAX_DOCTOR_WIDTH = 140;
const CHECK_STYLES: Readonly<Record<CheckStatus, Style>> = { pass: 'plain', skip: 'faint', warn: 'busy', fail: 'bad' };
/** `fail  `: a status and its padding. */
const STATUS_WIDTH = 6;
const REMEDY_LABEL = 'do: ';
/** The results are a table if this much fits beside the longest id. */
const MIN_TABLE_TEXT_WIDTH = 40;
/** Without a table, only ids up to this length have the observation beside them. */
const MAX_ID_COLUMN = 42;

interface DoctorLayout {
  readonly width: number;
  /** Where observations begin. */
  readonly column: number;
  /** Whether every observation starts at that column; otherwise long ones are below the id. */
  readonly isTable: boolean;
}

/** Each result with its remedy, then the ids of what did not pass, then a summary. */
export function formatDoctorReport(report: DoctorReport, columns: number): StyledLine[] {
  const width = Math.min(columns, MAX_DOCTOR_WIDTH);
  const { cluster, group, imageId, results } = report;
  const about = [`cluster ${cluster}`, group && `group ${group}`, imageId && `image ${imageId}`];
  const layout = chooseLayout(results, width);
  return [
    ...styleLines(about.filter(Boolean).join(', '), width, 'good'),
    BLANK_LINE,
    ...results.flatMap((result) => formatCheckResult(result, layout)),
    BLANK_LINE,
    ...formatIdsWithStatus('fail', results, width),
    ...formatIdsWithStatus('warn', results, width),
    ...formatIdsWithStatus('skip', results, width),
    ...styleLines(formatSummary(report), width),
  ];
}

/** Repeated at the end, because the results are longer than a screen. */
function formatIdsWithStatus(status: CheckStatus, results: readonly CheckResult[], width: number): StyledLine[] {
  const ids = results.filter((result) => result.status === status).map(({ id }) => id);
  if (ids.length === 0) return [];
  return hangText(status.padEnd(STATUS_WIDTH), ids.join(', '), width, CHECK_STYLES[status]);
}

function chooseLayout(results: readonly CheckResult[], width: number): DoctorLayout {
  const lengths = results.map(({ id }) => id.length);
  const columnAfter = (idLengths: readonly number[]) => STATUS_WIDTH + Math.max(0, ...idLengths) + 2;
  const column = columnAfter(lengths);
  if (width - column >= MIN_TABLE_TEXT_WIDTH) return { width, column, isTable: true };
  return { width, column: columnAfter(lengths.filter((one) => one <= MAX_ID_COLUMN)), isTable: false };
}

function formatCheckResult(
  { id, subject, status, observed, remedy }: CheckResult,
  { width, column, isTable }: DoctorLayout,
): StyledLine[] {
  const sentence = toPrintable(`${subject}: ${observed}`);
  const label = `${status.padEnd(STATUS_WIDTH)}${id}`;
  const beside = `${label.padEnd(column)}${sentence}`;
  const isBeside = label.length + 2 <= column && beside.length <= width;
  const indent = ' '.repeat(isTable ? column : STATUS_WIDTH);
  const below = (text: string) => wrapText(text, width - indent.length).map((line) => indent + line);
  const [first = '', ...more] = below(sentence);
  const inColumn = [`${label.padEnd(column)}${first.trimStart()}`, ...more];
  const lines = isBeside ? [beside] : isTable ? inColumn : [...wrapText(label, width), first, ...more];
  const remedyLines = remedy === undefined ? [] : below(`${REMEDY_LABEL}${remedy}`);
  return [
    ...lines.map((text): StyledLine => ({ text, style: CHECK_STYLES[status] })),
    ...remedyLines.map((text): StyledLine => ({ text, style: 'plain' })),
  ];
}

function formatSummary({ cluster, imageId, isImageGiven, results }: DoctorReport): string {
  const count = (status: CheckStatus) => results.filter((result) => result.status === status).length;
  const skipped = count('skip') === 0 ? '' : `, ${count('skip')} skipped`;
  const counts = `${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail${skipped}`;
  const total = `${formatCount(results.length, 'check')}: ${counts}.`;
  if (count('fail') > 0) {
    return `${total} upgrade would be refused, or stop during the roll. Fix what fails, then run doctor again.`;
  }
  const image = (isImageGiven && imageId) || 'ami-...';
  return `${total} A roll can start. Next: consul-roll plan ${formatFlag('cluster', cluster)} --ami ${image}`;
}
