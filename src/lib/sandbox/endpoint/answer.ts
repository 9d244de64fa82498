import { AwsFault } from '../world/fault.js';
import type { World } from '../world/world.js';
import { expiredToken, signingScope } from './credentials.js';
import { decodeInput } from './decode.js';
import { encodeFault, encodeOutput } from './encode.js';
import { parameterTree } from './parameters.js';
import {
  inputSchema,
  outputSchema,
  type ServiceDefinition,
  serviceOfVersion,
  serviceSigned,
} from './services.js';

/** A request, as far as the query protocols care. */
export interface ApiRequest {
  readonly authorization: string | undefined;
  readonly fields: URLSearchParams;
  /** Access key ids of sessions that are over. */
  readonly expired: ReadonlySet<string>;
  /** The operation of a JSON service, from `X-Amz-Target`; the endpoint has none of those. */
  readonly target: string | undefined;
}

/** What goes back. */
export interface ApiAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Carries out one API request; whatever goes wrong is an AWS error in the form the caller can read. */
export function answerRequest(world: World, request: ApiRequest, requestId: string): ApiAnswer {
  let service = serviceOfVersion(request.fields.get('Version') ?? '');
  try {
    service = signedService(request) ?? service;
    if (service === undefined) throw noSuchAction(request);
    return {
      status: 200,
      contentType: 'text/xml',
      body: carryOut(world, service, request.fields, requestId),
    };
  } catch (error) {
    const fault = error instanceof AwsFault ? error : internalFailure(error);
    return faultAnswer(request, service?.dialect ?? 'query', fault, requestId);
  }
}

function signedService(request: ApiRequest): ServiceDefinition | undefined {
  const scope = signingScope(request.authorization, request.fields);
  if (request.expired.has(scope.accessKeyId)) throw expiredToken(scope.service);
  const service = serviceSigned(scope.service, request.fields.get('Version') ?? '');
  if (service !== undefined) return service;
  throw new AwsFault('InvalidAction', `The sandbox does not have the service ${scope.service}.`);
}

function noSuchAction(request: ApiRequest): AwsFault {
  const action = request.fields.get('Action') ?? request.target ?? '';
  return new AwsFault('InvalidAction', `The action ${action} is not valid for this web service.`);
}

function carryOut(
  world: World,
  service: ServiceDefinition,
  fields: URLSearchParams,
  requestId: string,
): string {
  const action = fields.get('Action');
  if (action === null)
    throw new AwsFault('MissingAction', 'The request is missing an action or a required parameter.');
  const operation = Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
  if (operation === undefined) {
    throw new AwsFault('InvalidAction', `The action ${action} is not valid for this web service.`);
  }
  const input = decodeInput(service.dialect, inputSchema(operation), parameterTree(fields));
  const output = world.dispatch(service.name, action, input);
  return encodeOutput(service, action, outputSchema(operation), output, requestId);
}

function internalFailure(error: unknown): AwsFault {
  const detail = error instanceof Error ? error.message : String(error);
  return new AwsFault('InternalFailure', `The sandbox failed to answer: ${detail}`, 500);
}

function faultAnswer(
  request: ApiRequest,
  dialect: ServiceDefinition['dialect'],
  fault: AwsFault,
  requestId: string,
): ApiAnswer {
  if (request.target === undefined) {
    return { status: fault.status, contentType: 'text/xml', body: encodeFault(dialect, fault, requestId) };
  }
  const body = JSON.stringify({ __type: fault.code, message: fault.message });
  return { status: fault.status, contentType: 'application/x-amz-json-1.1', body };
}
