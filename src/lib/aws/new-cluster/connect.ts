import type { CloudSettings } from '../../config/connection.js';
import { messageOf, RollError } from '../../model/errors.js';
import type { Creation } from '../../ports.js';
import { type Clients, createClients } from '../clients.js';
import { isAccessDenied, isAwsError } from '../errors.js';
import { quotesUserData } from '../launch-configuration.js';
import { createFirstGroup, readGroupFields } from './group.js';
import {
  createLaunchConfiguration,
  createLaunchTemplate,
  readConfigurationFields,
  readTemplateFields,
} from './launch-source.js';
import { createClassicLoadBalancer, readClassicLoadBalancer } from './load-balancer.js';

/** The Creation port over Amazon's own SDK. */
export function createCreation(settings: CloudSettings = {}): Creation {
  return createCreationFromClients(createClients(settings));
}

/** The Creation port over clients that exist already. */
export function createCreationFromClients(clients: Clients): Creation {
  return {
    findRootDevice: (imageId) => readRootDevice(clients, imageId),
    findLoadBalancer: (name) => readClassicLoadBalancer(clients, name),
    findLaunchSource: (kind, name, version) =>
      kind === 'launch-configuration'
        ? readConfigurationFields(clients, name)
        : readTemplateFields(clients, name, version),
    findGroup: (name) => readGroupFields(clients, name),
    createLoadBalancer: (name, fields) =>
      translateRefusal(`the load balancer ${name}`, () => createClassicLoadBalancer(clients, name, fields)),
    createLaunchSource: ({ kind, name, fields }) =>
      translateRefusal(
        `the ${kind.replace('-', ' ')} ${name}`,
        () =>
          kind === 'launch-configuration'
            ? createLaunchConfiguration(clients, name, fields)
            : createLaunchTemplate(clients, name, fields),
        fields.userData,
      ),
    createGroup: (name, fields, launchSource, cluster) =>
      translateRefusal(`the group ${name}`, () => createFirstGroup(clients, name, fields, launchSource, cluster)),
    close: () => clients.close(),
  };
}

async function readRootDevice(clients: Clients, imageId: string): Promise<string | undefined> {
  const { Images } = await clients.ec2.describeImages({ Filters: [{ Name: 'image-id', Values: [imageId] }] });
  return Images?.[0]?.RootDeviceName;
}

const NAME_TAKEN_ERRORS = [
  'AlreadyExists',
  'DuplicateLoadBalancerName',
  'DuplicateAccessPointName',
  'InvalidLaunchTemplateName.AlreadyExists',
];

/**
 * Creates a resource; if AWS refuses, the error names the resource and gives AWS's reason.
 *
 * @param secret must not appear in the error; AWS may quote a value that it refuses
 */
export async function translateRefusal<Made>(what: string, make: () => Promise<Made>, secret?: string): Promise<Made> {
  try {
    return await make();
  } catch (thrown) {
    if (thrown instanceof RollError)
      throw thrown.code === 'launch-configurations-refused' ? toFileKeyError(thrown) : thrown;
    if (!isAccessDenied(thrown)) throw thrown;
    const taken = isAwsError(thrown, ...NAME_TAKEN_ERRORS);
    const message = messageOf(thrown);
    throw new RollError({
      code: taken ? 'made-meanwhile' : 'resource-refused',
      message: `AWS did not create ${what}: ${quotesUserData(message, secret) ? 'it refuses its user data' : message}`,
      kind: 'refused',
      state: 'Resources created before it are kept; the next run finds them.',
      next: taken
        ? 'run the same command again: it finds what exists'
        : 'correct the cluster file, then run the same command again: it continues from what exists',
    });
  }
}

/** A roll sets this by a flag; the cluster file sets it by a key. */
function toFileKeyError({ code, kind, message, state }: RollError): RollError {
  return new RollError({ code, message, kind, state, next: 'write launchFrom: launch-template into the file' });
}
