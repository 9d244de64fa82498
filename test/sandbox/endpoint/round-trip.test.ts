import * as scalingSdk from '@aws-sdk/client-auto-scaling';
import * as ec2Sdk from '@aws-sdk/client-ec2';
import * as balancingSdk from '@aws-sdk/client-elastic-load-balancing';
import * as targetsSdk from '@aws-sdk/client-elastic-load-balancing-v2';
import * as iamSdk from '@aws-sdk/client-iam';
import * as ssmSdk from '@aws-sdk/client-ssm';
import * as stsSdk from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceName } from '../../../src/sandbox/aws/actions.js';
import { SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';
import { createSandboxAws } from '../../../src/sandbox/aws/sandbox-aws.js';
import { type Endpoint, startEndpoint } from '../../../src/sandbox/endpoint/endpoint.js';
import { getInputSchema, getOutputSchema, SERVICES } from '../../../src/sandbox/endpoint/services.js';
import { FakeMachines } from '../aws/fake-instances.js';
import { KEYS, openClients } from './account.js';
import { fullValue } from './full-value.js';

/** The SDK's modules, looked into by the name of a command. */
const sdks: Record<ServiceName, Readonly<Record<string, unknown>>> = {
  autoscaling: { ...scalingSdk },
  elasticloadbalancing: { ...balancingSdk },
  elasticloadbalancingv2: { ...targetsSdk },
  ec2: { ...ec2Sdk },
  iam: { ...iamSdk },
  ssm: { ...ssmSdk },
  sts: { ...stsSdk },
};

/** What the endpoint handed to its account, and what the account is to answer. */
const exchange: { input: unknown; output: object } = { input: undefined, output: {} };
let endpoint: Endpoint;
let clients: Record<ServiceName, { send(command: never): Promise<unknown>; destroy(): void }>;

beforeAll(async () => {
  const world = createSandboxAws({
    seed: 1,
    startMs: 0,
    speed: 1,
    machines: new FakeMachines(),
    images: SANDBOX_IMAGES,
    network: { secondOctet: 99 },
  });
  const dispatch = (_service: string, _action: string, input: unknown) => {
    exchange.input = input;
    return exchange.output;
  };
  endpoint = await startEndpoint({ aws: { ...world, dispatch }, host: '127.0.0.1', port: 0, keys: KEYS });
  const { scaling, balancing, targets, ...others } = openClients(endpoint.url);
  clients = { autoscaling: scaling, elasticloadbalancing: balancing, elasticloadbalancingv2: targets, ...others };
});
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await endpoint.close();
});

/** A command of the SDK, made by its operation's name. */
function command(service: ServiceName, action: string, input: object): never {
  const Command = sdks[service][`${action}Command`];
  if (typeof Command !== 'function') throw new Error(`the SDK has no ${action}Command`);
  return Reflect.construct(Command, [input]) as never;
}

describe.each(Object.values(SERVICES))('$name', ({ name, operations }) => {
  test.each(Object.keys(operations))('%s: every member of the input and of the output survives', async (action) => {
    const operation = operations[action];
    if (operation === undefined) throw new Error(`no schema for ${action}`);
    const input = fullValue(getInputSchema(operation));
    exchange.output = fullValue(getOutputSchema(operation));
    const answer = await clients[name].send(command(name, action, input));
    expect(exchange.input).toEqual(input);
    expect(answer).toEqual({ ...exchange.output, $metadata: expect.anything() });
  });
});
