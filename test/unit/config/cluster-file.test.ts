import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseClusterFile } from '../../../src/lib/config/cluster-file.js';
import { RollError } from '../../../src/lib/model/errors.js';
import { MINIMAL_CLUSTER_FILE } from '../../helpers/cluster-files.js';

/** The lines that say what is wrong with a file. */
function mistakesIn(text: string): string[] {
  try {
    parseClusterFile(text, 'c.yaml');
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(RollError);
    expect(thrown).toMatchObject({ code: 'cluster-file-wrong', kind: 'usage' });
    return thrown instanceof RollError ? thrown.message.split('\n').slice(1) : [];
  }
  return [];
}

describe('parseClusterFile', () => {
  it('requires five keys and fills in the defaults', () => {
    expect(parseClusterFile(MINIMAL_CLUSTER_FILE, 'c.yaml')).toMatchObject({
      cluster: 'consul',
      size: 5,
      launchFrom: 'launch-template',
      metadata: { tokens: 'required', hopLimit: 1 },
      health: { type: 'EC2', grace: '300s' },
      terminationPolicies: ['Default'],
    });
  });

  it('fills in the defaults of a load balancer', () => {
    const { loadBalancer } = parseClusterFile(`${MINIMAL_CLUSTER_FILE}loadBalancer: {}\n`, 'c.yaml');
    expect(loadBalancer).toMatchObject({
      internal: true,
      listeners: [{ port: 8500, protocol: 'http', instancePort: 8500, instanceProtocol: 'http' }],
      draining: '60s',
    });
  });

  it('accepts JSON', () => {
    const json = JSON.stringify(parseClusterFile(MINIMAL_CLUSTER_FILE, 'c.yaml'));
    expect(parseClusterFile(json, 'c.json')).toEqual(parseClusterFile(MINIMAL_CLUSTER_FILE, 'c.yaml'));
  });

  it('accepts the example of the documentation', () => {
    const path = fileURLToPath(new URL('../../../docs/examples/cluster.yaml', import.meta.url));
    const text = readFileSync(path, 'utf8');
    expect(mistakesIn(text)).toEqual([]);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schemas/cluster.schema.json');
  });
});

describe('parseClusterFile with an invalid file', () => {
  it('lists every mistake with its line, column, key and what was expected', () => {
    const text = [
      'cluster: consul',
      'size: 4',
      'image: ami-xyz',
      'instance_type: t3.medium',
      'subnets: []',
      'securityGroups: [sg-0c0515ea000000002, sg-0c0515ea000000002]',
      'tags: { Name: x, cost: 12 }',
      'loadBalancer:',
      '  healthCheck: { interval: 10, intervall: 3s }',
      'lifecycleHooks:',
      '  - name: a',
    ].join('\n');
    expect(mistakesIn(text)).toEqual([
      'c.yaml:1:1  instanceProfile: is missing; expected the name or the ARN of an instance profile',
      'c.yaml:2:7  size: expected 3, 5 or 7 servers, found 4',
      'c.yaml:3:8  image: expected an image id, for instance ami-0abcdef1234567890, found another text',
      'c.yaml:4:1  instance_type: unknown key; did you mean instanceType?',
      'c.yaml:5:10  subnets: expected a list of subnets',
      'c.yaml:6:17  securityGroups: expected a list of security groups, each once',
      'c.yaml:7:9  tags.Name: expected a tag key other than Name (which is the cluster’s name) that does not start with aws: or consul-roll:',
      'c.yaml:7:24  tags.cost: expected text of at most 256 characters, quoted if it looks like a number, found 12',
      'c.yaml:9:28  loadBalancer.healthCheck.interval: expected a time from 5s to 300s, with its unit: 30s, 5m, found 10',
      'c.yaml:9:32  loadBalancer.healthCheck.intervall: unknown key; did you mean interval?',
      'c.yaml:11:5  lifecycleHooks[0].on: is missing; expected launching or terminating',
    ]);
  });

  const alone: [string, string, string][] = [
    ['a check slower than its interval', 'loadBalancer: {healthCheck: {timeout: 10s}}', 'less than the interval'],
    ['https without a certificate', 'loadBalancer: {listeners: [{port: 443, protocol: https}]}', 'a certificate'],
    ['two boot scripts', 'boot: {}\nuserDataFile: boot.sh', 'no value: boot is set too'],
    [
      'an option that the boot script sets',
      'boot: {extraConfig: {retry_join: [a]}}',
      'no value: the boot script sets it',
    ],
    ['a gossip key', 'boot: {extraConfig: {encrypt: c2VjcmV0}}', 'no secret'],
    ['a token', 'boot: {extraConfig: {acl: {tokens: {agent: 6d7f}}}}', 'no secret'],
    ['a data directory that other programs use', 'boot: {dataDir: /var}', 'two folders deep'],
    ['a path with ..', 'boot: {dataDir: /var/../etc}', 'two folders deep'],
    ['a key given twice', 'size: 3\nsize: 5', 'unique'],
    ['invalid YAML', 'tags: {', 'c.yaml:'],
    ['a key unlike any other', 'zzz: 1', 'unknown key; expected cluster, region'],
  ];
  it.each(alone)('refuses %s', (_name, lines, said) => {
    const mistakes = mistakesIn(`${MINIMAL_CLUSTER_FILE}${lines}\n`);
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes.join('\n')).toContain(said);
  });

  it('never shows a secret', () => {
    const secret = 'c2VjcmV0LWtleS1vZi0zMi1ieXRlcy0xMjM0NTY3ODk=';
    const mistakes = mistakesIn(`${MINIMAL_CLUSTER_FILE}boot: {extraConfig: {encrypt: "${secret}"}}\n`);
    expect(mistakes.join('\n')).toContain('boot.extraConfig.encrypt');
    expect(mistakes.join('\n')).not.toContain(secret);
  });

  it('refuses an empty file', () => {
    expect(mistakesIn('')).toHaveLength(5);
    expect(mistakesIn('- a\n')).toEqual(['c.yaml:1:1  expected keys and values']);
  });
});
