import type { Examination, Finding, Verdict } from '../../model/finding.js';
import type { Tone, ToneLine } from '../server-lines.js';
import { counted, wrapped } from '../text.js';

const WIDEST = 120;
const TONES: Readonly<Record<Verdict, Tone>> = { pass: 'plain', warn: 'busy', fail: 'bad' };
/** `fail  `: a verdict and the blanks after it. */
const MARGIN = 6;
const REMEDY = 'do: ';
/** Names beyond this do not widen the column of names. */
const LONGEST = 44;
/** With less beside the names, what was seen goes under them. */
const LEAST_ROOM = 30;

/** A line a check, what to do under it where it does not pass, and at the end what all of it comes to. */
export function doctorReport(examination: Examination, columns: number): ToneLine[] {
  const width = Math.min(columns, WIDEST);
  const { cluster, group, imageId, findings } = examination;
  const about = [`cluster ${cluster}`, group && `group ${group}`, imageId && `image ${imageId}`];
  const names = Math.max(0, ...findings.map(({ check }) => check.length).filter((one) => one <= LONGEST));
  return [
    ...wrapped(about.filter(Boolean).join(', '), width).map((text): ToneLine => ({ text, tone: 'good' })),
    { text: '', tone: 'plain' },
    ...findings.flatMap((finding) => linesOf(finding, names, width)),
    { text: '', tone: 'plain' },
    ...recalled('fail', findings, width),
    ...recalled('warn', findings, width),
    ...wrapped(verdictOn(examination), width).map((text): ToneLine => ({ text, tone: 'plain' })),
  ];
}

/** What does not pass, once more by name: the table is longer than a screen. */
function recalled(verdict: Verdict, findings: readonly Finding[], width: number): ToneLine[] {
  const names = findings.filter((finding) => finding.verdict === verdict).map(({ check }) => check);
  if (names.length === 0) return [];
  const [first = '', ...rest] = wrapped(names.join(', '), width - MARGIN);
  const lines = [verdict.padEnd(MARGIN) + first, ...rest.map((line) => ' '.repeat(MARGIN) + line)];
  return lines.map((text) => ({ text, tone: TONES[verdict] }));
}

/**
 * What was seen stands beside the name where there is room for a table, and under it where there is not, or where the
 * name is one of AWS's long ones.
 */
function linesOf({ check, verdict, saw, remedy }: Finding, names: number, width: number): ToneLine[] {
  const column = MARGIN + names + 2;
  const indent = ' '.repeat(width - column >= LEAST_ROOM ? column : MARGIN);
  const name = `${verdict.padEnd(MARGIN)}${check}`;
  const oneLine = `${name.padEnd(column - 2)}  ${saw}`;
  const hanging = wrapped(saw, width - indent.length).map((line) => indent + line);
  const said = oneLine.length <= width ? [oneLine] : beside(name, hanging, column);
  const done = remedy === undefined ? [] : wrapped(`${REMEDY}${remedy}`, width - indent.length);
  const tone = TONES[verdict];
  return [
    ...said.map((text): ToneLine => ({ text, tone })),
    ...done.map((line): ToneLine => ({ text: indent + line, tone: 'plain' })),
  ];
}

/** The first of these lines beside the name, if that leaves its place free. */
function beside(name: string, lines: readonly string[], column: number): string[] {
  const [first = '', ...rest] = lines;
  const fits = name.length <= column - 2 && first.startsWith(' '.repeat(column));
  return fits ? [`${name.padEnd(column)}${first.slice(column)}`, ...rest] : [name, ...lines];
}

function verdictOn({ cluster, imageId, imageAsked, findings }: Examination): string {
  const of = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict);
  const [fails, warns] = [of('fail'), of('warn')];
  const counts = `${of('pass').length} pass, ${warns.length} warn, ${fails.length} fail`;
  const sum = `${counted(findings.length, 'check')}: ${counts}.`;
  if (fails.length > 0)
    return `${sum} upgrade would be refused, or stop part-way: see what fails first, then run doctor again.`;
  const image = (imageAsked && imageId) || 'ami-...';
  return `${sum} Nothing stands against a roll. Next: consul-roll plan --cluster ${cluster} --ami ${image}`;
}
