import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteAutoScalingGroupCommand,
  DeleteLaunchConfigurationCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { getSecurityGroupId } from '../../../src/sandbox/aws/seed-load-balancers.js';
import { hasTerraform, openTerraform, type Terraform } from '../../helpers/terraform.js';
import { articleFor } from '../../integration/terraform/article.js';
import { createGroupBeside, createLaunchConfiguration, findGroup, listInService, waitFor } from '../aws.js';
import type { BenchSite, Way, WayEnd } from './way.js';

/** The article's `min_elb_capacity`: Terraform waits for so many servers, and destroys the old group. */
const MIN_ELB_CAPACITY = 3;

/** What Terraform's AWS provider does for the article's stack, call by call. */
async function replaceByCalls(site: BenchSite): Promise<WayEnd> {
  const { scaling } = site.aws;
  const old = await findGroup(site, site.groupName);
  const created = await createGroupBeside(site, await createLaunchConfiguration(site));
  const enough = Math.min(MIN_ELB_CAPACITY, site.size);
  await waitFor(site, async () => {
    const group = await findGroup(site, created);
    const launched = group?.Instances?.filter(({ LifecycleState }) => LifecycleState === 'InService').length ?? 0;
    return launched >= site.size && (await listInService(site, created)).length >= enough;
  });
  const AutoScalingGroupName = site.groupName;
  const empty = { MinSize: 0, MaxSize: 0, DesiredCapacity: 0 };
  await scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...empty }));
  await waitFor(site, async () => (await findGroup(site, site.groupName))?.Instances?.length === 0);
  await scaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName }));
  await waitFor(site, async () => (await findGroup(site, site.groupName)) === undefined);
  const { LaunchConfigurationName } = old ?? {};
  await scaling.send(new DeleteLaunchConfigurationCommand({ LaunchConfigurationName }));
  return { exitCode: 0, by: "the calls of Terraform's AWS provider, by the AWS SDK for JavaScript" };
}

const folderOf = (site: BenchSite) => join(site.folder, 'terraform');

/**
 * The stack, with the cluster as it runs in Terraform's state, so that nothing needs to be replaced yet.
 *
 * @throws Error where Terraform would replace something all the same
 */
async function takeOver(site: BenchSite): Promise<void> {
  const folder = folderOf(site);
  mkdirSync(folder);
  const group = await findGroup(site, site.groupName);
  const name = group?.LaunchConfigurationName ?? '';
  const { LaunchConfigurations: [configuration] = [] } = site.sandbox.aws.call(
    'autoscaling',
    'DescribeLaunchConfigurations',
    { LaunchConfigurationNames: [name] },
  );
  writeFileSync(join(folder, 'consul.sh'), Buffer.from(configuration?.UserData ?? '', 'base64'));
  writeFileSync(join(folder, 'provider.tf'), 'provider "aws" {\n}\n');
  writeStack(site, getImage('consul-v1').imageId);
  const terraform = await openTerraform(folder, site.env);
  const resources = [
    ['aws_elb.consul', site.loadBalancerName],
    ['aws_autoscaling_group.consul', site.groupName],
    ['aws_launch_configuration.consul', name],
  ] as const;
  for (const [resource, id] of resources) {
    await runTerraform(terraform, `terraform import -no-color -input=false ${resource} '${id}'`, site.signal);
  }
  const applied = await runTerraform(terraform, APPLY, site.signal);
  if (!/ 0 added, \d+ changed, 0 destroyed/.test(applied)) throw new Error(`Terraform replaced something: ${applied}`);
}

const APPLY = 'terraform apply -auto-approve -no-color -input=false';

function writeStack(site: BenchSite, imageId: string): void {
  const { aws } = site.sandbox;
  const choice = { profile: 'consul', securityGroupId: getSecurityGroupId(aws) };
  const article = articleFor(aws, imageId, choice);
  // A disk of the sandbox's own clusters has no such setting, which Terraform takes for false.
  const disk = 'volume_size = 10\n        delete_on_termination = false';
  const like = article
    .replaceAll(/(desired_capacity|max_size) = 5$/gm, `$1 = ${site.size}`)
    .replace('volume_size = 10', disk);
  writeFileSync(join(folderOf(site), 'article.tf'), like);
}

async function runTerraform(terraform: Terraform, line: string, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await terraform.run(line, signal);
  if (exitCode !== 0) throw new Error(`${line}: exit ${exitCode}: ${(stderr || stdout).slice(-2_000)}`);
  return stdout;
}

async function replaceByTerraform(site: BenchSite): Promise<WayEnd> {
  writeStack(site, site.imageId);
  const terraform = await openTerraform(folderOf(site), site.env);
  await runTerraform(terraform, APPLY, site.signal);
  const version = await runTerraform(terraform, 'terraform version -no-color', site.signal);
  const [, tool = 'Terraform', , provider = ''] =
    /^(Terraform v\S+)([\s\S]*?provider \S+\/aws (v\S+))?/m.exec(version) ?? [];
  return { exitCode: 0, by: `${tool} with AWS provider ${provider}` };
}

/** Every variant of the article's way begins and ends as the first one does. */
const ARTICLE = {
  id: 'article',
  title: 'Terraform, create_before_destroy',
  how: 'A new group beside the old one; once it is in service, the old group is destroyed at once.',
  ours: false,
  limitMs: 300_000,
} as const;
const BY_CALLS = { replace: replaceByCalls };
const BY_TERRAFORM = { prepare: takeOver, replace: replaceByTerraform };
const BY_TERRAFORM_OR_CALLS = hasTerraform ? BY_TERRAFORM : BY_CALLS;

/** The article's stack by Terraform itself, or where that is not at hand by the same calls, which the result says. */
export const articleWay: Way = { ...ARTICLE, ...BY_TERRAFORM_OR_CALLS };

/** The same by calls, for the short form: Terraform takes half a minute to begin. */
export const articleByCallsWay: Way = { ...ARTICLE, ...BY_CALLS, id: 'article-calls' };

export const leavingArticleWay: Way = {
  ...ARTICLE,
  ...BY_TERRAFORM_OR_CALLS,
  id: 'article-leave',
  title: 'the same, with consul leave on stop',
  how:
    'As above, with servers that leave whenever they are stopped (`leave_on_terminate`), as the article has them. A race: other ' +
    'runs, in which the new servers voted before the old ones left, kept the quorum.',
  leavesOnStop: true,
  findObstacle: ({ kind }) => (kind === 'process' ? undefined : 'simulated servers never leave when they are stopped'),
};
