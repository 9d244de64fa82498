import { type AutoScalingGroup, EnableMetricsCollectionCommand } from '@aws-sdk/client-auto-scaling';
import type { Clients } from './clients.js';

/** The only granularity the API knows. */
const GRANULARITY = '1Minute';

/** Turns on the group metrics that are on for the original; no call when there are none. */
export async function copyMetricsCollection(
  clients: Clients,
  original: AutoScalingGroup,
  name: string,
): Promise<void> {
  const Metrics = (original.EnabledMetrics ?? [])
    .map((each) => each.Metric)
    .filter((each) => each !== undefined);
  if (Metrics.length === 0) return;
  await clients.autoScaling.send(
    new EnableMetricsCollectionCommand({ AutoScalingGroupName: name, Granularity: GRANULARITY, Metrics }),
  );
}
