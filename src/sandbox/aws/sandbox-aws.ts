import type { InstanceBackend, SandboxImage, Traffic } from '../interfaces.js';
import { type Actions, actions, type ServiceName } from './actions.js';
import { AwsFault } from './fault.js';
import { createIdGenerator } from './ids.js';
import { type BalancerView, listInService, listLoadBalancerViews } from './load-balancer-views.js';
import { createNetwork, type NetworkOptions } from './network.js';
import { IMAGE_PARAMETER } from './parameters.js';
import { Scheduler } from './scheduler.js';
import type { AwsState } from './state.js';

/** What an account is made of. */
export interface SandboxAwsOptions {
  /** The same seed, calls and ticks give the same account, ids included. */
  readonly seed: number;
  /** When the account's time starts, epoch milliseconds. */
  readonly startMs: number;
  /** What AWS's own delays and the images' boot times are divided by. */
  readonly speed: number;
  readonly machines: InstanceBackend;
  /** Left out when nothing flows through the load balancers; then nothing ever drains for long. */
  readonly traffic?: Traffic;
  readonly images: readonly SandboxImage[];
  readonly network: NetworkOptions;
  readonly region?: string;
  readonly accountId?: string;
  /** The account may not create launch configurations. */
  readonly launchTemplatesOnly?: boolean;
}

/** The input of an action, in the SDK's own shape. */
export type ActionInput<S extends ServiceName, A extends keyof Actions[S]> = Actions[S][A] extends (
  state: AwsState,
  input: infer I,
) => unknown
  ? I
  : never;

/** The output of an action, in the SDK's own shape. */
export type ActionOutput<S extends ServiceName, A extends keyof Actions[S]> = Actions[S][A] extends (
  state: AwsState,
  input: never,
) => infer O
  ? O
  : never;

/** One AWS account in one region. It does nothing by itself: `tick` moves its time. */
export interface SandboxAws {
  readonly region: string;
  readonly accountId: string;
  /** The account's time, epoch milliseconds. */
  nowMs(): number;
  /** Carries out, in order, everything that is due by then. A time in the past changes nothing. */
  tick(nowMs: number): void;
  /** When something is next due, epoch milliseconds; undefined when nothing is. May lie in the past. */
  nextDueMs(): number | undefined;
  /**
   * One API call, at the account's time.
   *
   * @throws AwsFault
   */
  call<S extends ServiceName, A extends keyof Actions[S]>(
    service: S,
    action: A,
    input: ActionInput<S, A>,
  ): ActionOutput<S, A>;
  /**
   * The same by name, for a caller that has only names.
   *
   * @throws AwsFault `InvalidAction` for an action the sandbox does not have
   */
  dispatch(service: string, action: string, input: unknown): object;
  /** The load balancers as the data plane needs them. */
  balancers(): BalancerView[];
  /** Where a new request may go now: of a classic load balancer, by its name, or a target group, by its ARN. */
  inService(pool: string): { instanceId: string; address: string }[];
  /** The account's state, only for a simulator that reads it thousands of times a second. */
  readonly inside: AwsState;
}

/** Whose id the account's parameter holds. */
const LATEST_IMAGE = 'consul-v2';

/** A new account, with its default VPC, its images and the parameter of one only. */
export function createSandboxAws(options: SandboxAwsOptions): SandboxAws {
  const state = newState(options);
  const dispatch = (service: string, action: string, input: unknown) => {
    const handler = handlerOf(service, action);
    refuseDryRun(service, input);
    return handler(state, input);
  };
  return {
    region: state.region,
    accountId: state.accountId,
    nowMs: () => state.nowMs,
    tick: (nowMs) => tick(state, nowMs),
    nextDueMs: () => state.scheduler.nextDueMs(),
    call: (service, action, input) => dispatch(service, String(action), input) as never,
    dispatch,
    balancers: () => listLoadBalancerViews(state),
    inService: (pool) => listInService(state, pool),
    inside: state,
  };
}

function newState(options: SandboxAwsOptions): AwsState {
  const region = options.region ?? 'eu-west-1';
  const latest = options.images.find(({ name }) => name === LATEST_IMAGE);
  const versions = latest === undefined ? [] : [{ value: latest.imageId, setMs: options.startMs }];
  const images = versions.length === 0 ? [] : [{ name: IMAGE_PARAMETER, versions }];
  return {
    nowMs: options.startMs,
    speed: options.speed,
    region,
    accountId: options.accountId ?? '000000000000',
    scheduler: new Scheduler(),
    ids: createIdGenerator(options.seed),
    instanceBackend: options.machines,
    traffic: options.traffic ?? { openRequests: () => 0 },
    images: new Map(options.images.map((image) => [image.imageId, image])),
    network: createNetwork(region, options.network),
    instances: new Map(),
    launchTemplates: new Map(),
    launchTemplatesOnly: options.launchTemplatesOnly ?? false,
    launchConfigurations: new Map(),
    groups: new Map(),
    balancers: new Map(),
    launchFault: undefined,
    loadBalancers: new Map(),
    targetGroups: new Map(),
    parameters: new Map(images.map((record) => [record.name, record])),
  };
}

function tick(state: AwsState, nowMs: number): void {
  for (let entry = state.scheduler.takeDue(nowMs); entry !== undefined; entry = state.scheduler.takeDue(nowMs)) {
    state.nowMs = Math.max(state.nowMs, entry.dueMs);
    entry.run();
  }
  state.nowMs = Math.max(state.nowMs, nowMs);
}

/** EC2's dry run: every call is permitted here, and nothing is done. */
function refuseDryRun(service: string, input: unknown): void {
  const dry = typeof input === 'object' && input !== null && 'DryRun' in input && input.DryRun === true;
  if (service !== 'ec2' || !dry) return;
  throw new AwsFault('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
}

type Handler = (state: AwsState, input: unknown) => object;

function handlerOf(service: string, action: string): Handler {
  const table: Readonly<Record<string, Readonly<Record<string, unknown>>>> = actions;
  const handlers = Object.hasOwn(table, service) ? table[service] : undefined;
  const handler = handlers !== undefined && Object.hasOwn(handlers, action) ? handlers[action] : undefined;
  if (isHandler(handler)) return handler;
  throw new AwsFault('InvalidAction', `The action ${action} is not valid for this web service.`);
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
