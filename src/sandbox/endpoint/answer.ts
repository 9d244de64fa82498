import type { StaticOperationSchema } from '@smithy/types';
import { AwsFault } from '../aws/fault.js';
import { authorize, buildUserArn } from '../aws/iam/authorize.js';
import { buildRoleSessionArn, INSTANCE_POLICY } from '../aws/iam/instance-role.js';
import type { Policy } from '../aws/iam/policy.js';
import { simulatePolicy } from '../aws/iam/simulate.js';
import type { SandboxAws } from '../aws/sandbox-aws.js';
import { INSTANCE_KEY } from '../instances/metadata.js';
import {
  expiredTokenFault,
  parseSigningScope,
  type SecretKeys,
  type SignedRequest,
  type SigningScope,
  verifySignature,
} from './credentials.js';
import { decodeInput } from './decode.js';
import { encodeFault, encodeOutput } from './encode.js';
import { decodeJson } from './json.js';
import { parseParameters } from './parameters.js';
import {
  type Dialect,
  findServiceBySignature,
  findServiceByVersion,
  getInputSchema,
  getOutputSchema,
  type ServiceDefinition,
} from './services.js';

/** A request, as far as the query protocols care. */
export interface ApiRequest {
  readonly signed: SignedRequest;
  readonly keys: SecretKeys;
  readonly fields: URLSearchParams;
  /** Access key ids of sessions that are over. */
  readonly expired: ReadonlySet<string>;
  /** The policy of callers, except the instances, whose role has its own. */
  readonly policy: Policy | undefined;
  /** The operation of a JSON service, from `X-Amz-Target`: `AmazonSSM.GetParameter`. */
  readonly target: string | undefined;
  /** Told of every call of the operator by its name in IAM, such as `ec2:DescribeInstances`; not of the instances' own. */
  readonly onCall: (action: string) => void;
}

/** The HTTP response. */
export interface ApiResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Carries out one API request; whatever goes wrong is an AWS error in the form the caller can read. */
export async function answerRequest(aws: SandboxAws, request: ApiRequest, requestId: string): Promise<ApiResponse> {
  let service = findServiceByVersion(request.fields.get('Version') ?? '');
  try {
    const scope = parseSigningScope(request.signed.headers.authorization);
    service = signedService(request, scope) ?? service;
    await verifySignature(request.signed, scope, request.keys);
    if (service === undefined) throw noSuchAction(request);
    const body = carryOut(aws, service, request, scope, requestId);
    return { status: 200, contentType: CONTENT_TYPES[service.dialect], body };
  } catch (error) {
    const fault = error instanceof AwsFault ? error : internalFailure(error);
    const dialect = request.target === undefined ? (service?.dialect ?? 'query') : 'json';
    return { status: fault.status, contentType: CONTENT_TYPES[dialect], body: encodeFault(dialect, fault, requestId) };
  }
}

function signedService(request: ApiRequest, scope: SigningScope): ServiceDefinition | undefined {
  if (request.expired.has(scope.accessKeyId)) throw expiredTokenFault(scope.service);
  const service = findServiceBySignature(scope.service, request.fields.get('Version') ?? '');
  if (service !== undefined) return service;
  throw new AwsFault('InvalidAction', `The sandbox does not have the service ${scope.service}.`);
}

function noSuchAction(request: ApiRequest): AwsFault {
  const action = request.fields.get('Action') ?? request.target ?? '';
  return new AwsFault('InvalidAction', `The action ${action} is not valid for this web service.`);
}

function carryOut(
  aws: SandboxAws,
  service: ServiceDefinition,
  request: ApiRequest,
  { accessKeyId }: SigningScope,
  requestId: string,
): string {
  const action = findAction(service, request);
  if (action === undefined)
    throw new AwsFault('MissingAction', 'The request is missing an action or a required parameter.');
  const operation = Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
  if (operation === undefined) {
    throw new AwsFault('InvalidAction', `The action ${action} is not valid for this web service.`);
  }
  const input = decode(service, operation, request);
  const isInstance = accessKeyId === INSTANCE_KEY;
  if (!isInstance) request.onCall(`${service.signingName}:${action}`);
  const policy = isInstance ? INSTANCE_POLICY : request.policy;
  const caller = isInstance
    ? { UserId: 'AROASANDBOX0000000000:instance', Arn: buildRoleSessionArn(aws) }
    : { UserId: 'AIDASANDBOX0000000000', Arn: buildUserArn(aws) };
  if (policy !== undefined) authorize(aws.inside, policy, service.signingName, action, input, caller.Arn);
  const output =
    action === 'SimulatePrincipalPolicy' && policy !== undefined
      ? simulatePolicy(aws.inside, policy, input)
      : aws.dispatch(service.name, action, input);
  // A policy could not limit root, which calls without one.
  if (action === 'GetCallerIdentity' && policy !== undefined) Object.assign(output, caller);
  return encodeOutput(service, action, getOutputSchema(operation), output, requestId);
}

function findAction({ dialect, target }: ServiceDefinition, request: ApiRequest): string | undefined {
  if (dialect !== 'json') return request.fields.get('Action') ?? undefined;
  const [prefix, action] = (request.target ?? '').split('.', 2);
  return prefix === target ? action : undefined;
}

function decode({ dialect }: ServiceDefinition, operation: StaticOperationSchema, request: ApiRequest): object {
  const schema = getInputSchema(operation);
  if (dialect === 'json') return decodeJson(schema, request.signed.body ?? '');
  return decodeInput(dialect, schema, parseParameters(request.fields));
}

const CONTENT_TYPES: Readonly<Record<Dialect, string>> = {
  query: 'text/xml',
  ec2: 'text/xml',
  json: 'application/x-amz-json-1.1',
};

function internalFailure(error: unknown): AwsFault {
  const detail = error instanceof Error ? error.message : String(error);
  return new AwsFault('InternalFailure', `The sandbox failed to answer: ${detail}`, 500);
}
