/** The JSON object a body holds; empty when the body is; what is wrong with it when it holds none. */
export function parseJsonObject(body: Buffer): Readonly<Record<string, unknown>> | string {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    return isObject(value) ? value : 'json: cannot unmarshal into Go value';
  } catch {
    return complaint(body.toString());
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function complaint(text: string): string {
  const first = text.trim()[1];
  if (first === undefined) return 'unexpected EOF';
  return `invalid character '${first}' looking for beginning of object key string`;
}
