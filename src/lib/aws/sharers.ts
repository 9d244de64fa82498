import { paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import type { Sharer } from '../model/survey.js';
import type { Clients } from './clients.js';
import { specificationOf } from './launch-source.js';
import { type TemplateSpecification, versionOf } from './launch-template.js';

const PAGE_SIZE = 100;

/** See `Cloud.sharers`. No filter of the API finds them, so every group of the account is looked at. */
export async function readSharers(clients: Clients, launchTemplateId: string): Promise<Sharer[]> {
  const sharers: Sharer[] = [];
  const pages = paginateDescribeAutoScalingGroups(
    { client: clients.autoScaling, pageSize: PAGE_SIZE },
    { IncludeInstances: false },
  );
  for await (const page of pages) {
    for (const group of page.AutoScalingGroups ?? []) {
      const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
      const named: readonly (TemplateSpecification | undefined)[] = [
        specificationOf(group),
        ...overrides.map((override) => override.LaunchTemplateSpecification),
      ];
      const own = named.filter((each) => each?.LaunchTemplateId === launchTemplateId);
      for (const each of own) {
        if (each) sharers.push({ group: group.AutoScalingGroupName ?? '', version: versionOf(each) });
      }
    }
  }
  return sharers;
}
