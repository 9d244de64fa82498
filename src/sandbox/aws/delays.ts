/**
 * How long AWS takes, at speed 1. The account divides each of these by its speed; what a caller configures (a health
 * check's interval, a grace period, a draining or heartbeat timeout) is taken as it is given. An image's boot time
 * is the image's own, see images.ts.
 */
export const DELAYS = {
  /** From a change of a group's capacity, or of its members, to the scaling activity that answers it. */
  scalingMs: 1_000,
  /** From EC2's `running` to the group's `InService`. */
  inServiceMs: 2_000,
  /** From a failed launch to the next try. */
  launchRetryMs: 15_000,
  /** Between two health checks of a group's instances. */
  healthCheckPassMs: 10_000,
  /** From attaching a load balancer to a group to its instances being registered. */
  attachMs: 1_000,
  /** From creating an application or network load balancer to its being `active`. */
  provisioningMs: 2_000,
  /** From registering an instance to its first health check. */
  firstCheckMs: 500,
  /** Between two checks of a draining instance's open requests. */
  drainCheckMs: 500,
  /** SIGTERM to SIGKILL in an instance that shuts down. */
  shutdownGraceMs: 30_000,
  /** From the end of the last process to EC2's `terminated`. */
  terminatedMs: 1_000,
  /** From deleting an empty group until it no longer exists. */
  groupDeletionMs: 1_000,
} as const;

/** How long EC2 lists a terminated instance; not divided by the speed. */
export const TERMINATED_LISTED_MS = 3_600_000;

/** The longest a lifecycle hook may hold an instance: 48 hours or 100 heartbeats, whichever is less. */
export const MAX_HOOK_MS = 172_800_000;
