import { join } from 'node:path';
import { renderDefaultBootScript } from '../../../src/lib/create/boot/script.js';
import type { InstanceContext } from '../../../src/sandbox/instances/instance.js';
import { createTools } from '../../../src/sandbox/instances/tools.js';
import type { Cloud, ImageBehaviour, InstanceSpec, LaunchFacts } from '../../../src/sandbox/interfaces.js';

/** What an instance is launched with where a test does not care. */
export function launchFacts(facts: Partial<LaunchFacts> = {}): LaunchFacts {
  return {
    region: 'eu-west-1',
    accountId: '000000000000',
    instanceType: 't2.medium',
    hostName: 'ip-127-0-0-1.eu-west-1.compute.internal',
    launchedMs: Date.now(),
    userData: undefined,
    instanceProfile: 'arn:aws:iam::000000000000:instance-profile/consul',
    httpTokens: 'optional',
    tagsInMetadata: false,
    tags: new Map([['Name', 'consul']]),
    ...facts,
  };
}

/** An instance with user data as text, on a good image. */
export function specOf(
  spec: Partial<InstanceSpec> & { address: string },
  facts: Partial<LaunchFacts> = {},
): InstanceSpec {
  return {
    instanceId: `i-0${spec.address.split('.').at(-1)}`,
    zone: 'eu-west-1a',
    image: imageOf('good'),
    peers: [],
    bootstrapExpect: undefined,
    launch: launchFacts(facts),
    ...spec,
  };
}

export function imageOf(behaviour: ImageBehaviour) {
  return {
    imageId: 'ami-1',
    name: 'test',
    description: '',
    behaviour,
    consulVersion: '1.20.2',
    consulPath: undefined,
    bootMs: 0,
    createdAtMs: 0,
  };
}

/** Text as the API carries user data. */
export const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A cloud of the instances of a list, whatever is asked for. */
export function cloudOf(specs: readonly InstanceSpec[]): Cloud {
  return {
    endpointUrl: () => 'http://127.0.0.1:9',
    roleSecretKey: 'secret of the role',
    describeInstances: () => ({
      Reservations: specs.map(({ instanceId, address, launch }) => ({
        Instances: [
          {
            InstanceId: instanceId,
            PrivateIpAddress: address,
            LaunchTime: new Date(launch.launchedMs),
            Tags: [...launch.tags].map(([Key, Value]) => ({ Key, Value })),
          },
        ],
      })),
    }),
    describeGroups: () => ({ AutoScalingGroups: [] }),
    describeGroupInstances: () => ({ AutoScalingInstances: [] }),
  };
}

/** Where boot scripts are run: with this machine's tools, and a shim for `aws`. */
export function siteIn(folder: string, cloud: Cloud, consul = false): InstanceContext {
  return {
    folder,
    cloud,
    renderBootScript: renderDefaultBootScript,
    tools: createTools(join(folder, 'bin'), { env: process.env, aws: undefined, consul }),
  };
}
