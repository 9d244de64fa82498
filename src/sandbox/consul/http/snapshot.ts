import { takeSnapshot } from '../operations/snapshot.js';
import type { Respond, Route, RouteContext } from './messages.js';
import { buildMetaHeaders, failureResponse } from './messages.js';
import { parseConsistency } from './parse.js';

export const snapshotRoutes: readonly Route[] = [{ path: 'snapshot', methods: ['GET'], answer: snapshot }];

function snapshot({ net, server, request }: RouteContext, respond: Respond): void {
  const consistency = parseConsistency(request, respond);
  if (consistency === undefined) return;
  takeSnapshot(net, server, consistency === 'stale', (answer) => {
    if (!answer.ok) respond(failureResponse(answer));
    else {
      const headers = { ...buildMetaHeaders(answer.meta), 'Content-Type': 'application/x-gzip' };
      respond({ status: 200, headers, body: answer.value });
    }
  });
}
