import { DescribeLaunchConfigurationsCommand } from '@aws-sdk/client-auto-scaling';
import {
  type ContextEntry,
  type EvaluationResult,
  GetInstanceProfileCommand,
  GetRoleCommand,
  IAMClient,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { CloudSettings } from '../config/connection.js';
import type { IamPermissionResult, ProbeTargets } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import { addMiddleware, buildClientConfig, type Clients } from './clients.js';
import { describeGroupsByName } from './describe.js';
import { isAccessDenied, isAwsError } from './errors.js';

/** A network without a way to IAM, which is one service for the whole world, must not keep doctor waiting. */
const SIMULATION_MAX_ATTEMPTS = 2;

/** IAM's client; to be destroyed by the caller. */
export function createIamClient(settings: CloudSettings): IAMClient {
  const iam = new IAMClient({ ...buildClientConfig(settings), maxAttempts: SIMULATION_MAX_ATTEMPTS });
  addMiddleware(iam.middlewareStack, settings.trace);
  return iam;
}

/** Whose policies are simulated, and with what. */
interface PolicySimulation {
  readonly iam: IAMClient;
  readonly principal: string;
  readonly context: readonly ContextEntry[];
}

const ROOT_IS_UNLIMITED = "no policy limits the account's root";

/** What was told, all of it: a tag that is missing here is one that the group does not have. */
const KNOWN_CONTEXT_KEYS = /^(aws|autoscaling):(Resource|Request)Tag\/|^iam:PassedToService$/i;

/**
 * Which of these actions the caller's policies allow, by IAM's own simulation: nothing is done, and the group's tags
 * count. It knows the caller's own policies, its permissions boundary and those of the organisation; neither policies
 * of a session nor what the caller did not tell, the address it comes from for instance.
 */
export async function simulatePermissions(
  clients: Clients,
  iam: IAMClient,
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
  iam: IAMClient,
  actions: readonly string[],
  targets: ProbeTargets,
): Promise<readonly IamPermissionResult[]> {
  const { Arn: caller = '' } = await clients.sts.send(new GetCallerIdentityCommand({}));
  if (caller.endsWith(':root'))
    return actions.map((action) => ({ action, allowed: true, why: ROOT_IS_UNLIMITED }));
  const [group] = await describeGroupsByName(clients, [targets.oldGroup]);
  const tags = (group?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const);
  const asking = {
    iam,
    principal: await resolvePrincipal(iam, caller),
    context: [
      ...tags.flatMap(buildTagContext),
      buildContextEntry('iam:PassedToService', 'ec2.amazonaws.com'),
    ],
  };
  const groupArn = group?.AutoScalingGroupARN ?? '';
  const groups = targets.makesGroup ? [groupArn, replaceArnName(groupArn, targets.unusedName)] : [groupArn];
  const onGroups = actions.filter((action) => action.startsWith('autoscaling:'));
  const onRole = actions.filter((action) => action === 'iam:PassRole');
  const role = onRole.length === 0 ? [] : await findRoles(clients, iam, group?.LaunchConfigurationName);
  const found = await Promise.all([
    simulateOnResources(asking, onGroups, groups),
    simulateOnResources(asking, onRole, role),
  ]);
  return found.flat();
}

/** The role that servers get by a launch configuration; none where it names no profile, undefined where it is not known. */
async function findRoles(
  { autoScaling }: Clients,
  iam: IAMClient,
  name: string | undefined,
): Promise<readonly string[] | undefined> {
  if (name === undefined) return undefined;
  const command = new DescribeLaunchConfigurationsCommand({ LaunchConfigurationNames: [name] });
  const { LaunchConfigurations: [found] = [] } = await autoScaling.send(command);
  const profile = found?.IamInstanceProfile?.split('/').at(-1);
  if (!profile) return [];
  try {
    const asked = new GetInstanceProfileCommand({ InstanceProfileName: profile });
    const { InstanceProfile } = await iam.send(asked);
    return InstanceProfile?.Roles?.map(({ Arn = '' }) => Arn);
  } catch (thrown) {
    if (isAccessDenied(thrown)) return undefined;
    throw thrown;
  }
}

/** Allowed where every one of the resources is. */
async function simulateOnResources(
  asking: PolicySimulation,
  actions: readonly string[],
  resources: readonly string[] | undefined,
): Promise<readonly IamPermissionResult[]> {
  const unknownAll = (why: string) => actions.map((action) => toUnknownPermission(action, why));
  if (resources === undefined) {
    return unknownAll('iam:GetInstanceProfile and iam:SimulatePrincipalPolicy would tell');
  }
  if (actions.length === 0 || resources.length === 0) return unknownAll('there is nothing to ask about');
  try {
    const results = await Promise.all(
      resources.map((resource) => simulateOnResource(asking, actions, resource)),
    );
    return actions.map((action) =>
      toSimulatedPermission(
        action,
        results.flat().filter(({ EvalActionName }) => EvalActionName === action),
      ),
    );
  } catch (thrown) {
    if (isAwsError(thrown, 'NoSuchEntity', 'NoSuchEntityException')) {
      return unknownAll(`IAM does not know ${asking.principal}`);
    }
    if (!isAccessDenied(thrown)) throw thrown;
    const denied = thrown instanceof RollError;
    return unknownAll(
      denied ? 'iam:SimulatePrincipalPolicy would tell' : `IAM does not say: ${messageOf(thrown)}`,
    );
  }
}

async function simulateOnResource(
  asking: PolicySimulation,
  actions: readonly string[],
  resource: string,
): Promise<EvaluationResult[]> {
  const pages = paginateSimulatePrincipalPolicy(
    { client: asking.iam },
    {
      PolicySourceArn: asking.principal,
      ActionNames: [...actions],
      ResourceArns: [resource],
      ContextEntries: [...asking.context],
    },
  );
  const found: EvaluationResult[] = [];
  for await (const { EvaluationResults = [] } of pages) found.push(...EvaluationResults);
  return found;
}

/** What depends on something that was not told is not known. */
function toSimulatedPermission(action: string, results: readonly EvaluationResult[]): IamPermissionResult {
  if (results.length > 0 && results.every(({ EvalDecision }) => EvalDecision === 'allowed')) {
    return { action, allowed: true, why: undefined };
  }
  const missing = results.flatMap(({ MissingContextValues = [], ResourceSpecificResults = [] }) => [
    ...MissingContextValues,
    ...ResourceSpecificResults.flatMap((one) => one.MissingContextValues ?? []),
  ]);
  const untold = [...new Set(missing)].filter((key) => !KNOWN_CONTEXT_KEYS.test(key));
  if (untold.length === 0) return { action, allowed: false, why: undefined };
  return toUnknownPermission(action, `it depends on ${untold.join(', ')}`);
}

function toUnknownPermission(action: string, why: string): IamPermissionResult {
  return { action, allowed: undefined, why };
}

/** Tags that the group has, and that the next one is made with. */
function buildTagContext([key, value]: readonly [string, string]): ContextEntry[] {
  return ['aws:ResourceTag', 'autoscaling:ResourceTag', 'aws:RequestTag'].map((name) =>
    buildContextEntry(`${name}/${key}`, value),
  );
}

function buildContextEntry(ContextKeyName: string, value: string): ContextEntry {
  return { ContextKeyName, ContextKeyValues: [value], ContextKeyType: 'string' };
}

/** The ARN of a group that is not there yet has no id. */
function replaceArnName(arn: string, name: string): string {
  return arn.replace(/:autoScalingGroup:.*$/, `:autoScalingGroup:*:autoScalingGroupName/${name}`);
}

/**
 * Whose policies hold for a caller: the user itself, or the role of a session, with the role's path, which the name of
 * the session leaves out. Without the right to ask for it the role is taken to have none.
 */
export async function resolvePrincipal(iam: Pick<IAMClient, 'send'>, caller: string): Promise<string> {
  const [, partition, , , account, rest = ''] = caller.split(':');
  const [kind, role] = rest.split('/');
  if (kind !== 'assumed-role') return caller;
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
    if (Role?.Arn !== undefined) return Role.Arn;
  } catch (thrown) {
    if (!isAccessDenied(thrown)) throw thrown;
  }
  return `arn:${partition}:iam::${account}:role/${role}`;
}
