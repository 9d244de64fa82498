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

describe('a cluster file', () => {
  it('needs only what nobody else can know; the rest has defaults', () => {
    expect(parseClusterFile(MINIMAL_CLUSTER_FILE, 'c.yaml')).toMatchObject({
      cluster: 'consul',
      size: 5,
      launchFrom: 'launch-template',
      metadata: { tokens: 'required', hopLimit: 1 },
      health: { type: 'EC2', grace: '300s' },
      terminationPolicies: ['Default'],
    });
  });

  it('gives a load balancer that is named and nothing more what the article gives it, and draining', () => {
    const { loadBalancer } = parseClusterFile(`${MINIMAL_CLUSTER_FILE}loadBalancer: {}\n`, 'c.yaml');
    expect(loadBalancer).toMatchObject({
      internal: true,
      listeners: [{ port: 8500, protocol: 'http', instancePort: 8500, instanceProtocol: 'http' }],
      draining: '60s',
    });
  });

  it('may be JSON', () => {
    const json = JSON.stringify(parseClusterFile(MINIMAL_CLUSTER_FILE, 'c.yaml'));
    expect(parseClusterFile(json, 'c.json')).toEqual(parseClusterFile(MINIMAL_CLUSTER_FILE, 'c.yaml'));
  });

  it('has an example that is right', () => {
    const path = fileURLToPath(new URL('../../../docs/examples/cluster.yaml', import.meta.url));
    const text = readFileSync(path, 'utf8');
    expect(mistakesIn(text)).toEqual([]);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schemas/cluster.schema.json');
  });
});

describe('mistakes in a cluster file', () => {
  it('are told all at once, each with its line, column, key and what was expected', () => {
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
      'c.yaml:3:8  image: expected an image id, for instance ami-0abcdef1234567890, found "ami-xyz"',
      'c.yaml:4:1  instance_type: unknown key; did you mean instanceType?',
      'c.yaml:5:10  subnets: expected a list of subnets',
      'c.yaml:6:17  securityGroups: expected a list of security groups, each once',
      'c.yaml:7:9  tags.Name: expected a tag key that is not Name (it is the cluster’s name), and not of aws: or consul-roll:',
      'c.yaml:7:24  tags.cost: expected text of 256 characters at the most, in quotes where it looks like a number, found 12',
      'c.yaml:9:28  loadBalancer.healthCheck.interval: expected a time from 5s to 300s, with its unit: 30s, 5m, found 10',
      'c.yaml:9:32  loadBalancer.healthCheck.intervall: unknown key; did you mean interval?',
      'c.yaml:11:5  lifecycleHooks[0].on: is missing; expected launching or terminating',
    ]);
  });

  const alone: [string, string, string][] = [
    [
      'a check slower than its interval',
      'loadBalancer: {healthCheck: {timeout: 10s}}',
      'less than the interval',
    ],
    [
      'https without a certificate',
      'loadBalancer: {listeners: [{port: 443, protocol: https}]}',
      'a certificate',
    ],
    ['two boot scripts', 'boot: {}\nuserDataFile: boot.sh', 'nothing: boot is there too'],
    [
      'what the boot script writes',
      'boot: {extraConfig: {retry_join: [a]}}',
      'the boot script writes it itself',
    ],
    ['a gossip key', 'boot: {extraConfig: {encrypt: c2VjcmV0}}', 'no secret'],
    ['a token', 'boot: {extraConfig: {acl: {tokens: {agent: 6d7f}}}}', 'no secret'],
    ['a data directory with everything in it', 'boot: {dataDir: /var}', 'two folders deep'],
    ['a way out of a directory', 'boot: {dataDir: /var/../etc}', 'two folders deep'],
    ['a key given twice', 'size: 3\nsize: 5', 'unique'],
    ['YAML that is none', 'tags: {', 'c.yaml:'],
    ['a key nothing comes near to', 'zzz: 1', 'unknown key; expected cluster, region'],
  ];
  it.each(alone)('include %s', (_name, lines, said) => {
    const mistakes = mistakesIn(`${MINIMAL_CLUSTER_FILE}${lines}\n`);
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes.join('\n')).toContain(said);
  });

  it('never show a secret', () => {
    const secret = 'c2VjcmV0LWtleS1vZi0zMi1ieXRlcy0xMjM0NTY3ODk=';
    const mistakes = mistakesIn(`${MINIMAL_CLUSTER_FILE}boot: {extraConfig: {encrypt: "${secret}"}}\n`);
    expect(mistakes.join('\n')).toContain('boot.extraConfig.encrypt');
    expect(mistakes.join('\n')).not.toContain(secret);
  });

  it('are told of a file with nothing in it', () => {
    expect(mistakesIn('')).toHaveLength(5);
    expect(mistakesIn('- a\n')).toEqual(['c.yaml:1:1  expected keys and values']);
  });
});
