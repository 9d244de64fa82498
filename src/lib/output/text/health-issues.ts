import type { HealthIssue, OrphanPeerCleanup } from '../../model/health-issue.js';
import { formatCount, formatList } from './format.js';

type HealthIssueOf<Kind extends HealthIssue['kind']> = Extract<HealthIssue, { kind: Kind }>;

/** What is happening to a cluster that heals, or does not: one sentence each, the most important first. */
export function describeHealthIssues(healthIssues: readonly HealthIssue[]): readonly string[] {
  return [
    ...describeReplacement(healthIssues),
    ...healthIssues.flatMap((issue) => describeHealthIssue(issue) ?? []),
  ];
}

/** What a person has to do about it; empty where it is enough to wait. */
export function listHealthRemedies(healthIssues: readonly HealthIssue[]): readonly string[] {
  return healthIssues.flatMap((issue) => getHealthRemedy(issue) ?? []);
}

/** Who goes and who comes belong together: `i-0a12 is terminating, its replacement i-0b11 is booting`. */
function describeReplacement(healthIssues: readonly HealthIssue[]): string[] {
  const going = healthIssues.filter((one): one is HealthIssueOf<'terminating'> => one.kind === 'terminating');
  const gone = healthIssues.filter((one): one is HealthIssueOf<'gone'> => one.kind === 'gone');
  const coming = healthIssues.filter((one): one is HealthIssueOf<'arriving'> => one.kind === 'arriving');
  const named = coming.map(({ instanceId, stage }) => `${instanceId} is ${stage}`);
  const leaving = [
    ...gone.map(({ instanceId }) => `${instanceId} is gone, which its group has not noticed yet`),
    ...going.map(({ instanceId }) => `${instanceId} is terminating`),
  ];
  if (leaving.length === 0) return named.length === 0 ? [] : [`new: ${formatList(named)}`];
  if (named.length === 0) return [`${formatList(leaving)}; no replacement is launched yet`];
  return [
    `${formatList(leaving)}, ${named.length === 1 ? 'its replacement' : 'their replacements:'} ${formatList(named)}`,
  ];
}

function describeHealthIssue(issue: HealthIssue): string | undefined {
  switch (issue.kind) {
    case 'silent':
      return `${issue.instanceId} is down: Consul on it does not answer (${issue.detail})`;
    case 'unhealthy':
      return `${issue.instanceId} answers, and is no healthy voter`;
    case 'out-of-service':
      return `${issue.instanceId} votes, and is not in service in the load balancer`;
    case 'missing':
      return describeMissingInstances(issue);
    case 'suspended':
      return `${issue.group} does not heal by itself: ${formatList(issue.processes)} suspended`;
    case 'orphan-peer':
      return `Raft still counts ${issue.node}, no standing server of the group; ${CLEANUP_TEXTS[issue.cleanup]}`;
    default:
      return undefined;
  }
}

function describeMissingInstances({ count, group, why }: HealthIssueOf<'missing'>): string {
  const short = `${group} is ${formatCount(count, 'server')} below its size`;
  return why === undefined
    ? `${short}, and launches ${count === 1 ? 'another' : 'others'}`
    : `${short}, and AWS does not launch ${count === 1 ? 'it' : 'them'}: ${why}`;
}

const CLEANUP_TEXTS: Readonly<Record<OrphanPeerCleanup, string>> = {
  autopilot: 'autopilot takes it out by itself, soon after gossip calls it failed',
  'autopilot-later': 'autopilot takes it out once enough others vote (its min_quorum)',
  manual: 'autopilot does not take it out by itself',
  unknown: 'whether autopilot takes it out is not known',
};

function getHealthRemedy(issue: HealthIssue): string | undefined {
  switch (issue.kind) {
    case 'silent':
      return (
        `see why Consul does not answer on ${issue.instanceId} (journalctl -u consul); its group does not see that ` +
        'unless its health type is ELB. To have it replaced: aws autoscaling set-instance-health --instance-id ' +
        `${issue.instanceId} --health-status Unhealthy`
      );
    case 'missing':
      return issue.why === undefined
        ? undefined
        : 'put right what AWS says, and the group launches by itself';
    case 'suspended':
      return (
        `aws autoscaling resume-processes --auto-scaling-group-name ${issue.group} ` +
        `--scaling-processes ${issue.processes.join(' ')}`
      );
    case 'orphan-peer':
      return issue.cleanup === 'manual'
        ? `once it is dead for certain: consul operator raft remove-peer -id=${issue.peerId}`
        : undefined;
    default:
      return undefined;
  }
}
