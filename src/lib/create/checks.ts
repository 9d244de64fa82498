import type { Blueprint } from '../model/blueprint.js';
import type { CreationPlan } from '../model/creation.js';
import type { Facts } from '../model/survey.js';
import type { SeenBalancer } from '../ports/creation.js';

/** What is asked of the account before anything is made. */
export type AccountFacts = Pick<Facts, 'image' | 'architectures' | 'subnets' | 'quota'> & {
  /** The existing load balancers that the file names, by name; undefined for what is not there. */
  readonly existing: Readonly<Record<string, SeenBalancer | undefined>>;
};

/** What stands against it: what that is about, what was seen, and what to do. */
export interface Unfit {
  readonly subject: string;
  readonly saw: string;
  readonly remedy: string;
}

type Check = (facts: AccountFacts, plan: CreationPlan) => Unfit | undefined;

/** What stands against making a cluster; empty where nothing does. */
export function checkAccount(facts: AccountFacts, plan: CreationPlan): readonly Unfit[] {
  return CHECKS.flatMap((check) => check(facts, plan) ?? []);
}

const CHECKS: readonly Check[] = [
  imageExists,
  imageFits,
  subnetsExist,
  addressesFree,
  quotaAllows,
  balancersExist,
];

function imageExists({ image }: AccountFacts, { blueprint }: CreationPlan): Unfit | undefined {
  const subject = 'image';
  const { image: wanted } = blueprint.template.fields;
  if (image === undefined) {
    const remedy = 'check the id, the region, and that the image is shared with the account';
    return { subject, saw: `${wanted} is not visible to this account in this region`, remedy };
  }
  if (image.state === 'available') return undefined;
  return { subject, saw: `${wanted} is ${image.state}`, remedy: 'wait until the image is available' };
}

function imageFits({ image, architectures }: AccountFacts, { blueprint }: CreationPlan): Unfit | undefined {
  const { instanceType } = blueprint.template.fields;
  if (image === undefined || architectures === undefined || architectures.includes(image.architecture)) {
    return undefined;
  }
  return {
    subject: 'image',
    saw: `${image.id} is ${image.architecture}, ${instanceType} runs ${architectures.join(', ')}`,
    remedy: 'choose another instanceType, or build the image for this one',
  };
}

function subnetsExist({ subnets }: AccountFacts, { blueprint }: CreationPlan): Unfit | undefined {
  const found = subnets.map(({ id }) => id);
  const missing = subnetsOf(blueprint).filter((id) => !found.includes(id));
  if (missing.length === 0) return undefined;
  const saw = `${missing.join(', ')} not found in this region`;
  return { subject: 'subnets', saw, remedy: 'check subnets and region' };
}

function addressesFree({ subnets }: AccountFacts, { blueprint }: CreationPlan): Unfit | undefined {
  const own = subnets.filter(({ id }) => blueprint.group.fields.subnets.includes(id));
  const free = own.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0);
  if (own.length === 0 || free >= blueprint.size) return undefined;
  return {
    subject: 'subnets',
    saw: `${free} free addresses for ${blueprint.size} servers`,
    remedy: 'free addresses, or name larger subnets',
  };
}

function quotaAllows({ quota }: AccountFacts, { resources }: CreationPlan): Unfit | undefined {
  if (quota === undefined) return undefined;
  const makes = (kind: string) => resources.some((one) => one.kind === kind && one.state === 'missing');
  const groups = makes('group') && quota.groupsLeft < 1;
  const templates = makes('launch-configuration') && quota.templatesLeft < 1;
  if (!groups && !templates) return undefined;
  return {
    subject: 'quota',
    saw: `no more ${groups ? 'groups' : 'launch configurations'} are allowed`,
    remedy: 'delete unused ones, or ask for a higher quota in Service Quotas',
  };
}

function balancersExist({ existing }: AccountFacts): Unfit | undefined {
  const missing = Object.keys(existing).filter((name) => existing[name] === undefined);
  if (missing.length === 0) return undefined;
  return {
    subject: 'load balancers',
    saw: `${missing.join(', ')} not found in this region`,
    remedy: 'check existing.loadBalancers, or describe one to be made under loadBalancer',
  };
}

/** Those of the servers and those of the load balancer. */
export function subnetsOf({ group, balancer }: Blueprint): readonly string[] {
  return [...new Set([...group.fields.subnets, ...(balancer?.fields.subnets ?? [])])];
}
