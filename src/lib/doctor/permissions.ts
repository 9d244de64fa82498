import type { Beginning } from '../begin.js';
import {
  changingPermissions,
  doubtfulOnes,
  examinePermissions,
  readingPermissions,
} from '../decide/examine/permissions.js';
import type { Permitted, ProbedThings } from '../model/evidence.js';
import type { Finding } from '../model/finding.js';
import { isInPlace } from '../model/intent.js';
import { launchTemplateOf } from '../model/template.js';
import type { DoctorEngine } from './engine.js';

/** Whether everything can be read that a roll reads; asked first, for without it nothing else can be told. */
export async function examineReading({ cloudInspection }: DoctorEngine): Promise<readonly Finding[]> {
  const wanted = readingPermissions();
  return examinePermissions(wanted, {
    tried: await cloudInspection.mayRead(wanted.map(({ action }) => action)),
  });
}

/** Whether everything may be changed that a roll of this group changes. */
export async function examineChanging(
  { cloudInspection, newRollId }: DoctorEngine,
  { survey, intent, resumed }: Beginning,
): Promise<readonly Finding[]> {
  const { old } = survey;
  if (old === undefined) return [];
  const wanted = changingPermissions(old, intent);
  const use = launchTemplateOf(old.template);
  const things: ProbedThings = {
    oldGroup: old.name,
    suspended: old.suspended,
    makesGroup: !isInPlace(intent),
    // Never the new group of this intent: in place, and once a roll has begun, it is there, and nothing is tried on it.
    unusedName: `${intent.cluster}-${newRollId()}`,
    launchTemplate: use && { id: use.id, version: use.version },
    imageId: intent.imageId,
    subnet: old.subnets[0],
    balancer: old.balancers[0],
    targetGroup: old.targetGroups[0],
  };
  const tried = await cloudInspection.mayChange(
    wanted.map(({ action }) => action),
    things,
  );
  const doubtful = doubtfulOnes(wanted, tried);
  if (doubtful.length === 0) return examinePermissions(wanted, { tried });
  const [simulated, onOldGroup] = await Promise.all([
    cloudInspection.simulated(doubtful, things),
    // Nothing is resumed, not even what runs, that a roll may be about to suspend.
    resumed ? [] : cloudInspection.mayChangeOldGroup(refusedOnes(tried), things),
  ]);
  return examinePermissions(wanted, { tried, simulated, onOldGroup, inPlace: !things.makesGroup });
}

function refusedOnes(tried: readonly Permitted[]): readonly string[] {
  return tried.filter(({ allowed }) => allowed === false).map(({ action }) => action);
}
