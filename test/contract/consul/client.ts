/** One answer of Consul's API, as it came. */
export interface HttpAnswer {
  /** 0 when there was none: refused, reset or timed out. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined if it is not JSON. */
  readonly json: unknown;
}

/** Asks `address:8500/v1/path`; never throws. */
export async function ask(
  address: string,
  path: string,
  { method = 'GET', body, timeoutMs = 30_000 }: { method?: string; body?: string; timeoutMs?: number } = {},
): Promise<HttpAnswer> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`http://${address}:8500/v1/${path}`, { method, body, signal });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  } catch {
    return { status: 0, headers: new Headers(), text: '', json: undefined };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
