import type { Ailment, GhostCare } from '../../model/health-issue.js';
import { counted, enumerated } from './format.js';

type Of<Kind extends Ailment['kind']> = Extract<Ailment, { kind: Kind }>;

/** What is happening to a cluster that heals, or does not: one sentence each, the most important first. */
export function describeAilments(ailments: readonly Ailment[]): readonly string[] {
  return [...replacing(ailments), ...ailments.flatMap((ailment) => describe(ailment) ?? [])];
}

/** What a person has to do about it; empty where it is enough to wait. */
export function remediesFor(ailments: readonly Ailment[]): readonly string[] {
  return ailments.flatMap((ailment) => remedyFor(ailment) ?? []);
}

/** Who goes and who comes belong together: `i-0a12 is terminating, its replacement i-0b11 is booting`. */
function replacing(ailments: readonly Ailment[]): string[] {
  const going = ailments.filter((one): one is Of<'terminating'> => one.kind === 'terminating');
  const gone = ailments.filter((one): one is Of<'gone'> => one.kind === 'gone');
  const coming = ailments.filter((one): one is Of<'arriving'> => one.kind === 'arriving');
  const named = coming.map(({ instanceId, stage }) => `${instanceId} is ${stage}`);
  const leaving = [
    ...gone.map(({ instanceId }) => `${instanceId} is gone, which its group has not noticed yet`),
    ...going.map(({ instanceId }) => `${instanceId} is terminating`),
  ];
  if (leaving.length === 0) return named.length === 0 ? [] : [`new: ${enumerated(named)}`];
  if (named.length === 0) return [`${enumerated(leaving)}; no replacement is launched yet`];
  return [
    `${enumerated(leaving)}, ${named.length === 1 ? 'its replacement' : 'their replacements:'} ${enumerated(named)}`,
  ];
}

function describe(ailment: Ailment): string | undefined {
  switch (ailment.kind) {
    case 'silent':
      return `${ailment.instanceId} is down: Consul on it does not answer (${ailment.detail})`;
    case 'unhealthy':
      return `${ailment.instanceId} answers, and is no healthy voter`;
    case 'out-of-service':
      return `${ailment.instanceId} votes, and is not in service in the load balancer`;
    case 'missing':
      return missing(ailment);
    case 'suspended':
      return `${ailment.group} does not heal by itself: ${enumerated(ailment.processes)} suspended`;
    case 'ghost':
      return `Raft still counts ${ailment.node}, no standing server of the group; ${CARE[ailment.care]}`;
    default:
      return undefined;
  }
}

function missing({ count, group, why }: Of<'missing'>): string {
  const short = `${group} is ${counted(count, 'server')} below its size`;
  return why === undefined
    ? `${short}, and launches ${count === 1 ? 'another' : 'others'}`
    : `${short}, and AWS does not launch ${count === 1 ? 'it' : 'them'}: ${why}`;
}

const CARE: Readonly<Record<GhostCare, string>> = {
  autopilot: 'autopilot takes it out by itself, soon after gossip calls it failed',
  'autopilot-later': 'autopilot takes it out once enough others vote (its min_quorum)',
  person: 'autopilot does not take it out by itself',
  unknown: 'whether autopilot takes it out is not known',
};

function remedyFor(ailment: Ailment): string | undefined {
  switch (ailment.kind) {
    case 'silent':
      return (
        `see why Consul does not answer on ${ailment.instanceId} (journalctl -u consul); its group does not see that ` +
        'unless its health type is ELB. To have it replaced: aws autoscaling set-instance-health --instance-id ' +
        `${ailment.instanceId} --health-status Unhealthy`
      );
    case 'missing':
      return ailment.why === undefined
        ? undefined
        : 'put right what AWS says, and the group launches by itself';
    case 'suspended':
      return (
        `aws autoscaling resume-processes --auto-scaling-group-name ${ailment.group} ` +
        `--scaling-processes ${ailment.processes.join(' ')}`
      );
    case 'ghost':
      return ailment.care === 'person'
        ? `once it is dead for certain: consul operator raft remove-peer -id=${ailment.peerId}`
        : undefined;
    default:
      return undefined;
  }
}
