import {
  PutNotificationConfigurationCommand,
  paginateDescribeNotificationConfigurations,
} from '@aws-sdk/client-auto-scaling';
import type { Clients } from './clients.js';

/** Sends the notifications of the original for the new group too: the same topics, the same kinds of events. */
export async function copyNotifications(clients: Clients, from: string, name: string): Promise<void> {
  for (const [TopicARN, NotificationTypes] of await readNotifications(clients, from)) {
    await clients.autoScaling.send(
      new PutNotificationConfigurationCommand({ AutoScalingGroupName: name, TopicARN, NotificationTypes }),
    );
  }
}

/** By topic, since the API describes one entry an event kind and sets one entry a topic. */
async function readNotifications(clients: Clients, group: string): Promise<Map<string, string[]>> {
  const byTopic = new Map<string, string[]>();
  const pages = paginateDescribeNotificationConfigurations(
    { client: clients.autoScaling },
    { AutoScalingGroupNames: [group] },
  );
  for await (const page of pages) {
    for (const { TopicARN, NotificationType } of page.NotificationConfigurations ?? []) {
      if (!TopicARN || !NotificationType) continue;
      byTopic.set(TopicARN, [...(byTopic.get(TopicARN) ?? []), NotificationType]);
    }
  }
  return byTopic;
}
