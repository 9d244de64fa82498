import type { Blueprint, HookFields, ListenerFields } from '../model/blueprint.js';

/** What there is to make or is there, by the keys under which a cluster file says it, in the file's own form. */
export type ByFileKey = Readonly<Record<string, unknown>>;

type Part = 'balancer' | 'template' | 'group';

/** Where a key is not the field's own name. `undefined` is a field that is told together with others. */
const KEYS: Readonly<Record<Part, Readonly<Record<string, string | undefined>>>> = {
  balancer: {
    internal: 'loadBalancer.internal',
    subnets: 'loadBalancer.subnets',
    securityGroups: 'loadBalancer.securityGroups',
    listeners: 'loadBalancer.listeners',
    target: 'loadBalancer.healthCheck.target',
    intervalS: 'loadBalancer.healthCheck.interval',
    timeoutS: 'loadBalancer.healthCheck.timeout',
    healthyThreshold: 'loadBalancer.healthCheck.healthyThreshold',
    unhealthyThreshold: 'loadBalancer.healthCheck.unhealthyThreshold',
    drainingS: 'loadBalancer.draining',
    crossZone: 'loadBalancer.crossZone',
  },
  template: { metadataTokens: 'metadata.tokens', metadataHops: 'metadata.hopLimit' },
  group: {
    minSize: 'size',
    maxSize: undefined,
    desired: undefined,
    targetGroups: 'existing.targetGroups',
    healthType: 'health.type',
    graceS: 'health.grace',
    hooks: 'lifecycleHooks',
  },
};

/** The fields of one part of a blueprint, or of what is there in its place. */
export function byFileKey(part: Part, fields: object, blueprint: Blueprint): ByFileKey {
  const keys: Readonly<Record<string, string | undefined>> = {
    ...KEYS[part],
    userData: blueprint.template.script,
    balancers: balancersKey(blueprint),
  };
  const told = Object.entries(fields).flatMap(([field, value]) => {
    const key = field in keys ? keys[field] : field;
    return key === undefined ? [] : [[key, inFileForm(field, value, fields)] as const];
  });
  return Object.fromEntries(told);
}

/** The group is behind the one that is made and those that are there already. */
function balancersKey({ balancer, group }: Blueprint): string {
  const existing = group.fields.balancers.some((name) => name !== balancer?.name);
  return [balancer && 'loadBalancer', (existing || !balancer) && 'existing.loadBalancers']
    .filter(Boolean)
    .join(' and ');
}

function inFileForm(field: string, value: unknown, fields: object): unknown {
  if (field === 'minSize') return sizeOf(fields as Blueprint['group']['fields']);
  if (field === 'listeners') return (value as readonly ListenerFields[]).map(listenerOf);
  if (field === 'hooks') return (value as readonly HookFields[]).map(hookOf);
  return field.endsWith('S') && typeof value === 'number' ? `${value}s` : value;
}

/** A file has one size; a group that is there may have three. */
function sizeOf({ minSize, maxSize, desired }: Blueprint['group']['fields']): unknown {
  const one = minSize === desired && maxSize === desired;
  return one ? desired : `${desired} (from ${minSize} to ${maxSize})`;
}

/** A file has protocols in lower case. */
function listenerOf({ protocol, instanceProtocol, ...listener }: ListenerFields): object {
  return {
    ...listener,
    protocol: protocol.toLowerCase(),
    instanceProtocol: instanceProtocol.toLowerCase(),
  };
}

function hookOf({ name, on, timeoutS, otherwise }: HookFields): object {
  return { name, on, timeout: `${timeoutS}s`, otherwise };
}
