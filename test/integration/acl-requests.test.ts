import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { type AclCommand, type AclRule, findAclRequest } from '../../src/lib/model/acl.js';
import { listAclRules } from '../../src/lib/permissions/acl-policy.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { SECOND_CLUSTER_FILE } from '../helpers/cluster-files.js';
import type { Ended } from '../helpers/program.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';

const TRACE = { DEBUG: 'consul-roll:consul' };

let site: TestSite;
beforeAll(async () => {
  site = await openSite({ size: 3, speed: 20, consul: { kind: 'simulated' } });
}, 90_000);
afterAll(() => site.close(), 30_000);

/** The rules of the requests that a run sent, as DEBUG shows them; a write in place of its read, as in a policy. */
function findRules({ stderr }: Pick<Ended, 'stderr'>): readonly AclRule[] {
  const requests = [...stderr.matchAll(/(GET|PUT|POST|DELETE) http:\/\/[\d.]+:\d+\/v1\/(\S+):/g)];
  expect(requests.length).toBeGreaterThan(10);
  const rows = requests.map(
    ([, method = '', path = '']) => [`${method} ${path}`, findAclRequest(method, path)] as const,
  );
  expect(rows.filter(([, row]) => row === undefined)).toEqual([]);
  const rules = new Set(rows.flatMap(([, row]) => row?.rule ?? []));
  return [...rules].filter((rule) => !rules.has(rule.replace(':read', ':write') as AclRule) || !rule.endsWith(':read'));
}

const policyOf = (command: AclCommand) =>
  listAclRules([command], { cluster: 'consul', nodePrefix: '', snapshot: true }).map(({ rule }) => rule);
const beyondPolicy = (command: AclCommand, run: Pick<Ended, 'stderr'>) => {
  const allowed: readonly string[] = policyOf(command);
  return findRules(run).filter((rule) => !allowed.includes(rule) && !allowed.includes(rule.replace(':read', ':write')));
};

it('asks Consul for what the printed ACL policy of the command allows, and the policy allows no more', async () => {
  const image = getImage('consul-v2').imageId;
  expect(findRules(await site.run('status --cluster consul', TRACE)).toSorted()).toEqual(policyOf('status').toSorted());
  const plan = await site.run(`plan --cluster consul --ami ${image}`, TRACE);
  expect(findRules(plan).toSorted()).toEqual(policyOf('plan').toSorted());
  const examination = await site.run('doctor --cluster consul', TRACE);
  expect(findRules(examination).toSorted()).toEqual(policyOf('doctor').toSorted());

  const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2'), TRACE);
  await waitForOutput(upgrade, /scale out group \S+ to 3/);
  upgrade.child.kill('SIGINT');
  expect((await upgrade.ended).exitCode).toBe(EXIT.interrupted);
  expect(beyondPolicy('upgrade', await upgrade.ended)).toEqual([]);
  const paused = await site.run('pause --cluster consul', TRACE);
  expect(findRules(paused).toSorted()).toEqual(policyOf('pause').toSorted());
  const back = await site.run(buildContinueCommand(site, 'rollback'), TRACE);
  expect([back.exitCode, beyondPolicy('rollback', back)]).toEqual([EXIT.done, []]);
  const rolled = await site.run(buildUpgradeCommand(site, 'consul-v2'), TRACE);
  expect([rolled.exitCode, beyondPolicy('upgrade', rolled)]).toEqual([EXIT.done, []]);
  expect(findRules(rolled)).toEqual(expect.arrayContaining(['agent:write', 'key:write', 'service:read', 'acl:write']));

  for (const [command, line] of [
    ['history', 'history --cluster consul'],
    ['report', `report --cluster consul --out ${join(site.folder, 'roll.html')}`],
  ] as const) {
    const read = await site.run(line, TRACE);
    expect([read.exitCode, read.stderr]).toEqual([EXIT.done, expect.any(String)]);
    expect(findRules(read).toSorted()).toEqual(policyOf(command).toSorted());
  }
  const file = join(site.folder, 'second.yaml');
  writeFileSync(file, SECOND_CLUSTER_FILE);
  const created = await site.run(`create --file ${file} --yes --interval 250ms --success-threshold 2`, TRACE);
  expect([created.exitCode, created.stderr]).toEqual([EXIT.done, expect.any(String)]);
  expect(findRules(created).toSorted()).toEqual(policyOf('create').toSorted());
}, 240_000);
