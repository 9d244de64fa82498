import { listChildren, type RunningProcess } from './processes.js';

/**
 * The Consul process of an instance, among those that the sandbox of this process has started: the one whose
 * configuration lies in the instance's folder.
 *
 * @throws Error where none runs
 */
export function findAgentProcess(instanceId: string): RunningProcess {
  const agent = listChildren(process.pid).find(({ command }) =>
    command.some((word) => word.endsWith(`/${instanceId}/agent.json`)),
  );
  if (agent === undefined) throw new Error(`no Consul process of ${instanceId} runs`);
  return agent;
}
