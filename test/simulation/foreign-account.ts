import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import { seedCluster } from '../../src/sandbox/aws/seed-cluster.js';
import type { SandboxImage } from '../../src/sandbox/interfaces.js';
import type { SimulatedEnvironment } from './environment.js';

const CLUSTER = 'payments';
const SIZE = 3;
const READY_MS = 120_000;

/** What another team has in the account, where an adversary wants a roll to change it. */
export const VICTIM = {
  cluster: CLUSTER,
  group: `${CLUSTER} - ${CLUSTER}-consul-v1`,
  launchConfiguration: `${CLUSTER}-consul-v1`,
  unusedLaunchConfiguration: `${CLUSTER}-unused`,
  launchTemplate: `${CLUSTER}-template`,
} as const;

/** Another cluster, of as many servers as most, a launch configuration that no group uses, and a launch template. */
export function seedVictim(environment: SimulatedEnvironment, image: SandboxImage): void {
  const { aws } = environment;
  const { loadBalancerName } = seedCluster(aws, {
    renderBootScript: renderDefaultBootScript,
    size: SIZE,
    name: CLUSTER,
    image,
    checkFactor: 3,
  });
  const {
    LaunchConfigurationARN: _arn,
    CreatedTime: _time,
    ...original
  } = aws.inside.launchConfigurations.get(VICTIM.launchConfiguration) ?? {};
  const LaunchConfigurationName = VICTIM.unusedLaunchConfiguration;
  aws.call('autoscaling', 'CreateLaunchConfiguration', { ...original, LaunchConfigurationName });
  addVersionedTemplate(aws, image.imageId);
  if (!environment.until(() => aws.inService(loadBalancerName).length === SIZE, READY_MS))
    throw new Error('the other cluster does not come up');
}

function addVersionedTemplate(aws: SandboxAws, ImageId: string): void {
  const LaunchTemplateName = VICTIM.launchTemplate;
  const LaunchTemplateData = { ImageId, InstanceType: 't2.medium' } as const;
  aws.call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName, LaunchTemplateData });
  aws.call('ec2', 'CreateLaunchTemplateVersion', { LaunchTemplateName, LaunchTemplateData });
}
