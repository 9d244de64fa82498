import type { SandboxAws } from '../aws/sandbox-aws.js';
import type { ApiResponse } from './answer.js';

/** The sandbox's own questions, beside AWS's: whether it is there, and what its load balancers do. */
export function answerIntrospection(aws: SandboxAws, path: string): ApiResponse | undefined {
  if (!path.startsWith('/_sandbox/')) return undefined;
  if (path === '/_sandbox/health') return json(200, { status: 'ok' });
  if (path === '/_sandbox/state') {
    const { region, accountId } = aws;
    return json(200, { region, accountId, nowMs: aws.nowMs(), balancers: aws.balancers() });
  }
  return json(404, { status: 'unknown', path });
}

function json(status: number, value: object): ApiResponse {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}
