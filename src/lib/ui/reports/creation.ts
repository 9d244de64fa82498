import type { CreationPlan, CreationResult } from '../../model/creation.js';
import { stateOf } from '../sentences/budget.js';
import { nameOfResource } from '../sentences/resource.js';
import { describeShortfalls } from '../sentences/shortfall.js';
import type { Tone, ToneLine } from '../server-lines.js';
import { enumerated, wrapped } from '../text.js';
import { spanOf } from '../time.js';
import { labelled } from './outcome.js';

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
