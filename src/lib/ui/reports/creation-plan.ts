import type { CreationPlan, Difference, PlannedResource } from '../../model/creation.js';
import { nameOfResource } from '../sentences/resource.js';
import type { Tone, ToneLine } from '../server-lines.js';
import { counted, wrapped } from '../text.js';

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
