import { AwsFault } from '../../src/sandbox/aws/fault.js';
import { encodeFault } from '../../src/sandbox/endpoint/encode.js';
import { findServiceByVersion } from '../../src/sandbox/endpoint/services.js';
import type { ProxiedRequest, ProxyOutcome } from './faulty-proxy.js';

/** The AWS action that a request asks for. */
export function parseAction({ body }: ProxiedRequest): string {
  return new URLSearchParams(body).get('Action') ?? '';
}

/** True for an action that changes nothing. */
export function isReadOnlyRequest(passing: ProxiedRequest): boolean {
  return /^(Describe|Get)/.test(parseAction(passing));
}

/** An error in the form of the service that is asked. */
export function answerWith(
  passing: ProxiedRequest,
  code: string,
  status = 400,
  when: 'before' | 'after' = 'before',
): ProxyOutcome {
  const dialect = findServiceByVersion(new URLSearchParams(passing.body).get('Version') ?? '')?.dialect ?? 'query';
  const body = encodeFault(dialect, new AwsFault(code, `simulated ${code}`, status), 'a-request');
  return { kind: 'answer', status, type: 'text/xml', body, when };
}
