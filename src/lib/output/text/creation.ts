import type {
  CreationPlan,
  CreationResult,
  Difference,
  PlannedResource,
  UnmetCondition,
} from '../../model/cluster-spec.js';
import { formatFlag } from '../../model/errors.js';
import { formatResourceName } from './actions.js';
import { describeClusterState } from './cluster.js';
import {
  BLANK_LINE,
  formatCount,
  formatDuration,
  formatList,
  formatShortList,
  type Style,
  type StyledLine,
  styleLines,
  wrapText,
} from './format.js';
import { formatLabelled } from './outcome.js';

const CREATION_STYLES: Readonly<Record<CreationResult['outcome'], Style>> = {
  created: 'good',
  existing: 'good',
  missing: 'busy',
  interrupted: 'busy',
};

/** The result of `create`: what happened, the state of the cluster, the time it took, and what to do next. */
export function formatCreation(result: CreationResult, columns: number): StyledLine[] {
  const { observation, dnsName, plan, elapsedMs, outcome } = result;
  const made = plan.resources.filter(({ state }) => state !== 'exists').map(formatResourceName);
  return [
    ...wrapText(describeCreation(result), columns).map(
      (text): StyledLine => ({ text, style: CREATION_STYLES[outcome] }),
    ),
    ...(observation === undefined ? [] : formatLabelled('Cluster', describeClusterState(observation), columns)),
    ...(made.length === 0 ? [] : formatLabelled('Made', formatList(made), columns)),
    ...listAddresses(plan, dnsName).flatMap((address, index) =>
      formatLabelled(index === 0 ? 'Balancer' : '', address, columns),
    ),
    ...formatLabelled('Took', formatDuration(elapsedMs), columns),
    ...listNextSteps(result).flatMap((line, index) => formatLabelled(index === 0 ? 'Next' : '', line, columns)),
  ];
}

/** The URL of each listener of the load balancer. */
function listAddresses({ spec }: CreationPlan, dnsName: string | undefined): readonly string[] {
  if (dnsName === undefined) return [];
  const listeners = spec.balancer?.fields.listeners ?? [];
  return listeners.map(({ protocol, port }) => `${protocol.toLowerCase()}://${dnsName}:${port}`);
}

export function listNextSteps({ outcome, plan }: CreationResult): readonly string[] {
  const { cluster } = plan.spec;
  const status = `consul-roll status ${formatFlag('cluster', cluster)}`;
  if (outcome === 'created' || outcome === 'existing') {
    return [status, `consul-roll upgrade ${formatFlag('cluster', cluster)} --ami AMI`];
  }
  if (outcome === 'interrupted') return ['run the same command again: it continues from what exists'];
  return [
    status,
    'read the log of a server that is not a voter (aws ec2 get-console-output, journalctl -u consul); then run the same command again, which continues to wait',
  ];
}

function describeCreation({ outcome, plan, unmetConditions }: CreationResult): string {
  const { cluster } = plan.spec;
  switch (outcome) {
    case 'created':
      return `Created: ${cluster} is complete.`;
    case 'existing':
      return `Nothing to do: ${cluster} exists as the file describes it.`;
    case 'interrupted':
      return `Interrupted: no resource of ${cluster} is half created.${unmetConditions.length === 0 ? '' : ` Not complete yet: ${describeUnmetConditions(unmetConditions)}.`}`;
    case 'missing':
      return `Every resource of ${cluster} is created, but the cluster was not complete in time: ${describeUnmetConditions(unmetConditions)}.`;
  }
}

const RESOURCE_STATE_LABELS: Readonly<Record<PlannedResource['state'], readonly [string, Style]>> = {
  missing: ['create', 'good'],
  unfinished: ['finish', 'busy'],
  exists: ['exists', 'faint'],
  differs: ['differs', 'bad'],
};
const WORD_WIDTH = 8;

/** What `create` would do: each resource with its fields, or with those that differ. */
export function formatCreationPlan({ spec, resources }: CreationPlan, columns: number): StyledLine[] {
  const { cluster, size, launchSource } = spec;
  const { instanceType, image } = launchSource.fields;
  const heading = `Cluster ${cluster}, ${formatCount(size, 'server')} of ${instanceType} on ${image}`;
  return [
    ...styleLines(heading, columns),
    BLANK_LINE,
    ...resources.flatMap((resource) => formatResource(resource, columns)),
  ];
}

function formatResource(resource: PlannedResource, columns: number): StyledLine[] {
  const [word, style] = RESOURCE_STATE_LABELS[resource.state];
  const details =
    resource.state === 'differs'
      ? resource.differences.map(formatDifference)
      : resource.state === 'exists'
        ? []
        : Object.entries(resource.fields).map(([field, value]) => `${field}: ${value}`);
  return [
    { text: `${word.padEnd(WORD_WIDTH)} ${formatResourceName(resource)}`, style },
    ...details.flatMap((text) => formatIndented(text, columns)),
  ];
}

function formatDifference({ field, is, wanted }: Difference): string {
  return is === undefined ? `${field}: differs from the file` : `${field}: ${is}, the file says ${wanted}`;
}

function formatIndented(text: string, columns: number): StyledLine[] {
  const width = Math.max(1, columns - WORD_WIDTH - 3);
  return wrapText(text, width).map((line) => ({ text: `${' '.repeat(WORD_WIDTH + 1)}  ${line}`, style: 'plain' }));
}

/** One clause for each condition; `nothing` without any. */
export function describeUnmetConditions(unmetConditions: readonly UnmetCondition[]): string {
  return unmetConditions.length === 0 ? 'nothing' : unmetConditions.map(describeUnmetCondition).join('; ');
}

function describeUnmetCondition(condition: UnmetCondition): string {
  switch (condition.kind) {
    case 'instances': {
      const why = condition.why === undefined ? '' : ` (AWS says: ${condition.why})`;
      return `${condition.have} of ${formatCount(condition.want, 'server')} run${why}`;
    }
    case 'leader':
      return 'no leader that all servers agree on';
    case 'voters':
      return `${formatShortList(condition.instanceIds)} ${condition.instanceIds.length === 1 ? 'is not a healthy voter' : 'are not healthy voters'}`;
    case 'unknown-peers':
      return `Raft peer ${formatList(condition.nodes)} is not a server of the group`;
    case 'in-service':
      return `${formatShortList(condition.instanceIds)} not in service in the load balancer`;
  }
}
