import type { ContextEntry, EvaluationResult, IAM } from '@aws-sdk/client-iam';
import type { IamPermissionResult, ProbeTargets } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import { CLUSTER_TAG } from '../model/tags.js';
import type { Clients } from './clients.js';
import { collectPages, describeGroupsByName, describeLaunchConfigurations } from './describe.js';
import { isAccessDenied, isAwsError, undefinedIfDenied } from './errors.js';
import type { IamApi } from './iam-client.js';

/** Whose policies are simulated, and with what. */
interface PolicySimulation {
  readonly iam: IamApi;
  readonly principal: string;
  readonly context: readonly ContextEntry[];
}

const ROOT_IS_UNLIMITED = "no policy limits the account's root";

/** Context that is passed in full: a tag that is missing here is one that the group does not have. */
const KNOWN_CONTEXT_KEYS =
  /^(aws|autoscaling):(Resource|Request)Tag\/|^aws:TagKeys$|^autoscaling:ForceDelete$|^iam:PassedToService$/i;

/** As a roll asks: it sets tags of its own, deletes empty groups only, and passes the servers' role. */
const ROLL_CONTEXT: readonly ContextEntry[] = [
  { ContextKeyName: 'aws:TagKeys', ContextKeyValues: [CLUSTER_TAG], ContextKeyType: 'stringList' },
  { ContextKeyName: 'autoscaling:ForceDelete', ContextKeyValues: ['false'], ContextKeyType: 'boolean' },
  buildContextEntry('iam:PassedToService', 'ec2.amazonaws.com'),
];

/**
 * Which of these actions the caller's policies allow, by IAM's policy simulator; nothing is changed. It considers the
 * caller's policies, permissions boundary, the organisation's policies and the group's tags. It does not know session
 * policies or request context such as the source address.
 */
export async function simulatePermissions(
  clients: Clients,
  iam: IamApi,
  actions: readonly string[],
  targets: ProbeTargets,
): Promise<readonly IamPermissionResult[]> {
  try {
    return await simulateActions(clients, iam, actions, targets);
  } catch (thrown) {
    // There may be no way to IAM from here, and nothing else depends on it.
    if (!(thrown instanceof RollError)) throw thrown;
    return actions.map((action) => toUnknownPermission(action, `IAM did not answer: ${thrown.message}`));
  }
}

async function simulateActions(
  clients: Clients,
  iam: IamApi,
  actions: readonly string[],
  targets: ProbeTargets,
): Promise<readonly IamPermissionResult[]> {
  const { Arn: caller = '' } = await clients.sts.getCallerIdentity({});
  if (caller.endsWith(':root')) return actions.map((action) => ({ action, allowed: true, why: ROOT_IS_UNLIMITED }));
  const [group] = await describeGroupsByName(clients, [targets.oldGroup]);
  const tags = (group?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const);
  const simulation = {
    iam,
    principal: await resolvePrincipal(iam, caller),
    context: [...tags.flatMap(buildTagContext), ...ROLL_CONTEXT],
  };
  const groupArn = group?.AutoScalingGroupARN ?? '';
  const created = targets.createsGroup ? [replaceArnName(groupArn, targets.unusedName)] : [];
  const isOnCreated = (action: string) => targets.newGroupActions.includes(action);
  const onGroups = actions.filter((action) => action.startsWith('autoscaling:'));
  const onRole = actions.filter((action) => action === 'iam:PassRole');
  const role = onRole.length === 0 ? [] : await findRoles(clients, iam, group?.LaunchConfigurationName);
  const found = await Promise.all([
    simulateOnResources(simulation, onGroups.filter(isOnCreated), created),
    simulateOnResources(
      simulation,
      onGroups.filter((action) => !isOnCreated(action)),
      [groupArn, ...created],
    ),
    simulateOnResources(simulation, onRole, role),
  ]);
  return found.flat();
}

/** The role of the launch configuration's instance profile; empty where it names no profile, undefined where unknown. */
async function findRoles(
  clients: Clients,
  iam: IamApi,
  name: string | undefined,
): Promise<readonly string[] | undefined> {
  if (name === undefined) return undefined;
  const [found] = await describeLaunchConfigurations(clients, [name]);
  const profile = found?.IamInstanceProfile?.split('/').at(-1);
  if (!profile) return [];
  const answer = await undefinedIfDenied(iam.getInstanceProfile({ InstanceProfileName: profile }));
  return answer?.InstanceProfile?.Roles?.map(({ Arn = '' }) => Arn);
}

/** Allowed if it is allowed on every resource. */
async function simulateOnResources(
  simulation: PolicySimulation,
  actions: readonly string[],
  resources: readonly string[] | undefined,
): Promise<readonly IamPermissionResult[]> {
  const unknownAll = (why: string) => actions.map((action) => toUnknownPermission(action, why));
  if (resources === undefined) {
    return unknownAll('iam:GetInstanceProfile and iam:SimulatePrincipalPolicy would tell');
  }
  if (actions.length === 0 || resources.length === 0) return unknownAll('no resource to simulate');
  try {
    const results = await Promise.all(resources.map((resource) => simulateOnResource(simulation, actions, resource)));
    return actions.map((action) =>
      toSimulatedPermission(
        action,
        results.flat().filter(({ EvalActionName }) => EvalActionName === action),
      ),
    );
  } catch (thrown) {
    if (isAwsError(thrown, 'NoSuchEntity')) {
      return unknownAll(`IAM does not know ${simulation.principal}`);
    }
    if (!isAccessDenied(thrown)) throw thrown;
    const denied = thrown instanceof RollError;
    return unknownAll(denied ? 'iam:SimulatePrincipalPolicy would tell' : `IAM does not say: ${messageOf(thrown)}`);
  }
}

async function simulateOnResource(
  simulation: PolicySimulation,
  actions: readonly string[],
  resource: string,
): Promise<EvaluationResult[]> {
  const pages = simulation.iam.paginateSimulatePrincipalPolicy({
    PolicySourceArn: simulation.principal,
    ActionNames: [...actions],
    ResourceArns: [resource],
    ContextEntries: [...simulation.context],
  });
  return collectPages(pages, (page) => page.EvaluationResults);
}

/** Unknown where the decision depends on context that was not passed. */
function toSimulatedPermission(action: string, results: readonly EvaluationResult[]): IamPermissionResult {
  if (results.length > 0 && results.every(({ EvalDecision }) => EvalDecision === 'allowed')) {
    return { action, allowed: true, why: undefined };
  }
  const missing = results.flatMap(({ MissingContextValues = [], ResourceSpecificResults = [] }) => [
    ...MissingContextValues,
    ...ResourceSpecificResults.flatMap((one) => one.MissingContextValues ?? []),
  ]);
  const unknownKeys = [...new Set(missing)].filter((key) => !KNOWN_CONTEXT_KEYS.test(key));
  if (unknownKeys.length === 0) return { action, allowed: false, why: undefined };
  return toUnknownPermission(action, `it depends on ${unknownKeys.join(', ')}`);
}

function toUnknownPermission(action: string, why: string): IamPermissionResult {
  return { action, allowed: undefined, why };
}

/** Tags of the group; the new group is created with the same. */
function buildTagContext([key, value]: readonly [string, string]): ContextEntry[] {
  return ['aws:ResourceTag', 'autoscaling:ResourceTag', 'aws:RequestTag'].map((name) =>
    buildContextEntry(`${name}/${key}`, value),
  );
}

function buildContextEntry(ContextKeyName: string, value: string): ContextEntry {
  return { ContextKeyName, ContextKeyValues: [value], ContextKeyType: 'string' };
}

/** A group that does not exist yet has no id in its ARN. */
function replaceArnName(arn: string, name: string): string {
  return arn.replace(/:autoScalingGroup:.*$/, `:autoScalingGroup:*:autoScalingGroupName/${name}`);
}

/**
 * Whose policies apply to a caller: the user itself, or the role of a session, with the role's path, which the name of
 * the session leaves out. Without permission to read the role, its path is taken to be empty.
 */
export async function resolvePrincipal(iam: Pick<IAM, 'getRole'>, caller: string): Promise<string> {
  const [, partition, , , account, rest = ''] = caller.split(':');
  const [kind, role] = rest.split('/');
  if (kind !== 'assumed-role') return caller;
  const answer = await undefinedIfDenied(iam.getRole({ RoleName: role }));
  return answer?.Role?.Arn ?? `arn:${partition}:iam::${account}:role/${role}`;
}
