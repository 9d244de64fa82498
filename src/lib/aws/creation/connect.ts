import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import type { Creation } from '../../ports/creation.js';
import type { CloudSettings } from '../../settings/cloud.js';
import { type Clients, connectClients } from '../clients.js';
import { createBalancer, readBalancer } from './balancer.js';
import { createConfiguration, readConfiguration } from './configuration.js';
import { createGroup, readGroup } from './group.js';
import { refusedByAws } from './refused.js';
import { createTemplate, readTemplate } from './template.js';

/** The Creation port over Amazon's own SDK. */
export function connectCreation(settings: CloudSettings = {}): Creation {
  return creationOver(connectClients(settings));
}

/** The Creation port over clients that exist already. */
export function creationOver(clients: Clients): Creation {
  return {
    rootDevice: (imageId) => readRootDevice(clients, imageId),
    balancer: (name) => readBalancer(clients, name),
    template: (kind, name, version) =>
      kind === 'launch-configuration'
        ? readConfiguration(clients, name)
        : readTemplate(clients, name, version),
    group: (name) => readGroup(clients, name),
    createBalancer: (name, fields) =>
      refusedByAws(`the load balancer ${name}`, () => createBalancer(clients, name, fields)),
    createTemplate: ({ kind, name, fields }) =>
      refusedByAws(
        `the ${kind.replace('-', ' ')} ${name}`,
        () =>
          kind === 'launch-configuration'
            ? createConfiguration(clients, name, fields)
            : createTemplate(clients, name, fields),
        fields.userData,
      ),
    createGroup: (name, fields, launch, cluster) =>
      refusedByAws(`the group ${name}`, () => createGroup(clients, name, fields, launch, cluster)),
    close: () => clients.close(),
  };
}

async function readRootDevice(clients: Clients, imageId: string): Promise<string | undefined> {
  const command = new DescribeImagesCommand({ Filters: [{ Name: 'image-id', Values: [imageId] }] });
  const { Images } = await clients.ec2.send(command);
  return Images?.[0]?.RootDeviceName;
}
