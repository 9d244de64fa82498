import type { PlannedResource } from '../../model/creation.js';

/** `launch template consul`. */
export function nameOfResource({ kind, name }: Pick<PlannedResource, 'kind' | 'name'>): string {
  return `${kind.replace('-', ' ')} ${name}`;
}
