import type {
  CreationPlan,
  CreationResult,
  Difference,
  PlannedResource,
  Shortfall,
} from '../../model/cluster-spec.js';
import type { Tone, ToneLine } from '../server-list.js';
import { nameOfResource } from './actions.js';
import { counted, enumerated, someOf, spanOf, wrapped } from './format.js';
import { labelled } from './outcome.js';
import { stateOf } from './waits.js';

const TONES: Readonly<Record<CreationResult['outcome'], Tone>> = {
  created: 'good',
  'there-already': 'good',
  lacking: 'busy',
  interrupted: 'busy',
};

/** How the making of a cluster ended: what happened, what there is now, what it took, and what is next. */
export function creationReport(result: CreationResult, columns: number): ToneLine[] {
  const { survey, dnsName, plan, elapsedMs, outcome } = result;
  const made = plan.resources.filter(({ state }) => state !== 'exists').map(nameOfResource);
  return [
    ...wrapped(happened(result), columns).map((text): ToneLine => ({ text, tone: TONES[outcome] })),
    ...(survey === undefined ? [] : labelled('Cluster', stateOf(survey), columns)),
    ...(made.length === 0 ? [] : labelled('Made', enumerated(made), columns)),
    ...addressesOf(plan, dnsName).flatMap((address, index) =>
      labelled(index === 0 ? 'Balancer' : '', address, columns),
    ),
    ...labelled('Took', spanOf(elapsedMs), columns),
    ...nextSteps(result).flatMap((line, index) => labelled(index === 0 ? 'Next' : '', line, columns)),
  ];
}

/** Where the load balancer is reached, a listener a line. */
function addressesOf({ blueprint }: CreationPlan, dnsName: string | undefined): readonly string[] {
  if (dnsName === undefined) return [];
  const listeners = blueprint.balancer?.fields.listeners ?? [];
  return listeners.map(({ protocol, port }) => `${protocol.toLowerCase()}://${dnsName}:${port}`);
}

/** What to do after it. */
export function nextSteps({ outcome, plan }: CreationResult): readonly string[] {
  const { cluster } = plan.blueprint;
  const look = `consul-roll status --cluster ${cluster}`;
  if (outcome === 'created' || outcome === 'there-already') {
    return [look, `consul-roll upgrade --cluster ${cluster} --ami AMI`];
  }
  if (outcome === 'interrupted') return ['the same command again: it carries on from what it finds'];
  return [
    look,
    'read the log of a server that is no voter (aws ec2 get-console-output, journalctl -u consul); then run the same command again, which goes on waiting',
  ];
}

function happened({ outcome, plan, lacking }: CreationResult): string {
  const { cluster } = plan.blueprint;
  switch (outcome) {
    case 'created':
      return `Created: ${cluster} is whole.`;
    case 'there-already':
      return `Nothing to do: ${cluster} is there, as the file describes it.`;
    case 'interrupted':
      return `Interrupted: nothing of ${cluster} was left half made.${lacking.length === 0 ? '' : ` It lacks: ${describeShortfalls(lacking)}.`}`;
    case 'lacking':
      return `Everything of ${cluster} is made, but it did not become whole in time: ${describeShortfalls(lacking)}.`;
  }
}

const WORDS: Readonly<Record<PlannedResource['state'], readonly [string, Tone]>> = {
  missing: ['create', 'good'],
  unfinished: ['finish', 'busy'],
  exists: ['exists', 'faint'],
  differs: ['differs', 'bad'],
};
const WORD_WIDTH = 8;

/** What `create` would do: one line a thing, and under it its fields, or those that differ. */
export function creationPlanReport({ blueprint, resources }: CreationPlan, columns: number): ToneLine[] {
  const { cluster, size, template } = blueprint;
  const heading = `Cluster ${cluster}, ${counted(size, 'server')} of ${template.fields.instanceType} on ${template.fields.image}`;
  return [
    ...wrapped(heading, columns).map((text): ToneLine => ({ text, tone: 'plain' })),
    { text: '', tone: 'plain' },
    ...resources.flatMap((resource) => resourceLines(resource, columns)),
  ];
}

function resourceLines(resource: PlannedResource, columns: number): ToneLine[] {
  const [word, tone] = WORDS[resource.state];
  const details =
    resource.state === 'differs'
      ? resource.differences.map(differenceText)
      : resource.state === 'exists'
        ? []
        : Object.entries(resource.fields).map(([field, value]) => `${field}: ${value}`);
  return [
    { text: `${word.padEnd(WORD_WIDTH)} ${nameOfResource(resource)}`, tone },
    ...details.flatMap((text) => indented(text, columns)),
  ];
}

function differenceText({ field, is, wanted }: Difference): string {
  return is === undefined ? `${field}: another than in the file` : `${field}: ${is}, the file says ${wanted}`;
}

function indented(text: string, columns: number): ToneLine[] {
  const room = Math.max(1, columns - WORD_WIDTH - 3);
  return wrapped(text, room).map((line) => ({
    text: `${' '.repeat(WORD_WIDTH + 1)}  ${line}`,
    tone: 'plain',
  }));
}

/** What a cluster still lacks, one clause each; `nothing` for nothing. */
export function describeShortfalls(lacking: readonly Shortfall[]): string {
  return lacking.length === 0 ? 'nothing' : lacking.map(describe).join('; ');
}

function describe(lacking: Shortfall): string {
  switch (lacking.kind) {
    case 'instances': {
      const why = lacking.why === undefined ? '' : ` (AWS says: ${lacking.why})`;
      return `${lacking.have} of ${counted(lacking.want, 'server')} run${why}`;
    }
    case 'leader':
      return 'no leader that all agree on';
    case 'voters':
      return `${someOf(lacking.instanceIds)} ${lacking.instanceIds.length === 1 ? 'is no healthy voter' : 'are no healthy voters'}`;
    case 'strangers':
      return `Raft counts ${enumerated(lacking.nodes)}, no server of the group`;
    case 'in-service':
      return `${someOf(lacking.instanceIds)} not in service in the load balancer`;
  }
}
