import { DescribeLaunchConfigurationsCommand } from '@aws-sdk/client-auto-scaling';
import {
  type ContextEntry,
  type EvaluationResult,
  GetInstanceProfileCommand,
  IAMClient,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { CloudSettings } from '../config/connection.js';
import type { Permitted, ProbedThings } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import { type Clients, configurationOf, translateErrors } from './clients.js';
import { groupsNamed } from './cluster-reader.js';
import { isAwsError, isRefusedByAws } from './errors.js';
import { principalOf } from './inspect.js';

/** A network without a way to IAM, which is one service for the whole world, must not keep doctor waiting. */
const MAX_ATTEMPTS = 2;

/** IAM's client; to be destroyed by the caller. */
export function connectIam(settings: CloudSettings): IAMClient {
  const iam = new IAMClient({ ...configurationOf(settings), maxAttempts: MAX_ATTEMPTS });
  translateErrors(iam.middlewareStack);
  return iam;
}

/** Whose policies are simulated, and with what. */
interface Asking {
  readonly iam: IAMClient;
  readonly principal: string;
  readonly context: readonly ContextEntry[];
}

const UNLIMITED = "no policy limits the account's root";
/** What was told, all of it: a tag that is missing here is one that the group does not have. */
const TOLD = /^(aws|autoscaling):(Resource|Request)Tag\/|^iam:PassedToService$/i;

/**
 * Which of these actions the caller's policies allow, by IAM's own simulation: nothing is done, and the group's tags
 * count. It knows the caller's own policies, its permissions boundary and those of the organisation; neither policies
 * of a session nor what the caller did not tell, the address it comes from for instance.
 */
export async function simulated(
  clients: Clients,
  iam: IAMClient,
  actions: readonly string[],
  things: ProbedThings,
): Promise<readonly Permitted[]> {
  try {
    return await ask(clients, iam, actions, things);
  } catch (thrown) {
    // There may be no way to IAM from here, and nothing else depends on it.
    if (!(thrown instanceof RollError)) throw thrown;
    return actions.map((action) => unknown(action, `IAM did not answer: ${thrown.message}`));
  }
}

async function ask(
  clients: Clients,
  iam: IAMClient,
  actions: readonly string[],
  things: ProbedThings,
): Promise<readonly Permitted[]> {
  const { Arn: caller = '' } = await clients.sts.send(new GetCallerIdentityCommand({}));
  if (caller.endsWith(':root')) return actions.map((action) => ({ action, allowed: true, why: UNLIMITED }));
  const [group] = await groupsNamed(clients, [things.oldGroup]);
  const tags = (group?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const);
  const asking = {
    iam,
    principal: await principalOf(iam, caller),
    context: [...tags.flatMap(tagEntries), entry('iam:PassedToService', 'ec2.amazonaws.com')],
  };
  const groupArn = group?.AutoScalingGroupARN ?? '';
  const groups = things.makesGroup ? [groupArn, renamed(groupArn, things.unusedName)] : [groupArn];
  const onGroups = actions.filter((action) => action.startsWith('autoscaling:'));
  const onRole = actions.filter((action) => action === 'iam:PassRole');
  const role = onRole.length === 0 ? [] : await roleOf(clients, iam, group?.LaunchConfigurationName);
  const found = await Promise.all([permittedOn(asking, onGroups, groups), permittedOn(asking, onRole, role)]);
  return found.flat();
}

/** The role that servers get by a launch configuration; none where it names no profile, undefined where it is not known. */
async function roleOf(
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
    if (isRefusedByAws(thrown)) return undefined;
    throw thrown;
  }
}

/** Allowed where every one of the resources is. */
async function permittedOn(
  asking: Asking,
  actions: readonly string[],
  resources: readonly string[] | undefined,
): Promise<readonly Permitted[]> {
  const unknownAll = (why: string) => actions.map((action) => unknown(action, why));
  if (resources === undefined) {
    return unknownAll('iam:GetInstanceProfile and iam:SimulatePrincipalPolicy would tell');
  }
  if (actions.length === 0 || resources.length === 0) return unknownAll('there is nothing to ask about');
  try {
    const results = await Promise.all(resources.map((resource) => evaluate(asking, actions, resource)));
    return actions.map((action) =>
      permittedBy(
        action,
        results.flat().filter(({ EvalActionName }) => EvalActionName === action),
      ),
    );
  } catch (thrown) {
    if (isAwsError(thrown, 'NoSuchEntity', 'NoSuchEntityException')) {
      return unknownAll(`IAM does not know ${asking.principal}`);
    }
    if (!isRefusedByAws(thrown)) throw thrown;
    const denied = thrown instanceof RollError;
    return unknownAll(
      denied ? 'iam:SimulatePrincipalPolicy would tell' : `IAM does not say: ${messageOf(thrown)}`,
    );
  }
}

async function evaluate(
  asking: Asking,
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
function permittedBy(action: string, results: readonly EvaluationResult[]): Permitted {
  if (results.length > 0 && results.every(({ EvalDecision }) => EvalDecision === 'allowed')) {
    return { action, allowed: true, why: undefined };
  }
  const missing = results.flatMap(({ MissingContextValues = [], ResourceSpecificResults = [] }) => [
    ...MissingContextValues,
    ...ResourceSpecificResults.flatMap((one) => one.MissingContextValues ?? []),
  ]);
  const untold = [...new Set(missing)].filter((key) => !TOLD.test(key));
  if (untold.length === 0) return { action, allowed: false, why: undefined };
  return unknown(action, `it depends on ${untold.join(', ')}`);
}

function unknown(action: string, why: string): Permitted {
  return { action, allowed: undefined, why };
}

/** Tags that the group has, and that the next one is made with. */
function tagEntries([key, value]: readonly [string, string]): ContextEntry[] {
  return ['aws:ResourceTag', 'autoscaling:ResourceTag', 'aws:RequestTag'].map((name) =>
    entry(`${name}/${key}`, value),
  );
}

function entry(ContextKeyName: string, value: string): ContextEntry {
  return { ContextKeyName, ContextKeyValues: [value], ContextKeyType: 'string' };
}

/** The ARN of a group that is not there yet has no id. */
function renamed(arn: string, name: string): string {
  return arn.replace(/:autoScalingGroup:.*$/, `:autoScalingGroup:*:autoScalingGroupName/${name}`);
}
