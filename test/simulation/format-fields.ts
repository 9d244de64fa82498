/**
 * Fields as a text that is equal when they are: without what is not set, in the order of the alphabet, neither of which
 * says anything about a resource.
 */
export function formatFields(fields: object): string {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text !== undefined && text !== '' && text !== '[]') lines.push(`${name}: ${text}`);
  }
  return lines.sort().join('\n');
}
