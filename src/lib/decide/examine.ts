import type { Evidence } from '../model/evidence.js';
import type { Finding } from '../model/finding.js';
import type { Limits } from '../model/intent.js';
import type { Examine } from './examine/check.js';
import { clusterExaminations, rightExaminations } from './examine/cluster.js';
import { groupExaminations } from './examine/group.js';
import { networkExaminations } from './examine/network.js';
import { preflightExaminations } from './examine/preflight.js';
import { serverExaminations } from './examine/servers.js';
import { trafficExaminations } from './examine/traffic.js';

/** Every check of the cluster that has a name of its own, in the order in which they are told. */
export const EXAMINATIONS: readonly Examine[] = [
  ...preflightExaminations,
  ...groupExaminations,
  ...trafficExaminations,
  ...networkExaminations,
  ...serverExaminations,
  ...clusterExaminations,
];

/** What every check finds. Of a roll that has begun the checks of the beginning say nothing, and are left out. */
export function examine(evidence: Evidence, limits: Limits): readonly Finding[] {
  const asked = EXAMINATIONS.filter(({ beforehand }) => !(evidence.underWay && beforehand));
  return [...asked, ...rightExaminations(evidence)].map((one) => ({
    check: one.name,
    ...one.run(evidence, limits),
  }));
}
