// Screens of a terminal as one SVG that plays them.
import { spansOf } from './ansi.mjs';

const CELL = { width: 8.4, height: 18 };
const MARGIN = 16;
const INK = '#d6deeb';
const PAPER = '#10151c';

/** @param shots `{screen, forMs}`: what the terminal wrote, escape codes and all, and how long it is shown */
export function movingPicture(shots, { columns, rows, title }) {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = rows * CELL.height + 2 * MARGIN;
  const lines = new Map();
  const films = shots.map(({ screen }, n) => frameOf(screen, n * width, rows, lines));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${INK};white-space:pre}
.film{animation:play ${totalMs(shots)}ms step-end infinite}
@keyframes play{${keyframes(shots, width)}}
@media (prefers-reduced-motion:reduce){.film{animation:none;transform:translateX(-${(shots.length - 1) * width}px)}}
</style>
<defs>${[...lines].map(([line, id]) => `<text id="${id}">${textOf(line)}</text>`).join('\n')}</defs>
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
<g class="film">${films.join('\n')}</g>
</svg>
`;
}

function totalMs(shots) {
  return shots.reduce((sum, { forMs }) => sum + forMs, 0);
}

/** The film is pulled from frame to frame, each standing still for its time. */
function keyframes(shots, width) {
  const total = totalMs(shots);
  let atMs = 0;
  return shots
    .map(({ forMs }, n) => {
      const percent = ((100 * atMs) / total).toFixed(3);
      atMs += forMs;
      return `${percent}%{transform:translateX(-${n * width}px)}`;
    })
    .join('');
}

/** A frame is made of lines, and most lines are in many frames: each is written once. */
function frameOf(screen, x, rows, lines) {
  const shown = screen.split('\n').slice(0, rows);
  const uses = shown.map((line, row) => {
    if (line.trim() === '') return '';
    if (!lines.has(line)) lines.set(line, `l${lines.size}`);
    const y = MARGIN + (row + 0.75) * CELL.height;
    return `<use href="#${lines.get(line)}" x="${x + MARGIN}" y="${y}"/>`;
  });
  return `<g>${uses.join('')}</g>`;
}

/** Every span at its own column: fonts differ in how wide their signs are. */
function textOf(line) {
  return spansOf(line)
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, column, style }) => {
      const lead = text.length - text.trimStart().length;
      const x = ((column + lead) * CELL.width).toFixed(1);
      const trimmed = text.trim();
      const length = (trimmed.length * CELL.width).toFixed(1);
      return `<tspan x="${x}" textLength="${length}"${style}>${escaped(trimmed)}</tspan>`;
    })
    .join('');
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
