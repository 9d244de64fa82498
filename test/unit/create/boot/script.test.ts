import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootInstance, LAUNCHED } from './instance.js';
import { HOSTILE, kinds, plainOptions } from './options.js';

let instance: BootInstance;
let consul: Server | undefined;

beforeEach(async () => {
  instance = new BootInstance();
  await instance.listen();
});

afterEach(async () => {
  await new Promise((resolve) => (consul === undefined ? resolve(undefined) : consul.close(resolve)));
  consul = undefined;
  await instance.close();
});

const founder = { ...plainOptions, bootstrapExpect: 3 };
const minutesBefore = (minutes: number) =>
  new Date(Date.parse(LAUNCHED) - minutes * 60_000).toISOString().replace('Z', '+00:00');
const row = (id: string, address: string, launched = minutesBefore(0)) => `${id}\t${address}\t${launched}\n`;

/** A server that has these Raft peers, and no leader just now. */
async function consulAt(address: string, peers: readonly string[]): Promise<void> {
  consul = createServer(({ url }, response) => response.end(JSON.stringify(url === '/v1/status/peers' ? peers : '')));
  await new Promise<void>((resolve) => consul?.listen(8500, address, resolve));
}

describe('the boot script, run by bash', () => {
  it('configures a server that joins the others, and starts it', async () => {
    instance.awsSays(
      row('i-0abc', '127.79.1.4') + row('i-0b', '127.79.1.5') + row('i-0c', 'None') + row('i-0d', '127.79.1.6'),
    );
    const { status, said } = await instance.boot(plainOptions);
    expect([said, status]).toEqual([expect.stringContaining('i-0abc at 127.79.1.4 in eu-west-1a'), 0]);
    expect(instance.config()).toEqual({
      server: true,
      data_dir: instance.dataDir,
      client_addr: '0.0.0.0',
      performance: { raft_multiplier: 1 },
      retry_interval: '5s',
      node_name: 'i-0abc',
      bind_addr: '127.79.1.4',
      advertise_addr: '127.79.1.4',
      node_meta: { availability_zone: 'eu-west-1a' },
      bootstrap_expect: 0,
      retry_join: ['127.79.1.5', '127.79.1.6'],
    });
    expect(instance.calls().map((line) => line.split(' --')[0])).toEqual([
      'hostnamectl set-hostname consul-0abc',
      'aws ec2 describe-instances',
      'systemctl stop consul',
      'systemctl enable',
    ]);
    expect(instance.calls('aws')[0]).toContain('--region eu-west-1');
  });

  it('overrides the configuration of the image', async () => {
    mkdirSync(instance.configDir, { recursive: true });
    const baked = { bootstrap_expect: 5, data_dir: '/opt/consul' };
    writeFileSync(join(instance.configDir, 'consul.json'), JSON.stringify(baked));
    await instance.boot(plainOptions);
    expect(instance.config()).toMatchObject({ bootstrap_expect: 0, data_dir: instance.dataDir });
  });

  it('waits for the network, and reads no metadata without a token', async () => {
    instance.sleepy = 3;
    expect(await instance.boot(plainOptions)).toMatchObject({ status: 0 });
    expect(instance.unsigned).toBe(0);
    expect(instance.calls('sleep').length).toBe(3);
  });

  it('refuses a malformed fact of the metadata service', async () => {
    instance.facts['meta-data/local-ipv4'] = '10.0.0.1", "encrypt": "x';
    const { status, said } = await instance.boot(plainOptions);
    expect([status, said]).toEqual([1, expect.stringContaining('gave no local-ipv4 but:')]);
    expect(instance.calls('systemctl')).toEqual([]);
  });

  it('retries while EC2 throttles', async () => {
    const throttled = 'An error occurred (RequestLimitExceeded) when calling the DescribeInstances operation';
    instance.awsSays(row('i-0b', '127.79.1.5'), [throttled, throttled]);
    expect(await instance.boot(plainOptions)).toMatchObject({ status: 0 });
    expect(instance.calls('aws').length).toBe(3);
    expect(instance.config().retry_join).toEqual(['127.79.1.5']);
  });

  it('fails without deleting or starting anything if it cannot list the instances', async () => {
    mkdirSync(instance.dataDir, { recursive: true });
    writeFileSync(join(instance.dataDir, 'node-id'), 'baked');
    instance.awsSays('', Array(20).fill('An error occurred (UnauthorizedOperation)'));
    const { status, said } = await instance.boot(plainOptions);
    expect([status, said]).toEqual([1, expect.stringContaining('may the instance profile do ec2:DescribeInstances?')]);
    expect(said).toContain('the boot script gave up, exit 1');
    expect(instance.calls('systemctl')).toEqual([]);
    expect(readdirSync(instance.dataDir)).toEqual(['node-id']);
  });

  it('deletes data of the image, including hidden files, and keeps its own data when it runs again', async () => {
    const baked = join(instance.dataDir, 'raft');
    mkdirSync(baked, { recursive: true });
    for (const name of ['node-id', '.hidden', '.consul-roll-instance'])
      writeFileSync(join(instance.dataDir, name), 'i-of-the-image-builder');
    await instance.boot(plainOptions);
    expect(readdirSync(instance.dataDir)).toEqual(['.consul-roll-instance']);
    mkdirSync(baked);
    expect(await instance.boot(plainOptions)).toMatchObject({
      status: 0,
      said: expect.stringContaining('this instance has run before: its data stays'),
    });
    expect(readdirSync(instance.dataDir).sort()).toEqual(['.consul-roll-instance', 'raft']);
    expect(instance.calls('systemctl stop').length).toBe(1);
  });

  it('does not execute text of a tag, a parameter or a configuration', async () => {
    instance.awsSays('c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=\n');
    expect(await instance.boot(kinds.everything ?? plainOptions)).toMatchObject({ status: 0 });
    expect(existsSync(join(instance.folder, 'pwned'))).toBe(false);
    const { retry_join, node_meta } = instance.config();
    expect(retry_join).toEqual([
      expect.stringMatching(/^provider=aws tag_key="a key" tag_value="a 'b' \\"c\\" [\s\S]* region=eu-west-1$/),
      '10.0.0.1',
      HOSTILE,
    ]);
    expect(node_meta).toEqual({ availability_zone: 'eu-west-1a' });
    expect(readFileSync(join(instance.configDir, 'zz-10-consul-roll.json'), 'utf8')).toContain('CONSUL_ROLL');
  });

  it('writes the gossip key to a file that others cannot read, and never logs it', async () => {
    const key = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=';
    instance.awsSays(`${key}\n`);
    const { said } = await instance.boot(kinds['cloud-auto-join'] ?? plainOptions);
    expect(instance.config().encrypt).toBe(key);
    expect(statSync(join(instance.configDir, 'zz-20-gossip-key.json')).mode & 0o777).toBe(0o640);
    expect(said).not.toContain(key);
    expect(instance.calls('aws')).toEqual([
      'aws ssm get-parameter --region eu-west-1 --name /consul/key --with-decryption --query Parameter.Value --output text',
    ]);
  });

  it('refuses an invalid gossip key', async () => {
    instance.awsSays('None\n');
    expect(await instance.boot(kinds['cloud-auto-join'] ?? plainOptions)).toMatchObject({
      status: 1,
      said: expect.stringContaining('/consul/key does not contain a gossip key'),
    });
  });

  it('warns if the instance does not have the tag', async () => {
    instance.facts['meta-data/tags/instance'] = 'Name';
    instance.facts['meta-data/tags/instance/Name'] = 'another';
    const wrong = await instance.boot(plainOptions);
    expect(wrong.said).toContain('warning: this instance has no tag Name=consul');
    instance.facts['meta-data/tags/instance/Name'] = 'consul';
    expect((await instance.boot(plainOptions)).said).not.toContain('warning');
  });
});

describe('bootstrap_expect', () => {
  const expected = async (options = founder) => {
    const { status, said } = await instance.boot(options);
    return { status, said, expects: instance.config().bootstrap_expect };
  };

  it('is set on a server that finds no other', async () => {
    instance.awsSays(row('i-0abc', '127.79.1.4'));
    expect(await expected()).toMatchObject({ status: 0, expects: 3 });
  });

  it('is set on servers that start together', async () => {
    instance.awsSays(row('i-0b', '127.79.1.5', minutesBefore(9)) + row('i-0c', '127.79.1.6', minutesBefore(-5)));
    await consulAt('127.79.1.5', []);
    expect(await expected()).toMatchObject({ status: 0, expects: 3 });
  });

  it('is 0 if an older server exists, even if it does not respond', async () => {
    instance.awsSays(row('i-0c', '127.79.1.6') + row('i-0b', '127.79.1.5', minutesBefore(11)));
    expect(await expected()).toMatchObject({
      expects: 0,
      said: expect.stringContaining('127.79.1.5 was there before'),
    });
  });

  it('is 0 if another server is in a cluster, even without a leader', async () => {
    instance.awsSays(row('i-0b', '127.79.1.5'));
    await consulAt('127.79.1.5', ['127.79.1.5:8300']);
    expect(await expected()).toMatchObject({ expects: 0, said: expect.stringContaining('127.79.1.5 is in a cluster') });
  });

  it('is 0 if the launch time is not known', async () => {
    instance.facts['dynamic/instance-identity/document'] = '{}';
    instance.awsSays(row('i-0b', '127.79.1.5'));
    expect(await expected()).toMatchObject({ status: 0, expects: 0 });
  });

  it('is 0 with cloud auto-join if the instances cannot be listed', async () => {
    instance.awsSays('', Array(20).fill('Unable to locate credentials'));
    const cloud = { ...founder, peers: 'cloud-auto-join' } as const;
    expect(await expected(cloud)).toMatchObject({ status: 0, expects: 0 });
    expect(instance.config().retry_join).toEqual(['provider=aws tag_key=Name tag_value=consul region=eu-west-1']);
  });
});
