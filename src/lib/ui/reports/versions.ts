import type { Survey } from '../../model/survey.js';

/** The Consul versions the servers report, each once. */
export function versionsOf({ servers }: Pick<Survey, 'servers'>): string[] {
  const versions = servers.flatMap(({ agent }) => (agent.kind === 'up' ? [agent.version] : []));
  return [...new Set(versions)].sort();
}
