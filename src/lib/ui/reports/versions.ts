import type { Survey } from '../../model/survey.js';

/** The Consul versions the servers report, each once. */
export function versionsOf(survey: Survey): string[] {
  const versions = survey.servers.flatMap(({ agent }) => (agent.kind === 'up' ? [agent.version] : []));
  return [...new Set(versions)].sort();
}
