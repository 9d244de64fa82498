import { describe, expect, it } from 'vitest';
import { ACL_COMMANDS, ACL_NEEDS, ACL_REQUESTS, type AclCommand, type AclRule } from '../../../src/lib/model/acl.js';
import {
  buildAclDocument,
  formatAclPolicy,
  listAclRules,
  listAclWarnings,
} from '../../../src/lib/permissions/acl-policy.js';

const BOUNDS = { cluster: 'consul', nodePrefix: '', snapshot: true };
const rulesOf = (command: AclCommand, over: Partial<typeof BOUNDS> = {}) =>
  listAclRules([command], { ...BOUNDS, ...over }).map(({ rule }) => rule);
const READING = ['status', 'history', 'report', 'pause', 'create'] as const;
const READS: AclRule[] = ['agent:read', 'operator:read', 'key:read'];

describe('listAclRules', () => {
  it('gives each command what it needs, and a write in place of its read', () => {
    for (const command of READING) expect([command, rulesOf(command)]).toEqual([command, READS]);
    expect(rulesOf('plan')).toEqual(['agent:write', 'operator:write', 'key:read']);
    const roll: AclRule[] = ['agent:write', 'operator:write', 'key:write', 'node:read', 'service:read', 'query:read'];
    expect(rulesOf('rollback')).toEqual([...roll, 'acl:read']);
    expect(rulesOf('upgrade')).toEqual([...roll, 'acl:write']);
    expect(rulesOf('upgrade', { snapshot: false })).toEqual([...roll, 'acl:read']);
    expect(rulesOf('snapshot')).toEqual(['acl:write']);
    expect(rulesOf('snapshot', { snapshot: false })).toEqual(['acl:write']);
  });

  it('lets commands that only read write nothing', () => {
    for (const command of READING) {
      expect(rulesOf(command).filter((rule) => rule.endsWith(':write'))).toEqual([]);
    }
  });

  it('is made of every rule that a request needs, and of no other', () => {
    const asked = new Set(ACL_REQUESTS.flatMap(({ rule }) => rule ?? []));
    expect([...asked].sort()).toEqual(Object.keys(ACL_NEEDS).sort());
  });
});

describe('a policy', () => {
  it('is HCL with the purpose of each rule, or the same as JSON', () => {
    const bounds = { cluster: 'prod/eu', nodePrefix: 'consul-', snapshot: false };
    const rules = listAclRules(['upgrade'], bounds);
    const hcl = formatAclPolicy(rules, bounds);
    expect(hcl).toMatch(/^# writing the record, lock, sentinel, journal and history .*: enough to steer a roll$/m);
    expect(hcl).toContain('# having a server leave\nagent_prefix "consul-" { policy = "write" }\n');
    expect(hcl).toContain(
      '\nkey_prefix "consul-roll/prod=2Feu/" { policy = "write" }\nkey_prefix "consul-roll/prod%2Feu/" { policy = "read" }\n',
    );
    expect(hcl).toMatch(/; optional: without it [^\n]*\nservice_prefix "" \{ policy = "read" \}\n/);
    expect(buildAclDocument(rules, bounds)).toEqual({
      agent_prefix: { 'consul-': { policy: 'write' } },
      operator: 'write',
      // Where an earlier build has its keys.
      key_prefix: { 'consul-roll/prod=2Feu/': { policy: 'write' }, 'consul-roll/prod%2Feu/': { policy: 'read' } },
      node_prefix: { '': { policy: 'read' } },
      service_prefix: { '': { policy: 'read' } },
      query_prefix: { '': { policy: 'read' } },
      acl: 'read',
    });
  });

  it('keeps a name that looks like HCL a name', () => {
    const bounds = { ...BOUNDS, cluster: 'a" { policy = "write" }\noperator = "write" #$' };
    const hcl = formatAclPolicy(listAclRules(['status'], bounds), bounds);
    expect(hcl.split('\n').filter((line) => line.startsWith('operator'))).toEqual(['operator = "read"']);
    expect(hcl).not.toContain('$');
  });

  it('warns of all that is open', () => {
    const open = { cluster: undefined, nodePrefix: '', snapshot: true };
    const words = (bounds: typeof open) => listAclWarnings(listAclRules([...ACL_COMMANDS], bounds), bounds);
    expect(words(open)).toEqual([
      expect.stringMatching(/^agent_prefix "" allows any agent/),
      expect.stringMatching(/^key_prefix "consul-roll\/" allows the keys of every cluster/),
      expect.stringMatching(/^acl = "write" allows everything/),
    ]);
    const closed = { cluster: 'consul', nodePrefix: 'consul-', snapshot: false };
    expect(listAclWarnings(listAclRules(['upgrade'], closed), closed)).toEqual([]);
  });
});
