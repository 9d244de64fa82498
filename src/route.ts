import type { Plan } from './lib/model/plan.js';
import type { Cloud } from './lib/ports.js';
import { oldImageOf, type Route, routeOf } from './lib/ui/events/run-facts.js';

/** What a roll goes from and to, for whoever is told of it, with the names of the images that AWS still knows. */
export async function routeWithNames(
  cloud: Pick<Cloud, 'image'>,
  seen: Pick<Plan, 'survey' | 'intent'>,
): Promise<Route> {
  const known = seen.survey.facts?.image;
  const ids = [oldImageOf(seen.survey), known === undefined ? seen.intent.imageId : undefined];
  const named = await Promise.all(ids.map((id) => (id === undefined ? undefined : imageNamed(cloud, id))));
  const images = [known, ...named].flatMap((image) => (image?.name ? [[image.id, image.name] as const] : []));
  return routeOf(seen, new Map(images));
}

/** A name is no reason to end anything: where AWS refuses to tell it, there is none. */
async function imageNamed(cloud: Pick<Cloud, 'image'>, imageId: string) {
  return cloud.image(imageId).catch(() => undefined);
}
