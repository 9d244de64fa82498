import { type Document, isMap, isNode, isScalar, type LineCounter, type Node, type Pair } from 'yaml';

/** Where something stands in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Where the value at a path stands, or its key; for what is not there, whatever it should be in.
 */
export function placeOf(
  path: readonly PropertyKey[],
  document: Document,
  lines: LineCounter,
  which: 'value' | 'key' = 'value',
): Place {
  const parent = document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find((item) => isKey(item, path.at(-1))) : undefined;
  const value = path.length === 0 ? document.contents : document.getIn(path, true);
  const node = which === 'key' ? pair?.key : (value ?? pair?.key);
  if (isNode(node)) return startOf(node, lines);
  if (path.length === 0) return { line: 1, column: 1 };
  return placeOf(path.slice(0, -1), document, lines);
}

function isKey({ key }: Pair, wanted: PropertyKey | undefined): boolean {
  return isScalar(key) && String(key.value) === String(wanted);
}

function startOf({ range }: Node, lines: LineCounter): Place {
  const { line, col } = lines.linePos(range?.[0] ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
