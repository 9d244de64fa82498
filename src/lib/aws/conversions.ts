import { CreateLaunchConfigurationCommand, type LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, type ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { OldTemplate } from '../model/template.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { templateDataLike, unsayableInTemplate } from './configuration-as-template.js';
import { assertEqual, missing, withoutUserData } from './create-template.js';
import { launchConfigurationsNamed } from './describe.js';
import { isAwsError } from './errors.js';
import { readImageDisks } from './image-disks.js';
import { readOwnVersion, readVersion } from './launch-template.js';
import { configurationLike, unsayableInConfiguration } from './template-as-configuration.js';

/** What turns a launch configuration into a launch template, and back. */
export function createConversions(clients: Clients): Pick<Cloud, 'convertTemplate' | 'inexpressible'> {
  return {
    async convertTemplate(from, to, mark, imageId) {
      if (to.kind === 'launch-template') await toTemplate(clients, from, to.name, mark, imageId);
      else await toConfiguration(clients, from, to.name, imageId);
    },
    async inexpressible(from, to) {
      if (from.kind === to) return [];
      if (from.kind === 'launch-configuration') {
        return unsayableInTemplate(await configurationNamed(clients, from.name));
      }
      const mixed = from.mixed ? ['MixedInstancesPolicy'] : [];
      return [...mixed, ...unsayableInConfiguration(await dataOf(clients, from))];
    },
  };
}

async function toTemplate(
  clients: Clients,
  from: OldTemplate,
  name: string,
  mark: string,
  imageId: string,
): Promise<void> {
  const original = await configurationNamed(clients, from.name);
  const disks = await readImageDisks(clients, original.ImageId, imageId);
  const input = {
    LaunchTemplateName: name,
    VersionDescription: mark,
    LaunchTemplateData: templateDataLike(original, { imageId, disks }),
  };
  try {
    await clients.ec2.send(new CreateLaunchTemplateCommand(input));
  } catch (thrown) {
    const taken = isAwsError(thrown, 'InvalidLaunchTemplateName.AlreadyExistsException');
    const own = taken && (await readOwnVersion(clients, { id: undefined, name, mark, after: 0 }));
    if (!own) throw withoutUserData(thrown, original.UserData);
  }
}

async function toConfiguration(
  clients: Clients,
  from: OldTemplate,
  name: string,
  imageId: string,
): Promise<void> {
  const data = await dataOf(clients, from);
  const disks = await readImageDisks(clients, data.ImageId, imageId);
  const wanted = configurationLike(data, name, { imageId, disks });
  try {
    await clients.autoScaling.send(new CreateLaunchConfigurationCommand(wanted));
  } catch (thrown) {
    if (!isAwsError(thrown, 'AlreadyExists', 'AlreadyExistsFault'))
      throw withoutUserData(thrown, data.UserData);
    const [made] = await launchConfigurationsNamed(clients, [name]);
    if (made) assertEqual(made, wanted);
  }
}

async function configurationNamed(clients: Clients, name: string): Promise<LaunchConfiguration> {
  const [found] = await launchConfigurationsNamed(clients, [name]);
  if (found === undefined) throw missing(name);
  return found;
}

async function dataOf(clients: Clients, from: OldTemplate): Promise<ResponseLaunchTemplateData> {
  if (from.kind === 'launch-configuration') throw missing(from.name);
  const found = await readVersion(clients, { LaunchTemplateId: from.id, Version: String(from.resolved) });
  if (found?.LaunchTemplateData === undefined) throw missing(from.name);
  return found.LaunchTemplateData;
}
