import { begin } from '../begin.js';
import { examine } from '../decide/examine.js';
import { RollError } from '../errors.js';
import type { Examination, Finding } from '../model/finding.js';
import type { Order } from '../model/plan.js';
import { EXIT } from '../outcomes.js';
import { locate } from '../survey/locate.js';
import type { DoctorEngine } from './engine.js';
import { gather } from './gather.js';
import { examineChanging, examineReading } from './permissions.js';

/**
 * Every check before a roll, each by name. What cannot be read is a finding too, so this throws only for a bug.
 * Where the order names no image, the one that the group launches today stands for it. Changes nothing.
 */
export async function doctor(
  engine: DoctorEngine,
  order: Order,
  { permissions }: { readonly permissions: boolean } = { permissions: true },
): Promise<Examination> {
  const credentials = await examineCredentials(engine);
  const about = aboutOf(order);
  if (credentials.verdict === 'fail') return { ...about, findings: [credentials] };
  const reading = permissions ? await examineReading(engine) : [];
  try {
    const begun = await begin(engine, await withImage(engine, order));
    const changing = permissions ? await examineChanging(engine, begun) : [];
    const findings = [...changing, ...examine(await gather(engine, begun), order.limits)];
    const { intent, survey } = begun;
    const found = { group: intent.oldGroup, imageId: intent.imageId, servers: survey.servers.length };
    return { ...about, ...found, findings: [credentials, ...reading, ...findings] };
  } catch (thrown) {
    const unread = findingOf('cluster can be examined', thrown);
    return { ...about, findings: [credentials, ...reading, unread] };
  }
}

function aboutOf({ cluster, group, imageId }: Order): Omit<Examination, 'findings'> {
  return { cluster, group, imageId, imageAsked: imageId !== undefined, servers: 0 };
}

async function examineCredentials({ cloudInspection }: DoctorEngine): Promise<Finding> {
  try {
    const saw = await cloudInspection.caller();
    return { check: 'credentials', verdict: 'pass', saw, remedy: undefined };
  } catch (thrown) {
    return findingOf('credentials', thrown);
  }
}

async function withImage({ cloud }: DoctorEngine, order: Order): Promise<Order> {
  if (order.imageId !== undefined) return order;
  const { old, recorded } = await locate(cloud, order.cluster, order.group);
  if (recorded !== undefined) return order;
  if (old?.imageId !== undefined) return { ...order, imageId: old.imageId };
  throw new RollError({
    code: 'image-unknown',
    message: `AWS does not say which image ${old?.name} launches.`,
    exitCode: EXIT.refused,
    next: 'name the image to roll onto with --ami',
  });
}

/** An error a person can act on, as a check that fails. */
function findingOf(check: string, thrown: unknown): Finding {
  if (!(thrown instanceof RollError)) throw thrown;
  return { check, verdict: 'fail', saw: thrown.message.replace(/\.$/, ''), remedy: thrown.next };
}
