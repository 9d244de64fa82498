import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findBootstrapSetting } from '../../../src/lib/engine/observe/bootstrap-setting.js';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const find = (text: string) => findBootstrapSetting(base64(text));

describe('parts of user data that are not read', () => {
  // failure-mode: boot-script-incomplete
  it.each([
    ['two variables', `A=LWJvb3Rz\nB=dHJhcA==\nconsul agent $(echo "$A$B" | base64 -d)`, 3],
    [
      'a variable from elsewhere',
      'x=$(aws ssm get-parameter --name a)\necho "$x" | base64 --decode > /etc/consul.d/a.hcl',
      2,
    ],
    ['a file', 'base64 -d /opt/a.b64 > a.hcl', 1],
    ['openssl', 'openssl enc -base64 -d -in a > a.hcl', 1],
    ['an eval', 'eval "$settings"', 1],
    ['a sourced file', 'n=3\nif true; then . /opt/settings.sh; fi', 2],
    ['a sourced command', 'source <(consul-settings)', 1],
    ['a script from the web', 'curl -fsSL https://example.org/boot | sudo -E bash -s -- x', 1],
    ['a script from a bucket', 'aws s3 cp s3://bucket/boot.sh /tmp/\nbash /tmp/boot.sh', 1],
    ['a configuration from a bucket', 'aws s3 cp s3://bucket/server.hcl /etc/consul.d/', 1],
    ['a configuration manager', 'runcmd:\n  - chef-client -z', 2],
    ['a configuration manager with its folder', '/opt/puppetlabs/bin/puppet agent -t', 1],
    ['one of AWS', '/opt/aws/bin/cfn-init -v --stack a', 1],
    ['one of cloud-init', '#cloud-config\nansible:\n  pull: x', 2],
    ['a parameter', 'aws ssm get-parameter --name a --output text > /etc/consul.d/consul.hcl', 1],
    ['a parameter in a variable', 'c=$(aws ssm get-parameter --name a)\necho "$c" > /etc/consul.d/a.hcl', 2],
    ['another Ignition', '{"ignition":{"config":{"replace":{"source":"s3://bucket/a.ign"}}}}', 1],
    ['a program from the web', 'curl -fsSLo /tmp/setup https://example.org/x\nchmod +x /tmp/setup\n/tmp/setup', 1],
    ['a program from a bucket', 'aws s3 cp s3://bucket/setup /tmp/setup && /tmp/setup', 1],
    ['a program of Python', 'curl -s https://example.org/x | python3', 1],
    ['a repository', 'git clone https://example.org/a /opt/a', 1],
    ['hexadecimal', 'echo 626f | xxd -r -p > a.hcl', 1],
    ['a variable as a script', 'bash <<< "$script"', 1],
    ['a variable as a command', 'bash -c "$script"', 1],
    ['a template', 'envsubst < /opt/a.tpl > a.hcl', 1],
    ['a template of Consul', 'consul-template -template a.tpl:a.hcl -once', 1],
    ['a place in a file of the image', 'sed -i "s/__SERVERS__/1/" /etc/consul.d/a.hcl', 1],
    ['a part handler', '#part-handler\ndef list_types(): return []', 1],
    ['an include of cloud-init', '#include\nhttps://example.org/boot\n', 1],
    ['an include in a message', 'Content-Type: text/x-include-url\n\nhttps://example.org/boot\n', 1],
  ])('says that it did not read %s', (_, text, line) => {
    expect(find(`${text}\n{"bootstrap_expect": 3}\n`)).toEqual({
      kind: 'constant',
      least: 3,
      where: expect.any(String),
      unread: [`line ${line} of the user data`],
    });
  });

  it.each([
    ['a system file', '. /etc/os-release\nsource /etc/profile.d/consul.sh'],
    ['a comment', '# source /opt/a.sh, then eval "$x"'],
    ['words', 'git push $(x)\nfind . -name x\nthe source of it\nx | ssh a\nx | sha256sum'],
    ['a download', 'curl -o /tmp/consul.zip https://example.org/consul.zip\nchmod +x /tmp/a'],
    ['what it has itself', `echo ${base64('server = true\n')} | base64 -d > a.hcl`],
    ['what it has in a variable', `c=${base64('server = true\n')}\necho "$c" | base64 -d > a.hcl`],
    ['what follows', `base64 -d <<X > a.hcl\n${base64('server = true\n')}\nX`],
  ])('reads all of a script with %s', (_, text) => {
    expect(find(text)).toEqual({ kind: 'none' });
  });

  it('says that it did not read an archive', () => {
    const archive = gzipSync(Buffer.concat([Buffer.from('etc/a.hcl'), Buffer.alloc(600)]));
    const text = `#cloud-config\nwrite_files:\n- path: /a.tgz\n  encoding: b64\n  content: ${base64(archive)}\n`;
    expect(find(text)).toEqual({ kind: 'none', unread: ['an archive in the user data'] });
  });

  it('says that it did not read what is encoded too often, or too many times', () => {
    let nested = 'bootstrap_expect = 1';
    for (let n = 0; n < 5; n += 1) nested = base64(nested);
    const unread = ['what is encoded too often in the user data'];
    expect(find(nested)).toEqual({ kind: 'none', unread });
    const many = Array.from({ length: 300 }, (_, n) => base64(`text number ${n}`)).join(' "\n" ');
    expect(find(many)).toEqual({ kind: 'none', unread });
  });
});
