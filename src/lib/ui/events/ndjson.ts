/** A document as one line. */
export function ndjsonLine(document: object): string {
  return `${JSON.stringify(document)}\n`;
}
