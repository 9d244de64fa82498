import type { MiddlewareStack } from '@smithy/types';
import type { CloudSettings, TraceRequest } from '../config/connection.js';
import { toRollError } from './errors.js';

const DEFAULT_MAX_ATTEMPTS = 5;
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_SOCKETS = 50;

/** What every client is made with. */
export function buildClientConfig(settings: CloudSettings) {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return {
    ...(settings.region && { region: settings.region }),
    ...(settings.profile && { profile: settings.profile }),
    ...(settings.endpoint && { endpoint: settings.endpoint }),
    ...(settings.credentials && { credentials: settings.credentials }),
    maxAttempts: settings.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      requestTimeout: settings.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}

/** Translates the errors of a client, traces its requests, and reports the dates of its answers. */
export function addMiddleware<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  { trace, onDate }: Pick<CloudSettings, 'trace' | 'onDate'>,
): void {
  translateErrors(stack);
  if (trace !== undefined) traceRequests(stack, trace);
  if (onDate !== undefined) reportDates(stack, onDate);
}

/** Outside of the deserializer, so that only answers of AWS count, and not the page of a proxy. */
function reportDates<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  onDate: (dateMs: number) => void,
): void {
  stack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { readonly headers?: Readonly<Record<string, string>> };
      const dateMs = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(dateMs)) onDate(dateMs);
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'reportDates' },
  );
}

/** Outermost of all middleware, so that it sees missing credentials and regions too. */
function translateErrors<Input extends object, Output extends object>(stack: MiddlewareStack<Input, Output>): void {
  stack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (thrown) {
        throw toRollError(thrown, context.clientName ?? '', context.commandName ?? '');
      }
    },
    { step: 'initialize', priority: 'high', name: 'asRollError' },
  );
}

/** Innermost of all middleware: it sees every attempt, with the HTTP status of each. */
function traceRequests<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  trace: TraceRequest,
): void {
  stack.add(
    (next, context) => async (args) => {
      const startMs = performance.now();
      const report = (status: number | string) =>
        trace({ name: `${context.clientName} ${context.commandName}`, status, elapsedMs: performance.now() - startMs });
      try {
        const result = await next(args);
        report(findStatusCode(result.response) ?? 'no status');
        return result;
      } catch (thrown) {
        report(thrown instanceof Error ? thrown.name : 'failed');
        throw thrown;
      }
    },
    { step: 'deserialize', priority: 'low', name: 'traceRequests' },
  );
}

function findStatusCode(response: unknown): number | undefined {
  const isResponse = typeof response === 'object' && response !== null && 'statusCode' in response;
  return isResponse && typeof response.statusCode === 'number' ? response.statusCode : undefined;
}
