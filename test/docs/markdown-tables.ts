/** One row of a table, by the heads of its columns. */
export type Row = Readonly<Record<string, string>>;

/** Every table of a Markdown text, in order. */
export function tablesIn(text: string): readonly (readonly Row[])[] {
  return text
    .split(/\n(?!\|)/)
    .map((block) => block.split('\n').filter((line) => line.startsWith('|')))
    .filter((lines) => lines.length > 2)
    .map(([head = '', , ...body]) => body.map((line) => rowOf(cellsOf(head), cellsOf(line))));
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function rowOf(heads: readonly string[], cells: readonly string[]): Row {
  return Object.fromEntries(heads.map((head, n) => [head, cells[n] ?? '']));
}
