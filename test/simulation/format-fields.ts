/**
 * Fields as a text, for comparison: without unset fields and in alphabetical order, as neither says anything about a
 * resource.
 */
export function formatFields(fields: object): string {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text !== undefined && text !== '' && text !== '[]') lines.push(`${name}: ${text}`);
  }
  return lines.sort().join('\n');
}
