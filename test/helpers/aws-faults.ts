import { AwsFault } from '../../src/sandbox/aws/fault.js';
import { encodeFault } from '../../src/sandbox/endpoint/encode.js';
import { serviceOfVersion } from '../../src/sandbox/endpoint/services.js';
import type { Fate, Passing } from './faulty-proxy.js';

/** The AWS action that a request asks for. */
export function actionOf({ body }: Passing): string {
  return new URLSearchParams(body).get('Action') ?? '';
}

/** True for an action that changes nothing. */
export function onlyAsks(passing: Passing): boolean {
  return /^(Describe|Get)/.test(actionOf(passing));
}

/** An error in the form of the service that is asked. */
export function answerWith(
  passing: Passing,
  code: string,
  status = 400,
  when: 'before' | 'after' = 'before',
): Fate {
  const dialect =
    serviceOfVersion(new URLSearchParams(passing.body).get('Version') ?? '')?.dialect ?? 'query';
  const body = encodeFault(dialect, new AwsFault(code, `simulated ${code}`, status), 'a-request');
  return { kind: 'answer', status, type: 'text/xml', body, when };
}
