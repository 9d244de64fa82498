// What a terminal wrote in one line, as spans of one style each.

const COLOURS = ['#5c6773', '#ff6b6b', '#7bd88f', '#ffd166', '#6cb6ff', '#d2a8ff', '#56d4dd', '#d6deeb'];
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes begin with one
const ESCAPE = /\u001b\[([\d;]*)m/g;

/** `{text, column, style}`; `style` are attributes of an SVG tspan. */
export function spansOf(line) {
  const spans = [];
  let [column, from] = [0, 0];
  let state = {};
  const add = (text) => {
    if (text !== '') spans.push({ text, column, style: attributes(state) });
    column += [...text].length;
  };
  for (const match of line.matchAll(ESCAPE)) {
    add(line.slice(from, match.index));
    state = changed(state, match[1] ?? '');
    from = match.index + match[0].length;
  }
  add(line.slice(from));
  return spans;
}

function changed(state, codes) {
  let next = { ...state };
  for (const code of (codes === '' ? '0' : codes).split(';').map(Number)) {
    if (code === 0) next = {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code >= 30 && code <= 37) next.colour = COLOURS[code - 30];
    else if (code >= 90 && code <= 97) next.colour = COLOURS[code - 90];
    else if (code === 39) next.colour = undefined;
  }
  return next;
}

function attributes({ colour, bold, dim }) {
  const fill = colour === undefined ? '' : ` fill="${colour}"`;
  return `${fill}${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity=".6"' : ''}`;
}
