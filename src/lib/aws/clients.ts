import { type AutoScaling, AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { type EC2, EC2Client } from '@aws-sdk/client-ec2';
import { type ElasticLoadBalancing, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { type ElasticLoadBalancingV2, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { STS } from '@aws-sdk/client-sts';
import type { MiddlewareStack } from '@smithy/types';
import type { CloudSettings, TraceRequest } from '../config/connection.js';
import * as autoScalingCalls from './calls/auto-scaling.js';
import * as classicCalls from './calls/classic-load-balancers.js';
import { withCalls } from './calls/client.js';
import * as ec2Calls from './calls/ec2.js';
import * as targetCalls from './calls/target-groups.js';
import { toRollError } from './errors.js';

const AutoScalingApi = withCalls<AutoScaling>()(AutoScalingClient, autoScalingCalls);
const ClassicBalancingApi = withCalls<ElasticLoadBalancing>()(ElasticLoadBalancingClient, classicCalls);
const TargetGroupApi = withCalls<ElasticLoadBalancingV2>()(ElasticLoadBalancingV2Client, targetCalls);
const Ec2Api = withCalls<EC2>()(EC2Client, ec2Calls);

/** One client per service. They share settings, not connections. */
export interface Clients {
  readonly autoScaling: InstanceType<typeof AutoScalingApi>;
  /** Of classic load balancers. */
  readonly balancing: InstanceType<typeof ClassicBalancingApi>;
  /** Of target groups, behind application and network load balancers. */
  readonly targets: InstanceType<typeof TargetGroupApi>;
  readonly ec2: InstanceType<typeof Ec2Api>;
  readonly sts: STS;
  close(): void;
}

const DEFAULT_MAX_ATTEMPTS = 5;
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_SOCKETS = 50;

/** Clients whose errors are RollErrors wherever an operator can do something about them. */
export function createClients(settings: CloudSettings = {}): Clients {
  suppressNodeVersionWarning();
  const configuration = buildClientConfig(settings);
  const clients = {
    autoScaling: new AutoScalingApi(configuration),
    balancing: new ClassicBalancingApi(configuration),
    targets: new TargetGroupApi(configuration),
    ec2: new Ec2Api(configuration),
    sts: new STS(configuration),
  };
  addMiddleware(clients.autoScaling.middlewareStack, settings);
  addMiddleware(clients.balancing.middlewareStack, settings);
  addMiddleware(clients.targets.middlewareStack, settings);
  addMiddleware(clients.ec2.middlewareStack, settings);
  addMiddleware(clients.sts.middlewareStack, settings);
  return {
    ...clients,
    close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/** On Node 20 the SDK writes seven lines to stderr at every run; it works there all the same. */
function suppressNodeVersionWarning(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}

/** What every client is made with. */
export function buildClientConfig(settings: CloudSettings) {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return {
    ...(settings.region && { region: settings.region }),
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
