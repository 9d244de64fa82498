/** A typo changes at most this many letters, and this part of a word: more makes it another word. */
const MAX_EDITS = 3;
const MAX_EDITED_PART = 1 / 3;

/** The known word most similar to `word`; undefined where none is close. */
export function findSimilar(word: string, known: readonly string[]): string | undefined {
  const scored = known.map((candidate) => ({
    candidate,
    edits: countEdits(normalizeWord(word), normalizeWord(candidate)),
  }));
  const [best] = scored.sort((one, other) => one.edits - other.edits);
  if (best === undefined) return undefined;
  const limit = Math.min(MAX_EDITS, Math.floor(normalizeWord(word).length * MAX_EDITED_PART));
  return best.edits <= limit ? best.candidate : undefined;
}

/** `instance_type`, `instance-type` and `InstanceType` are equal. */
function normalizeWord(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}

/** The Levenshtein distance. */
function countEdits(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const replaced = (row[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** For `sort`: the order of the characters, in every language alike. `localeCompare` takes 5 ms to load that of one. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
