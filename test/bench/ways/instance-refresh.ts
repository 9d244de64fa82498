import {
  DescribeInstanceRefreshesCommand,
  StartInstanceRefreshCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { createLaunchConfiguration, waitFor } from '../aws.js';
import type { BenchSite, Way } from './way.js';

/** What AWS uses when neither is set: 90 %, and the health check grace period of the group, which is 300 s by default. */
const MIN_HEALTHY_PERCENTAGE = 90;
const WARMUP_S = 60;

const ENDED = ['Successful', 'Failed', 'Cancelled', 'RollbackSuccessful', 'RollbackFailed'];

/** The end of the refresh that runs. */
async function waitForRefresh(site: BenchSite): Promise<string> {
  let status = 'Pending';
  await waitFor(site, async () => {
    const { InstanceRefreshes: [refresh] = [] } = await site.aws.scaling.send(
      new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: site.groupName }),
    );
    status = refresh?.Status ?? status;
    return ENDED.includes(status);
  });
  return status;
}

export const instanceRefreshWay: Way = {
  id: 'instance-refresh',
  title: 'instance refresh of Auto Scaling',
  how: `StartInstanceRefresh with its default of ${MIN_HEALTHY_PERCENTAGE} % healthy and a warm-up of ${WARMUP_S} s.`,
  ours: false,
  limitMs: 1_200_000,
  replace: async (site) => {
    const { scaling } = site.aws;
    const { groupName: AutoScalingGroupName } = site;
    const LaunchConfigurationName = await createLaunchConfiguration(site);
    await scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, LaunchConfigurationName }));
    const Preferences = {
      MinHealthyPercentage: MIN_HEALTHY_PERCENTAGE,
      InstanceWarmup: Math.ceil(WARMUP_S / site.speed),
    };
    await scaling.send(new StartInstanceRefreshCommand({ AutoScalingGroupName, Preferences }));
    const status = await waitForRefresh(site);
    return { exitCode: status === 'Successful' ? 0 : 1, by: `Auto Scaling: ${status}` };
  },
};
