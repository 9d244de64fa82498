// The ways of a bench as one picture: which lose the quorum, the longest gap without a write, and the time.

const WIDTH = 880;
const ROW = 34;
const HEAD = 62;
const FOOT = 40;
/** Where the columns begin, and how wide the longest bar is. */
const X = { title: 20, quorum: 316, gap: 436, time: 668 };
const BAR = { gap: 130, time: 140, height: 14 };

/** GitHub's own colours of text, lines and marks. */
const LIGHT = {
  paper: '#ffffff',
  ink: '#1f2328',
  faint: '#59636e',
  line: '#d1d9e0',
  ours: '#0969da',
  other: '#8c959f',
  lost: '#cf222e',
};
const DARK = {
  paper: '#0d1117',
  ink: '#f0f6fc',
  faint: '#9198a1',
  line: '#3d444d',
  ours: '#4493f8',
  other: '#767e89',
  lost: '#f85149',
};

/** @param result the JSON of `npm run bench` */
export function chartOf(result) {
  const { ways } = result;
  const height = HEAD + ways.length * ROW + FOOT;
  const alt = describe(result);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(alt)}">
<title>${escaped(alt)}</title>
<style>
${colours(LIGHT)}
@media (prefers-color-scheme:dark){${colours(DARK)}}
text{font:13px -apple-system,"Segoe UI","Noto Sans","DejaVu Sans",Helvetica,Arial,sans-serif;fill:var(--ink)}
.head{font-weight:600}.faint{fill:var(--faint)}.ours{fill:var(--ours)}.other{fill:var(--other)}.lost{fill:var(--lost)}
text.ours,text.lost{font-weight:600}line{stroke:var(--line)}.drain{fill-opacity:.55}
</style>
<rect x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="8" style="fill:var(--paper);stroke:var(--line)"/>
${heads().join('\n')}
${ways.map((way, row) => rowOf(way, HEAD + row * ROW, scalesOf(ways))).join('\n')}
<text class="faint" x="${X.title}" y="${height - 14}">${escaped(footOf(result))}</text>
</svg>
`;
}

/** What the picture shows, for those who do not see it. */
export function describe({ ways }) {
  return ways
    .map(
      (way) =>
        `${way.title}: quorum ${quorumOf(way).text.slice(2)}, longest gap ${gapText(way)}, ${seconds(way.elapsedMs)}`,
    )
    .join('; ');
}

export const isLost = ({ end }) => end === 'lost' || end === 'no-leader';

/** Seconds for people: with tenths below ten. */
export function seconds(ms) {
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`;
}

export const gapText = (way) => (isLost(way) ? 'no end' : seconds(way.writes.longestGapMs));

function colours(palette) {
  const variables = Object.entries(palette).map(([name, colour]) => `--${name}:${colour}`);
  return `svg{${variables.join(';')}}`;
}

function heads() {
  const texts = [
    [X.title, 'Way to replace the servers'],
    [X.quorum, 'Quorum'],
    [X.gap, 'Longest gap without a write'],
    [X.time, 'Time in all, darker: drain'],
  ];
  return texts.map(([x, text]) => `<text class="head" x="${x}" y="34">${text}</text>`);
}

/** The longest of each column; a gap without end does not count. */
function scalesOf(ways) {
  return {
    gapMs: Math.max(1, ...ways.filter((way) => !isLost(way)).map((way) => way.writes.longestGapMs)),
    timeMs: Math.max(1, ...ways.map((way) => way.elapsedMs)),
  };
}

function rowOf(way, top, { gapMs, timeMs }) {
  const colour = isLost(way) ? 'lost' : way.ours ? 'ours' : 'other';
  const middle = top + ROW / 2 + 5;
  const quorum = quorumOf(way);
  const gap = isLost(way) ? BAR.gap : (BAR.gap * way.writes.longestGapMs) / gapMs;
  const time = (BAR.time * way.elapsedMs) / timeMs;
  const drain = Math.min(time, (BAR.time * (way.drainMs ?? 0)) / timeMs);
  return [
    `<line x1="${X.title}" x2="${WIDTH - X.title}" y1="${top}" y2="${top}"/>`,
    `<text${way.ours ? ' class="ours"' : ''} x="${X.title}" y="${middle}">${escaped(way.title)}</text>`,
    `<text class="${quorum.colour}" x="${X.quorum}" y="${middle}">${quorum.text}</text>`,
    bar(X.gap, top, gap, colour),
    `<text x="${X.gap + Math.max(2, gap) + 8}" y="${middle}">${gapText(way)}</text>`,
    bar(X.time, top, time - drain, `${colour} drain`),
    bar(X.time + time - drain, top, drain, colour),
    `<text x="${X.time + Math.max(2, time) + 8}" y="${middle}">${seconds(way.elapsedMs)}</text>`,
  ].join('');
}

function bar(x, top, width, colour) {
  const y = top + (ROW - BAR.height) / 2;
  return `<rect class="${colour}" x="${x.toFixed(1)}" y="${y}" width="${Math.max(2, width).toFixed(1)}" height="${BAR.height}" rx="2"/>`;
}

function quorumOf(way) {
  if (isLost(way)) return { text: way.exitCode === 0 ? '✕ lost, exit 0' : '✕ lost', colour: 'lost' };
  if (way.leastMargin < 0) return { text: '! lost for a time', colour: 'lost' };
  return { text: '✓ kept', colour: way.ours ? 'ours' : 'ink' };
}

function footOf({ size, consul, machine, writeIntervalMs }) {
  const servers = `${size} ${consul.kind === 'process' ? 'real' : 'SIMULATED'} Consul ${consul.version} servers`;
  return `${servers}, a write every ${writeIntervalMs} ms through the load balancer, ${machine.cores} cores, Node ${machine.node}`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
