import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import {
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import type { SeenTemplate } from '../model/template.js';
import type { SoughtTemplate } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError } from './errors.js';

export type TemplateSpecification = NonNullable<AutoScalingGroup['LaunchTemplate']>;

const GONE = ['InvalidLaunchTemplateId.NotFound', 'InvalidLaunchTemplateName.NotFoundException'];
const NO_VERSION = 'InvalidLaunchTemplateId.VersionNotFound';

/** The versions that groups name, by `versionKey`; one that does not exist any more is left out. */
export async function readVersions(
  clients: Clients,
  named: readonly TemplateSpecification[],
): Promise<Map<string, LaunchTemplateVersion>> {
  const distinct = new Map(named.map((each) => [versionKey(each), each]));
  const found = await Promise.all(
    [...distinct].map(async ([key, each]) => ({ key, version: await readVersion(clients, each) })),
  );
  return new Map(found.flatMap(({ key, version }) => (version === undefined ? [] : [[key, version]])));
}

/**
 * One version. An image that is given as a parameter is answered as such: what it stands for today need not be what
 * it stood for when a server was launched.
 */
export async function readVersion(
  clients: Clients,
  named: TemplateSpecification,
): Promise<LaunchTemplateVersion | undefined> {
  const which = named.LaunchTemplateId
    ? { LaunchTemplateId: named.LaunchTemplateId }
    : { LaunchTemplateName: named.LaunchTemplateName };
  const command = new DescribeLaunchTemplateVersionsCommand({ ...which, Versions: [versionOf(named)] });
  const answer = await unlessGone(clients.ec2.send(command));
  return answer?.LaunchTemplateVersions?.[0];
}

export function versionKey(named: TemplateSpecification): string {
  return `${named.LaunchTemplateId ?? named.LaunchTemplateName} ${versionOf(named)}`;
}

/** What Auto Scaling takes where no version is named. */
export function versionOf(named: TemplateSpecification): string {
  return named.Version ?? '$Default';
}

/** The launch template of a roll as it is now, with the version the roll made. */
export async function readSeenTemplate(
  clients: Clients,
  sought: SoughtTemplate,
): Promise<SeenTemplate | undefined> {
  const [template, own] = await Promise.all([readTemplate(clients, sought), readOwnVersion(clients, sought)]);
  if (template?.LaunchTemplateId === undefined) return undefined;
  return {
    id: template.LaunchTemplateId,
    name: template.LaunchTemplateName ?? '',
    defaultVersion: template.DefaultVersionNumber ?? 0,
    latestVersion: template.LatestVersionNumber ?? 0,
    own,
  };
}

async function readTemplate(
  clients: Clients,
  { id, name }: SoughtTemplate,
): Promise<LaunchTemplate | undefined> {
  const which = id === undefined ? { LaunchTemplateNames: [name] } : { LaunchTemplateIds: [id] };
  const answer = await unlessGone(clients.ec2.send(new DescribeLaunchTemplatesCommand(which)));
  return answer?.LaunchTemplates?.[0];
}

/** The first version that is described as the roll's own. */
export async function readOwnVersion(
  clients: Clients,
  { id, name, mark, after }: SoughtTemplate,
): Promise<number | undefined> {
  const which = id === undefined ? { LaunchTemplateName: name } : { LaunchTemplateId: id };
  const pages = paginateDescribeLaunchTemplateVersions(
    { client: clients.ec2 },
    { ...which, MinVersion: String(after + 1) },
  );
  const numbers: number[] = [];
  const read = async () => {
    for await (const page of pages) {
      for (const { VersionDescription, VersionNumber } of page.LaunchTemplateVersions ?? []) {
        if (VersionDescription === mark && VersionNumber !== undefined) numbers.push(VersionNumber);
      }
    }
  };
  await unlessGone(read());
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

/** Undefined where the template or the version does not exist. */
async function unlessGone<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (isAwsError(thrown, NO_VERSION, ...GONE)) return undefined;
    throw thrown;
  }
}
