import { formatFlag, quoteWord } from '../../model/errors.js';
import type { HealthIssue, HealthIssueOf, OrphanPeerCleanup } from '../../model/health-issue.js';
import type { ClusterStatus } from '../../model/plan.js';
import { formatServerState } from '../server-states.js';
import { formatCount, formatList } from './format.js';

type UnhealthyCluster = Pick<ClusterStatus, 'healthIssues' | 'observation' | 'memory'>;

/** One sentence an issue, the most important first. */
export function describeHealthIssues(status: UnhealthyCluster): readonly string[] {
  return [...describeReplacement(status), ...status.healthIssues.flatMap((issue) => describeHealthIssue(issue) ?? [])];
}

/** What the operator must do, each once; empty where waiting is enough. */
export function listHealthRemedies(healthIssues: readonly HealthIssue[]): readonly string[] {
  return [...new Set(healthIssues.flatMap((issue) => getHealthRemedy(issue) ?? []))];
}

/** `i-0a12 is terminating; its replacement: i-0b11 (booting)`. */
function describeReplacement({ healthIssues, ...known }: UnhealthyCluster): string[] {
  const going = healthIssues.filter((one): one is HealthIssueOf<'terminating'> => one.kind === 'terminating');
  const gone = healthIssues.filter((one): one is HealthIssueOf<'gone'> => one.kind === 'gone');
  const coming = healthIssues.flatMap((one) => (one.kind === 'arriving' ? [one.instanceId] : []));
  const named = known.observation.servers
    .filter(({ instanceId }) => coming.includes(instanceId))
    .map((server) => `${server.instanceId} (${formatServerState(server, known)})`);
  const leaving = [
    ...gone.map(({ instanceId }) => `${instanceId} is gone, but its group still counts it`),
    ...going.map(({ instanceId }) => `${instanceId} is terminating`),
  ];
  if (leaving.length === 0) return named.length === 0 ? [] : [`new: ${formatList(named)}`];
  if (named.length === 0) return [`${formatList(leaving)}; no replacement is launched yet`];
  return [
    `${formatList(leaving)}; ${named.length === 1 ? 'its replacement' : 'their replacements'}: ${formatList(named)}`,
  ];
}

function describeHealthIssue(issue: HealthIssue): string | undefined {
  switch (issue.kind) {
    case 'silent':
      return issue.replaceable === 'unknown'
        ? `${issue.instanceId} is not reachable from here (${issue.detail})`
        : `Consul on ${issue.instanceId} does not answer (${issue.detail})`;
    case 'token-refused':
      return `${issue.instanceId} refuses the ACL token (${issue.detail})`;
    case 'unhealthy':
      return `${issue.instanceId} answers but is not a healthy voter`;
    case 'out-of-service':
      return `${issue.instanceId} is a voter but not in service in the load balancer`;
    case 'missing':
      return describeMissingInstances(issue);
    case 'suspended':
      return `${issue.group} cannot replace servers: its processes ${formatList(issue.processes)} are suspended`;
    case 'orphan-peer':
      return `Raft peer ${issue.node} has no matching instance; ${CLEANUP_TEXTS[issue.cleanup]}`;
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
  autopilot: 'autopilot removes it soon after gossip marks it failed',
  'autopilot-later': 'autopilot removes it once enough other servers vote (min_quorum)',
  manual: 'autopilot does not remove it',
  unknown: 'unknown whether autopilot removes it',
};

function getHealthRemedy(issue: HealthIssue): string | undefined {
  switch (issue.kind) {
    case 'silent':
      return getSilentRemedy(issue);
    case 'token-refused':
      return `check the ACL settings of Consul on ${issue.instanceId}, and that the policy of the token fits its node name`;
    case 'missing':
      return issue.why === undefined ? undefined : 'fix what AWS reports; the group then launches instances again';
    case 'suspended':
      return (
        `aws autoscaling resume-processes ${formatFlag('auto-scaling-group-name', issue.group)} ` +
        `--scaling-processes ${issue.processes.map(quoteWord).join(' ')}`
      );
    case 'orphan-peer':
      return issue.cleanup === 'manual'
        ? `once its process has exited: consul operator raft remove-peer -id=${quoteWord(issue.peerId)}`
        : undefined;
    default:
      return undefined;
  }
}

/** A server is replaced only where the cluster can lose it; one that cannot be reached from here may be healthy. */
function getSilentRemedy({ instanceId, replaceable, remedy }: HealthIssueOf<'silent'>): string {
  if (remedy !== undefined) return `${remedy}. Do not terminate a server`;
  const cause = `find out why Consul does not answer on ${instanceId} (journalctl -u consul)`;
  switch (replaceable) {
    case 'unknown':
      return (
        "check that this machine reaches the servers' HTTP port (8500): VPC or VPN, security group, CONSUL_HTTP_SSL; " +
        'if it does, read the log of Consul on them (journalctl -u consul). Do not terminate a server'
      );
    case 'no':
      return `${cause} and start it again; do not terminate a server: none can be lost until then`;
    case 'yes':
      return (
        `${cause}; its group notices only with health check type ELB. To replace it: ` +
        `aws autoscaling set-instance-health ${formatFlag('instance-id', instanceId)} --health-status Unhealthy`
      );
  }
}
