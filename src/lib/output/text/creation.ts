import type {
  CreationPlan,
  CreationResult,
  Difference,
  PlannedResource,
  UnmetCondition,
} from '../../model/cluster-spec.js';
import { formatResourceName } from './actions.js';
import { describeClusterState } from './cluster.js';
import {
  formatCount,
  formatDuration,
  formatList,
  formatShortList,
  type Style,
  type StyledLine,
  wrapText,
} from './format.js';
import { formatLabelled } from './outcome.js';

const CREATION_STYLES: Readonly<Record<CreationResult['outcome'], Style>> = {
  created: 'good',
  existing: 'good',
  missing: 'busy',
  interrupted: 'busy',
};

/** How the making of a cluster ended: what happened, what there is now, what it took, and what is next. */
export function formatCreation(result: CreationResult, columns: number): StyledLine[] {
  const { observation, dnsName, plan, elapsedMs, outcome } = result;
  const made = plan.resources.filter(({ state }) => state !== 'exists').map(formatResourceName);
  return [
    ...wrapText(describeCreation(result), columns).map(
      (text): StyledLine => ({ text, style: CREATION_STYLES[outcome] }),
    ),
    ...(observation === undefined
      ? []
      : formatLabelled('Cluster', describeClusterState(observation), columns)),
    ...(made.length === 0 ? [] : formatLabelled('Made', formatList(made), columns)),
    ...listAddresses(plan, dnsName).flatMap((address, index) =>
      formatLabelled(index === 0 ? 'Balancer' : '', address, columns),
    ),
    ...formatLabelled('Took', formatDuration(elapsedMs), columns),
    ...listNextSteps(result).flatMap((line, index) =>
      formatLabelled(index === 0 ? 'Next' : '', line, columns),
    ),
  ];
}

/** Where the load balancer is reached, a listener a line. */
function listAddresses({ spec }: CreationPlan, dnsName: string | undefined): readonly string[] {
  if (dnsName === undefined) return [];
  const listeners = spec.balancer?.fields.listeners ?? [];
  return listeners.map(({ protocol, port }) => `${protocol.toLowerCase()}://${dnsName}:${port}`);
}

/** What to do after it. */
export function listNextSteps({ outcome, plan }: CreationResult): readonly string[] {
  const { cluster } = plan.spec;
  const look = `consul-roll status --cluster ${cluster}`;
  if (outcome === 'created' || outcome === 'existing') {
    return [look, `consul-roll upgrade --cluster ${cluster} --ami AMI`];
  }
  if (outcome === 'interrupted') return ['the same command again: it carries on from what it finds'];
  return [
    look,
    'read the log of a server that is no voter (aws ec2 get-console-output, journalctl -u consul); then run the same command again, which goes on waiting',
  ];
}

function describeCreation({ outcome, plan, unmetConditions }: CreationResult): string {
  const { cluster } = plan.spec;
  switch (outcome) {
    case 'created':
      return `Created: ${cluster} is whole.`;
    case 'existing':
      return `Nothing to do: ${cluster} is there, as the file describes it.`;
    case 'interrupted':
      return `Interrupted: nothing of ${cluster} was left half made.${unmetConditions.length === 0 ? '' : ` It lacks: ${describeUnmetConditions(unmetConditions)}.`}`;
    case 'missing':
      return `Everything of ${cluster} is made, but it did not become whole in time: ${describeUnmetConditions(unmetConditions)}.`;
  }
}

const STATE_LABELS_OF_RESOURCE: Readonly<Record<PlannedResource['state'], readonly [string, Style]>> = {
  missing: ['create', 'good'],
  unfinished: ['finish', 'busy'],
  exists: ['exists', 'faint'],
  differs: ['differs', 'bad'],
};
const WORD_WIDTH = 8;

/** What `create` would do: one line a thing, and under it its fields, or those that differ. */
export function formatCreationPlan({ spec, resources }: CreationPlan, columns: number): StyledLine[] {
  const { cluster, size, launchSource: template } = spec;
  const heading = `Cluster ${cluster}, ${formatCount(size, 'server')} of ${template.fields.instanceType} on ${template.fields.image}`;
  return [
    ...wrapText(heading, columns).map((text): StyledLine => ({ text, style: 'plain' })),
    { text: '', style: 'plain' },
    ...resources.flatMap((resource) => formatResource(resource, columns)),
  ];
}

function formatResource(resource: PlannedResource, columns: number): StyledLine[] {
  const [word, tone] = STATE_LABELS_OF_RESOURCE[resource.state];
  const details =
    resource.state === 'differs'
      ? resource.differences.map(formatDifference)
      : resource.state === 'exists'
        ? []
        : Object.entries(resource.fields).map(([field, value]) => `${field}: ${value}`);
  return [
    { text: `${word.padEnd(WORD_WIDTH)} ${formatResourceName(resource)}`, style: tone },
    ...details.flatMap((text) => formatIndented(text, columns)),
  ];
}

function formatDifference({ field, is, wanted }: Difference): string {
  return is === undefined ? `${field}: another than in the file` : `${field}: ${is}, the file says ${wanted}`;
}

function formatIndented(text: string, columns: number): StyledLine[] {
  const room = Math.max(1, columns - WORD_WIDTH - 3);
  return wrapText(text, room).map((line) => ({
    text: `${' '.repeat(WORD_WIDTH + 1)}  ${line}`,
    style: 'plain',
  }));
}

/** What a cluster still lacks, one clause each; `nothing` for nothing. */
export function describeUnmetConditions(unmetConditions: readonly UnmetCondition[]): string {
  return unmetConditions.length === 0 ? 'nothing' : unmetConditions.map(describeUnmetCondition).join('; ');
}

function describeUnmetCondition(lacking: UnmetCondition): string {
  switch (lacking.kind) {
    case 'instances': {
      const why = lacking.why === undefined ? '' : ` (AWS says: ${lacking.why})`;
      return `${lacking.have} of ${formatCount(lacking.want, 'server')} run${why}`;
    }
    case 'leader':
      return 'no leader that all agree on';
    case 'voters':
      return `${formatShortList(lacking.instanceIds)} ${lacking.instanceIds.length === 1 ? 'is no healthy voter' : 'are no healthy voters'}`;
    case 'unknown-peers':
      return `Raft counts ${formatList(lacking.nodes)}, no server of the group`;
    case 'in-service':
      return `${formatShortList(lacking.instanceIds)} not in service in the load balancer`;
  }
}
