import type { Examination, Finding, Verdict } from '../../model/doctor.js';
import type { Tone, ToneLine } from '../server-list.js';
import { counted, wrapped } from './format.js';

const WIDEST = 140;
const TONES: Readonly<Record<Verdict, Tone>> = { pass: 'plain', skip: 'faint', warn: 'busy', fail: 'bad' };
/** `fail  `: a verdict and the blanks after it. */
const MARGIN = 6;
const REMEDY = 'do: ';
/** With this much beside the longest name there is a table. */
const TABLE_ROOM = 40;
/** With less than that, only names up to this have what was seen beside them, where it fits there. */
const SHORT_NAME = 42;

/** Where the column begins in which stands what was seen. */
interface Layout {
  readonly width: number;
  readonly column: number;
  /** Everything is in the column; otherwise it is below the name what does not fit beside it. */
  readonly table: boolean;
}

/** A line a check, what to do under it where it does not pass, and at the end what all of it comes to. */
export function doctorReport(examination: Examination, columns: number): ToneLine[] {
  const width = Math.min(columns, WIDEST);
  const { cluster, group, imageId, findings } = examination;
  const about = [`cluster ${cluster}`, group && `group ${group}`, imageId && `image ${imageId}`];
  const layout = layoutOf(findings, width);
  return [
    ...wrapped(about.filter(Boolean).join(', '), width).map((text): ToneLine => ({ text, tone: 'good' })),
    { text: '', tone: 'plain' },
    ...findings.flatMap((finding) => linesOf(finding, layout)),
    { text: '', tone: 'plain' },
    ...recalled('fail', findings, width),
    ...recalled('warn', findings, width),
    ...recalled('skip', findings, width),
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

function layoutOf(findings: readonly Finding[], width: number): Layout {
  const names = findings.map(({ check }) => check.length);
  const columnFor = (lengths: readonly number[]) => MARGIN + Math.max(0, ...lengths) + 2;
  const column = columnFor(names);
  if (width - column >= TABLE_ROOM) return { width, column, table: true };
  return { width, column: columnFor(names.filter((one) => one <= SHORT_NAME)), table: false };
}

function linesOf({ check, verdict, saw, remedy }: Finding, layout: Layout): ToneLine[] {
  const { width, column, table } = layout;
  const name = `${verdict.padEnd(MARGIN)}${check}`;
  const beside = `${name.padEnd(column)}${saw}`;
  const isBeside = name.length + 2 <= column && beside.length <= width;
  const indent = ' '.repeat(table ? column : MARGIN);
  const below = (text: string) => wrapped(text, width - indent.length).map((line) => indent + line);
  const [first = '', ...more] = below(saw);
  const inColumn = [`${name.padEnd(column)}${first.trimStart()}`, ...more];
  const said = isBeside ? [beside] : table ? inColumn : [...wrapped(name, width), first, ...more];
  const done = remedy === undefined ? [] : below(`${REMEDY}${remedy}`);
  return [
    ...said.map((text): ToneLine => ({ text, tone: TONES[verdict] })),
    ...done.map((text): ToneLine => ({ text, tone: 'plain' })),
  ];
}

function verdictOn({ cluster, imageId, imageAsked, findings }: Examination): string {
  const of = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict);
  const fails = of('fail');
  const skips = of('skip').length === 0 ? '' : `, ${of('skip').length} skipped`;
  const counts = `${of('pass').length} pass, ${of('warn').length} warn, ${fails.length} fail${skips}`;
  const sum = `${counted(findings.length, 'check')}: ${counts}.`;
  if (fails.length > 0)
    return `${sum} upgrade would be refused, or stop part-way: see what fails first, then run doctor again.`;
  const image = (imageAsked && imageId) || 'ami-...';
  return `${sum} Nothing stands against a roll. Next: consul-roll plan --cluster ${cluster} --ami ${image}`;
}
