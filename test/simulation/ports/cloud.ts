import type { Group, LifecycleHook } from '../../../src/lib/model/group.js';
import type { ImageReference } from '../../../src/lib/model/image-reference.js';
import {
  formatLaunchSource,
  type LaunchSource,
  type PreviousLaunchSource,
} from '../../../src/lib/model/launch-source.js';
import type { GroupSummary, ServerQuery } from '../../../src/lib/model/listed-cluster.js';
import type { TargetGroup } from '../../../src/lib/model/load-balancer.js';
import type {
  LaunchTemplateUser,
  MachineImage,
  StrayInstance,
  SubnetRoom,
} from '../../../src/lib/model/observation.js';
import type { CallerIdentity } from '../../../src/lib/model/roll-context.js';
import type { ServerConsole } from '../../../src/lib/model/server-failure.js';
import { CLUSTER_TAG } from '../../../src/lib/model/tags.js';
import type {
  Cloud,
  ClusterDescription,
  ConvertedLaunchSource,
  LaunchTemplateQuery,
  ProtectionChange,
} from '../../../src/lib/ports.js';
import { findActiveRefresh } from '../../../src/sandbox/aws/autoscaling/refresh-state.js';
import { countFreeAddresses } from '../../../src/sandbox/aws/network.js';
import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { AwsState } from '../../../src/sandbox/aws/state.js';
import type { Effect } from '../effect.js';
import type { CallRunner } from './call-runner.js';
import { CloudChanges } from './cloud-changes.js';
import { describeCluster, listHooks, toGroup } from './cloud-reads.js';
import { LaunchSourceChanges } from './launch-source-changes.js';
import { listHealthyAfterMs, listTargetGroups, listZonal } from './traffic.js';

/** AWS's answers that lag behind a write. */
export interface Lag {
  /** The description to answer with instead of the current one; undefined if none lags. */
  getDelayed(): ClusterDescription | undefined;
  /** Called before a write is carried out. */
  beforeWrite(present: () => ClusterDescription): void;
}

type Names = readonly string[];
type ObservationTarget = readonly [
  groups: Names,
  launchConfigurations: Names,
  balancers: Names,
  query: LaunchTemplateQuery | undefined,
];

/** The Cloud port over the sandbox's account, called directly. */
export class SimulatedCloud implements Cloud {
  readonly #runner: CallRunner;
  readonly #lag: Lag;
  readonly #state: AwsState;
  readonly #changes: CloudChanges;
  readonly #launchSources: LaunchSourceChanges;
  #target: ObservationTarget | undefined;
  #last: { readonly version: number; readonly description: ClusterDescription } | undefined;

  constructor(runner: CallRunner, lag: Lag) {
    this.#runner = runner;
    this.#lag = lag;
    this.#state = runner.environment.aws.inside;
    this.#changes = new CloudChanges(runner.environment.aws);
    this.#launchSources = new LaunchSourceChanges(runner.environment.aws);
  }

  readCaller(): Promise<CallerIdentity> {
    const { accountId: account, region } = this.#state;
    return this.#runner.read(() => ({ account, alias: undefined, region, arn: `arn:aws:iam::${account}:root` }));
  }

  findGroups(cluster: string): Promise<Group[]> {
    return this.#runner.read(() =>
      findGroupsOfCluster(this.#state, cluster).map((group) => toGroup(this.#state, group)),
    );
  }

  listGroups(): Promise<GroupSummary[]> {
    return this.#runner.read(() =>
      [...this.#state.groups.values()].map((group) => {
        const { name, desired, tags } = toGroup(this.#state, group);
        return { name, desired, tags };
      }),
    );
  }

  findGroupsOfServers(query: ServerQuery): Promise<readonly string[]> {
    return this.#runner.read(() => {
      const running = [...this.#state.instances.values()].filter(
        ({ state }) => state === 'pending' || state === 'running',
      );
      const names = running.flatMap(({ tags }) => {
        const name = tags.get('aws:autoscaling:groupName');
        const isMeant =
          'serverName' in query ? tags.get('Name') === query.serverName : name?.startsWith(query.groupNamePrefix);
        return isMeant && name !== undefined ? [name] : [];
      });
      return [...new Set(names)];
    });
  }

  describeCluster(
    groups: Names,
    launchConfigurations: Names,
    balancers: Names,
    query?: LaunchTemplateQuery,
  ): Promise<ClusterDescription> {
    return this.#runner.read(() => {
      const target: ObservationTarget = [groups, launchConfigurations, balancers, query];
      // Observations of a roll name launch configurations; the search for a cluster names none.
      if (launchConfigurations.length === 0 && query === undefined) return describeCluster(this.#state, ...target);
      this.#target = target;
      return this.#lag.getDelayed() ?? this.#present(target);
    });
  }

  /** The current description; cached until the next event, as most effects are preceded by an observation. */
  #present(target: ObservationTarget): ClusterDescription {
    const { version } = this.#runner.environment;
    if (this.#last?.version !== version) {
      this.#last = { version, description: describeCluster(this.#state, ...target) };
    }
    return this.#last.description;
  }

  findImage(id: string): Promise<MachineImage | undefined> {
    return this.#runner.read(() => findImage(this.#state, id));
  }

  resolveImage(reference: ImageReference): Promise<string> {
    if (reference.kind !== 'id') throw new Error('the simulation names images by their id');
    return this.#runner.read(() => reference.imageId);
  }

  findArchitectures(): Promise<string[]> {
    return this.#runner.read(() => ['x86_64']);
  }

  readConsole(): Promise<ServerConsole> {
    return this.#runner.read(() => ({ kind: 'read', lines: [] }));
  }

  isRefreshInProgress(name: string): Promise<boolean> {
    return this.#runner.read(() => {
      const group = this.#state.groups.get(name);
      return group !== undefined && findActiveRefresh(group) !== undefined;
    });
  }

  findInstancesAt(): Promise<readonly StrayInstance[]> {
    return this.#runner.read(() => []);
  }

  readLifecycleHooks(name: string): Promise<readonly LifecycleHook[]> {
    return this.#runner.read(() => {
      const group = this.#state.groups.get(name);
      return group === undefined ? [] : listHooks(group);
    });
  }

  countFreeAddresses(subnets: Names): Promise<readonly SubnetRoom[]> {
    return this.#runner.read(() => listFreeAddresses(this.#state, subnets));
  }

  describeTargetGroups(balancers: Names): Promise<TargetGroup[]> {
    return this.#runner.read(() => listTargetGroups(this.#state, balancers));
  }

  readHealthyAfterMs(balancers: Names): Promise<Record<string, number>> {
    return this.#runner.read(() => listHealthyAfterMs(this.#state, balancers));
  }

  listZonalBalancers(balancers: Names): Promise<readonly string[]> {
    return this.#runner.read(() => listZonal(this.#state, balancers));
  }

  readQuota(): Promise<{ groupsLeft: number; launchConfigurationsLeft: number }> {
    return this.#runner.read(() => ({ groupsLeft: 100, launchConfigurationsLeft: 100 }));
  }

  listLaunchTemplateUsers(): Promise<readonly LaunchTemplateUser[]> {
    return this.#runner.read(() => []);
  }

  findUnsupportedSettings(): Promise<readonly string[]> {
    return this.#runner.read(() => []);
  }

  readUserData(from: PreviousLaunchSource): Promise<string | undefined> {
    return this.#runner.read(() =>
      from.kind === 'launch-configuration'
        ? this.#state.launchConfigurations.get(from.name)?.UserData
        : this.#state.launchTemplates.get(from.id)?.versions.get(from.resolved)?.LaunchTemplateData?.UserData,
    );
  }

  listNotCopied(): Promise<readonly string[]> {
    return this.#runner.read(() => []);
  }

  createLaunchTemplateVersion(
    source: { readonly id: string; readonly version: number },
    mark: string,
    image: string,
  ): Promise<void> {
    const what = `create-version ${source.id}`;
    return this.#other(what, () => this.#launchSources.createVersion(source, mark, image));
  }

  convertLaunchSource(
    from: PreviousLaunchSource,
    to: ConvertedLaunchSource,
    mark: string,
    image: string,
  ): Promise<void> {
    const what = `convert-launch-source ${to.name}`;
    return this.#other(what, () => this.#launchSources.convertLaunchSource(from, to, mark, image));
  }

  setDefaultLaunchTemplateVersion(id: string, version: number): Promise<void> {
    return this.#other(`set-default ${id} ${version}`, () => this.#launchSources.setDefaultVersion(id, version));
  }

  deleteLaunchTemplateVersion(id: string, version: number): Promise<void> {
    return this.#other(`delete-version ${id} ${version}`, () => this.#launchSources.deleteVersion(id, version));
  }

  deleteLaunchTemplate(id: string): Promise<void> {
    return this.#other(`delete-launch-template ${id}`, () => this.#launchSources.deleteLaunchTemplate(id));
  }

  copyWarmPool(from: string, group: string): Promise<void> {
    return this.#other(`copy-warm-pool ${group}`, () => this.#changes.copyWarmPool(from, group));
  }

  deleteWarmPool(group: string): Promise<void> {
    return this.#other(`delete-warm-pool ${group}`, () => this.#changes.deleteWarmPool(group));
  }

  createLaunchConfiguration(from: string, name: string, image: string): Promise<void> {
    return this.#other(`create-launch-configuration ${name}`, () =>
      this.#changes.createLaunchConfiguration(from, name, image),
    );
  }

  createGroup(
    from: string,
    name: string,
    launchSource: LaunchSource,
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    return this.#other(`create-group ${name}`, () => this.#changes.createGroup(from, name, launchSource, tags));
  }

  setSizes(name: string, sizes: { minSize?: number; maxSize?: number; desired?: number }): Promise<void> {
    const { desired } = sizes;
    return this.#change({ kind: 'resize', name, desired }, () => this.#changes.setSizes(name, sizes));
  }

  setLaunchSource(group: string, launchSource: LaunchSource): Promise<void> {
    const what = `set-launch-source ${group} ${formatLaunchSource(launchSource)}`;
    return this.#other(what, () => this.#launchSources.setLaunchSource(group, launchSource));
  }

  suspendProcesses(group: string, processes: Names): Promise<void> {
    const what = `suspend ${group} ${processes.join(' ')}`;
    return this.#other(what, () => this.#changes.suspend(group, processes));
  }

  resumeProcesses(group: string, processes: Names): Promise<void> {
    const what = `resume ${group} ${processes.join(' ')}`;
    return this.#other(what, () => this.#changes.resume(group, processes));
  }

  setProtection(group: string, change: ProtectionChange): Promise<void> {
    return this.#other(`protect ${group}`, () => this.#changes.setProtection(group, change));
  }

  setHealthy(instanceId: string): Promise<void> {
    return this.#other(`set-healthy ${instanceId}`, () => this.#changes.setHealthy(instanceId));
  }

  tag(group: string, tags: Readonly<Record<string, string>>): Promise<void> {
    return this.#other(`tag ${group}`, () => this.#changes.tag(group, tags));
  }

  untag(group: string, keys: Names): Promise<void> {
    return this.#other(`untag ${group}`, () => this.#changes.untag(group, keys));
  }

  register(balancer: string, instanceIds: Names): Promise<void> {
    const what = `register ${instanceIds.join(' ')}`;
    return this.#other(what, () => this.#changes.register(balancer, instanceIds));
  }

  deregister(balancer: string, instanceIds: Names): Promise<void> {
    return this.#change({ kind: 'deregister', instanceIds }, () => this.#changes.deregister(balancer, instanceIds));
  }

  attachLoadBalancers(group: string, balancers: Names): Promise<void> {
    return this.#other(`attach ${group}`, () => this.#changes.attach(group, balancers));
  }

  terminate(instanceId: string): Promise<void> {
    return this.#change({ kind: 'terminate', instanceId }, () => this.#changes.terminate(instanceId));
  }

  completeLifecycleHooks({
    group,
    instanceIds,
    hooks,
    result,
  }: Parameters<Cloud['completeLifecycleHooks']>[0]): Promise<'completed'> {
    const complete = (): 'completed' => {
      this.#keepDescription();
      this.#changes.completeHooks(group, instanceIds, hooks, result);
      return 'completed';
    };
    const effect = { kind: 'complete-hooks', instanceIds } as const;
    return this.#runner.change(effect, complete, 'completed');
  }

  deleteGroup(name: string): Promise<void> {
    return this.#change({ kind: 'delete-group', name }, () => this.#changes.deleteGroup(name));
  }

  deleteLaunchConfiguration(name: string): Promise<'deleted' | 'in-use'> {
    const remove = (): 'deleted' | 'in-use' => {
      this.#keepDescription();
      return this.#changes.deleteLaunchConfiguration(name);
    };
    return this.#runner.change({ kind: 'delete-launch-configuration', name }, remove, 'deleted');
  }

  close(): void {}

  #other(what: string, change: () => void): Promise<void> {
    return this.#change({ kind: 'other', what }, change);
  }

  #change(effect: Effect, change: () => void): Promise<void> {
    const carryOut = (): void => {
      this.#keepDescription();
      change();
    };
    return this.#runner.change(effect, carryOut, undefined);
  }

  #keepDescription(): void {
    const target = this.#target;
    if (target !== undefined) this.#lag.beforeWrite(() => describeCluster(this.#state, ...target));
  }
}

function findGroupsOfCluster(state: AwsState, cluster: string): GroupRecord[] {
  const found = [...state.groups.values()].filter(
    ({ name, tags }) =>
      name === cluster || tags.get('Name')?.value === cluster || tags.get(CLUSTER_TAG)?.value === cluster,
  );
  return found.sort((a, b) => a.createdMs - b.createdMs || a.name.localeCompare(b.name));
}

function findImage(state: AwsState, id: string) {
  const image = state.images.get(id);
  return image && { id, name: image.name, architecture: 'x86_64', state: 'available', createdAtMs: undefined };
}

function listFreeAddresses(state: AwsState, subnets: readonly string[]): readonly SubnetRoom[] {
  return state.network.subnets
    .filter(({ subnetId }) => subnets.includes(subnetId))
    .map((subnet) => ({ id: subnet.subnetId, zone: subnet.zone, freeAddresses: countFreeAddresses(subnet) }));
}
