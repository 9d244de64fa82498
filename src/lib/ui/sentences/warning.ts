/** The most that are told one by one. */
const MOST_TOLD = 5;

/** Warnings for whoever reads how a roll ended: each once, with how often it came, and of very many only the first. */
export function fewOfWarnings(warnings: readonly string[]): readonly string[] {
  const distinct = [...new Set(warnings)];
  const told = distinct.slice(0, MOST_TOLD).map((warning) => {
    const times = warnings.filter((other) => other === warning).length;
    return times === 1 ? warning : `${warning} (${times} times)`;
  });
  const rest = distinct.length - told.length;
  return rest === 0 ? told : [...told, `and ${rest} more`];
}
