import type { MiddlewareStack } from '@smithy/types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClients } from '../../../src/lib/aws/clients.js';
import { createCreationFromClients } from '../../../src/lib/aws/new-cluster/connect.js';
import { parseClusterFile } from '../../../src/lib/config/cluster-file.js';
import { createMissingResources } from '../../../src/lib/create/create.js';
import { planCluster } from '../../../src/lib/create/plan.js';
import type { CreationPlan } from '../../../src/lib/model/cluster-spec.js';
import { MINIMAL_CLUSTER_FILE } from '../../helpers/cluster-files.js';
import { createFakeEngine } from '../../helpers/fake-engine.js';
import { CREDENTIALS, openAccount, type SandboxAccount } from '../aws/sandbox-account.js';

const FILE = MINIMAL_CLUSTER_FILE.replace('cluster: consul', 'cluster: other');
const READS = /^(Describe|Get)/;
/** Calls that create a load balancer, a launch source and a group. */
const WRITES = 6;

let account: SandboxAccount;

beforeEach(async () => {
  account = await openAccount(0);
});

afterEach(() => account.close());

/** Only its clock is used: `create` calls the account over HTTP. */
const fake = createFakeEngine(1);

class Died extends Error {}

/** The AWS calls of `create`, killed at one of its writes, before or after it took effect. */
async function runUntil(dies: { readonly at: number; readonly after: boolean } | undefined, text: string) {
  const clients = createClients({ region: 'eu-west-1', endpoint: account.url, credentials: CREDENTIALS });
  const writes = { count: 0 };
  dieOn(clients.autoScaling.middlewareStack, writes, dies);
  dieOn(clients.balancing.middlewareStack, writes, dies);
  dieOn(clients.ec2.middlewareStack, writes, dies);
  const creation = createCreationFromClients(clients);
  const engine = { ...fake, cloud: account.cloud, creation };
  const planned = () => planCluster(engine, parseClusterFile(text, 'c.yaml'), btoa('#!/bin/sh\n'));
  const plan: CreationPlan = await planned();
  const { signal } = new AbortController();
  try {
    await createMissingResources({ creation, clock: fake.clock, replan: planned }, plan, signal, () => undefined);
  } catch (thrown) {
    if (!(thrown instanceof Died)) throw thrown;
  }
  creation.close();
  return { states: plan.resources.map(({ state }) => state), plan };
}

function dieOn<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  writes: { count: number },
  dies: { readonly at: number; readonly after: boolean } | undefined,
): void {
  stack.add(
    (next, context) => async (args) => {
      if (READS.test(String(context.commandName))) return next(args);
      writes.count += 1;
      if (dies === undefined || writes.count < dies.at) return next(args);
      if (dies.after && writes.count === dies.at) await next(args);
      throw new Died();
    },
    { step: 'initialize', priority: 'low', name: 'die' },
  );
}

describe.each(['launch-template', 'launch-configuration'])('create with a %s, killed', (kind) => {
  const text = `${FILE}launchFrom: ${kind}\nloadBalancer: {draining: 30s}\n`;
  const ends = Array.from({ length: WRITES }, (_, n) => n + 1).flatMap((at) => [
    { at, after: false },
    { at, after: true },
  ]);

  it.each(ends)('at write $at (after it took effect: $after), is finished by the next run', async (end) => {
    await runUntil(end, text);
    await runUntil(undefined, text);
    const { states, plan } = await runUntil(undefined, text);
    expect(states).toEqual(['exists', 'exists', 'exists']);
    expect(plan.resources.flatMap(({ differences }) => differences)).toEqual([]);
  });
});

describe('planCluster', () => {
  it('lists every field that differs', async () => {
    await runUntil(undefined, `${FILE}loadBalancer: {}\n`);
    const { plan } = await runUntil(undefined, `${FILE}loadBalancer: {draining: 30s}\nsize: 3\n`);
    const said = plan.resources.map(({ kind, state, differences }) => [
      kind,
      state,
      differences.map(({ field, is, wanted }) => `${field} ${is} ${wanted}`),
    ]);
    expect(said).toEqual([
      ['load-balancer', 'differs', ['loadBalancer.draining 60s 30s']],
      ['launch-template', 'exists', []],
      ['group', 'differs', ['size 5 3']],
    ]);
  });

  it('reports another launch source', async () => {
    await runUntil(undefined, FILE);
    const { plan } = await runUntil(undefined, `${FILE}launchFrom: launch-configuration\n`);
    expect(plan.resources[0]).toMatchObject({
      kind: 'launch-template',
      state: 'differs',
      differences: [{ field: 'launchFrom', is: 'launch-template', wanted: 'launch-configuration' }],
    });
  });

  it('accepts the group and launch source of a later roll', async () => {
    const text = `${FILE}launchFrom: launch-configuration\n`;
    await runUntil(undefined, text);
    await account.cloud.createLaunchConfiguration('other', 'other-7f3a', 'ami-0c0515ea000000001');
    await account.cloud.createGroup(
      'other',
      'other-7f3a',
      { kind: 'launch-configuration', name: 'other-7f3a' },
      { 'consul-roll:cluster': 'other' },
    );
    await account.cloud.setSizes('other-7f3a', { minSize: 5, desired: 5 });
    await account.cloud.setSizes('other', { minSize: 0, desired: 0 });
    account.advance(60_000);
    await account.cloud.deleteGroup('other');
    account.advance(60_000);
    const { plan } = await runUntil(undefined, text);
    expect(plan.resources.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'other-7f3a exists',
      'other-7f3a exists',
    ]);
  });
});
