import type { Oracle } from './oracle.js';

const TAG = /ResourceId=([^']+?),ResourceType=auto-scaling-group,Key=([^'; ]+)/g;
const SERVER = /^find out what ([\d.]+) is\. .*terminate it/;
const TAKEN_OVER_BY = /^find out what (i-\w+) is|terminate-instance-in-auto-scaling-group --instance-id (i-\w+)/;
const KEY = /consul kv delete '?([^'; ]+)/;

/** Carries out the commands that an error prints and that are not of this program; returns them, for the trace. */
export function followRemedy(next: string, { environment, state, leader }: Oracle): string[] {
  const done: string[] = [];
  for (const [, ResourceId = '', Key = ''] of next.matchAll(TAG)) {
    if (!next.includes('aws autoscaling delete-tags') || !state.groups.has(ResourceId)) continue;
    const Tags = [{ ResourceId, ResourceType: 'auto-scaling-group', Key }];
    environment.aws.call('autoscaling', 'DeleteTags', { Tags });
    environment.touch();
    done.push(`the operator removes ${Key} of ${ResourceId}`);
  }
  const [, key] = KEY.exec(next) ?? [];
  if (key === undefined || leader === undefined) return done;
  let answered = false;
  environment.net.kvDelete(leader.address, key, {}, () => {
    answered = true;
  });
  environment.until(() => answered, 10_000);
  return [...done, `the operator deletes ${key}`];
}

/** Gives a group the tag that an error has a command for. */
export function tagAsAdvised(next: string, { environment, state }: Oracle): string[] {
  const [, tags = '[]'] = /create-or-update-tags --tags '([^']+)'/.exec(next) ?? [];
  const [tag] = JSON.parse(tags) as { readonly ResourceId: string; readonly Key: string; readonly Value: string }[];
  if (tag === undefined || !state.groups.has(tag.ResourceId)) return [];
  environment.aws.call('autoscaling', 'CreateOrUpdateTags', { Tags: [{ ...tag, PropagateAtLaunch: false }] });
  environment.touch();
  return [`the operator tags ${tag.ResourceId} with ${tag.Key} ${tag.Value}`];
}

/**
 * Terminates the server that an error says the others follow, unless it is one that there was before the roll: those bootstrap
 * no cluster of their own.
 */
export function terminateStranger(next: string, oracle: Oracle): string[] {
  const [, host = ''] = SERVER.exec(next) ?? [];
  const [, told, named = told] = TAKEN_OVER_BY.exec(next) ?? [];
  const instanceId = named ?? oracle.net.servers.get(host)?.nodeName ?? '';
  const { address = '' } = oracle.state.instances.get(instanceId) ?? {};
  const isFounder = oracle.net.servers.get(address)?.configuredExpect === 1;
  if (oracle.sideAt(address) !== 'new' && !isFounder) return [];
  oracle.environment.aws.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
  oracle.environment.touch();
  return [`the operator terminates ${instanceId}`];
}
