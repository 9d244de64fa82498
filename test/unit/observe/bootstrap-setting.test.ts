import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { renderBootScript } from '../../../src/lib/create/boot/script.js';
import { findBootstrapSetting } from '../../../src/lib/engine/observe/bootstrap-setting.js';
import { plainOptions } from '../create/boot/options.js';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const find = (text: string) => findBootstrapSetting(base64(text));
const wrapped = (text: string | Buffer) => (base64(text).match(/.{1,76}/g) ?? []).join('\n      ');
const GROUP_SIZE = readFileSync(new URL('../../fixtures/boot-scripts/group-size.sh', import.meta.url), 'utf8');

const COMPUTED = { kind: 'computed' };

describe('what user data says of bootstrap_expect', () => {
  it.each([
    ['no user data', '', { kind: 'none' }],
    ['a script without it', '#!/bin/bash\nconsul agent -server -retry-join "provider=aws"\n', { kind: 'none' }],
    ['a comment', '#!/bin/bash\n  # bootstrap_expect = 1 founds a cluster\n', { kind: 'none' }],
    ['a line that only says it', 'echo "bootstrap_expect is computed by the image"\n', { kind: 'none' }],
    ['a deletion', "sed -i '/bootstrap_expect/d' /etc/consul.d/a.hcl\n", { kind: 'none' }],
    ['a deletion by jq', "jq 'del(.bootstrap_expect)' a.json > b.json && mv b.json a.json\n", { kind: 'none' }],
    ['a test', 'if grep -q bootstrap_expect a.hcl; then exit 1; fi\n', { kind: 'none' }],
    ['a deletion and a new line', "sed -i -e '/bootstrap_expect/d' -e '$a bootstrap_expect = 1' a.hcl", { least: 1 }],
    ['a count', 'echo "bootstrap_expect = $(grep -c server hosts)" > a.hcl', COMPUTED],
    ['a sentence', 'echo "bootstrap: begins" >> /var/log/boot.log\nlogger bootstrap: done\n', { kind: 'none' }],
    [
      'a comment after a command',
      'systemctl start consul # bootstrap: the first, bootstrap_expect = 1\n',
      { kind: 'none' },
    ],
    [
      'a deletion beside a constant',
      "sed -i '/bootstrap_expect/d' a.hcl\necho 'bootstrap_expect = 3' >> a.hcl",
      { least: 3 },
    ],
    [
      'a substitution beside a test',
      `grep -q bootstrap_expect a.hcl && echo "bootstrap_expect = $n" > a.hcl`,
      COMPUTED,
    ],
    ['a default that nothing assigns', `echo "bootstrap_expect = \${N:-3}" > a.hcl`, { kind: 'constant', least: 3 }],
    ['a default of what is computed', `N=$(size)\necho "bootstrap_expect = \${N:-3}" > a.hcl`, COMPUTED],
    ['a default that is computed', `echo "bootstrap_expect = \${N:-$(size)}" > a.hcl`, COMPUTED],
    [
      'a variable that a sourced file may set',
      'n=3\n. /opt/settings.sh\necho "bootstrap_expect = $n" > a.hcl',
      COMPUTED,
    ],
    [
      'a variable beside a file of the system',
      'n=3\n. /etc/os-release\necho "bootstrap_expect = $n" > a.hcl',
      { least: 3 },
    ],
    [
      'a number that is only read',
      "n=3\nz=$(sed -n 's/[0-9]//p' f)\necho 'bootstrap_expect = 3' > a.hcl",
      { least: 3 },
    ],
    ['one that an eval may set', 'n=3\neval "$settings"\necho "bootstrap_expect = $n" > a.hcl', COMPUTED],
    ['one that getopts sets', 'n=3\nwhile getopts x: n; do :; done\necho "bootstrap_expect = $n" > a.hcl', COMPUTED],
    ['one that arithmetic changes', 'n=3\n((n -= 2))\necho "bootstrap_expect = $n" > a.hcl', COMPUTED],
    ['arithmetic', 'echo "bootstrap_expect = $((3 - 2))" > a.hcl', COMPUTED],
    ['a constant that is edited later', "echo 'bootstrap_expect = 3' > a.hcl\nsed -i 's/= 3/= 1/' a.hcl", COMPUTED],
    [
      'another edit',
      "echo 'bootstrap_expect = 3' > a.hcl\nsed -i 's/10.3.0.1/10.0.0.1/; s/@ip@/1.2.3.4/' a.hcl",
      { least: 3 },
    ],
    ['acl bootstrap', 'consul acl bootstrap\nterraform bootstrap.tf\n', { kind: 'none' }],
    [
      'JSON',
      '{"server": true, "bootstrap_expect": 3}',
      { kind: 'constant', least: 3, where: 'line 1 of the user data' },
    ],
    ['HCL', 'server = true\nbootstrap_expect = 5\n', { kind: 'constant', least: 5, where: 'line 2 of the user data' }],
    ['a flag', 'consul agent -server -bootstrap-expect=3', { kind: 'constant', least: 3 }],
    ['a flag with a blank', 'exec consul agent -bootstrap-expect 3 -server', { kind: 'constant', least: 3 }],
    ['two constants', 'bootstrap_expect = 3\n{"bootstrap_expect": 1}', { kind: 'constant', least: 1 }],
    ['none wanted', '{"bootstrap_expect": 0}', { kind: 'constant', least: 0 }],
    ['bootstrap mode', '{"bootstrap": true}', { kind: 'constant', least: 1 }],
    ['bootstrap mode in HCL', 'bootstrap = true', { kind: 'constant', least: 1 }],
    ['no bootstrap mode', '{"bootstrap": false}', { kind: 'constant', least: 0 }],
    ['bootstrap mode by a flag', 'consul agent -server -bootstrap', { kind: 'constant', least: 1 }],
    [
      'escaped JSON',
      String.raw`echo "{\"bootstrap_expect\": 1}" > /etc/consul.d/a.json`,
      { kind: 'constant', least: 1 },
    ],
    ['an environment', 'CONSUL_LOCAL_CONFIG=\'{"bootstrap_expect": 2}\'', { kind: 'constant', least: 2 }],
    ['a variable with a constant', 'n=3\ncat <<X\n{"bootstrap_expect": $n}\nX', { kind: 'constant', least: 3 }],
    ['a variable with two', 'n=3\nif x; then n="1"; fi\n{"bootstrap_expect": $n}', { kind: 'constant', least: 1 }],
    ['a variable from a command', 'n=$(wc -l < f)\n{"bootstrap_expect": $n}', COMPUTED],
    ['a variable that is read', 'n=3\nread -r n < f\n{"bootstrap_expect": $n}', COMPUTED],
    ['a variable from elsewhere', '{"bootstrap_expect": $n}', COMPUTED],
    ['a template', 'bootstrap_expect = {{ servers }}', COMPUTED],
    ['a filter of jq', `jq --argjson n "$N" '.bootstrap_expect |= $n' a.json`, COMPUTED],
    ['an edit', "sed -i 's/bootstrap_expect.*/bootstrap_expect = 3/' a.hcl", COMPUTED],
    ['a computed bootstrap mode', '{"bootstrap": $first}', COMPUTED],
    ['a group of echos', '{\n  echo "server = true"\n  echo "bootstrap_expect = $n"\n} > a.hcl', COMPUTED],
    ['a function of echos', 'n=3\nmake() {\necho "bootstrap_expect = $n"\n}\nmake > a.hcl', { least: 3 }],
    ['an echo over two lines', 'echo "bootstrap_expect = 1" \\\n  > a.hcl', { kind: 'constant', least: 1 }],
    ['an echo of a flag', '{\necho "-bootstrap-expect $n"\n} > flags', COMPUTED],
    ['an echo of a mode', '{\necho "bootstrap = true"\n} > a.hcl', { kind: 'constant', least: 1 }],
    [
      'a value in the next line',
      '{\n  "bootstrap_expect":\n\n    1,\n  "server": true\n}',
      { kind: 'constant', least: 1 },
    ],
    ['a value in the next line of YAML', 'bootstrap_expect:\r\n  3\r\n', { kind: 'constant', least: 3 }],
    ['a mode in the next line', '{"bootstrap":\n true}', { kind: 'constant', least: 1 }],
    ['a hash of Ruby', "'bootstrap_expect' => 1,", { kind: 'constant', least: 1 }],
    ['camel case', 'bootstrapExpect: 3', { kind: 'constant', least: 3 }],
    ['a command as a list', 'runcmd:\n  - [consul, agent, "-bootstrap-expect", "3"]', { kind: 'constant', least: 3 }],
    ['a command as lines', 'runcmd:\n- - consul\n  - -bootstrap-expect\n  - "3"', COMPUTED],
    ['a default', `: \${n:=1}\n{"bootstrap_expect": $n}`, COMPUTED],
    ['a default beside a constant', `n=3\nunset n\n: "\${n:=1}"\n{"bootstrap_expect": $n}`, { least: 1 }],
    ['a computed default', `n=3\n: "\${n:=$(wc -l)}"\n{"bootstrap_expect": $n}`, COMPUTED],
    ['an eval of a constant', `n=3\neval 'n=1'\n{"bootstrap_expect": $n}`, { kind: 'constant', least: 1 }],
    [
      'a template of Jinja',
      '## template: jinja\n#cloud-config\nbootstrap_expect: {{ ds.meta_data.servers }}',
      COMPUTED,
    ],
    ['a file of Ignition', '{"source": "data:,bootstrap_expect%20%3D%201"}', COMPUTED],
    ['a log line of HCL', 'log_json = true, bootstrap_expect = 1', { kind: 'constant', least: 1 }],
  ])('%s', (_, text, expected) => {
    expect(find(text)).toMatchObject(expected);
  });

  it('knows the script of HashiCorp’s module, and a script of its kind, from where the number comes', () => {
    const call =
      '#!/bin/bash\n/opt/consul/bin/run-consul --server --cluster-tag-key servers --cluster-tag-value prod\n';
    expect(find(call)).toEqual({ kind: 'computed', fromGroup: true, where: 'run-consul in the user data' });
    expect(find(call.replace('--server ', '--server \\\n  '))).toMatchObject(COMPUTED);
    expect(find(call.replace('--server', '--client'))).toEqual({ kind: 'none' });
    expect(find(call.replace('--server', '--server --skip-consul-config'))).toEqual({ kind: 'none' });
    expect(find(call.replace('--server', '$ARGS'))).toMatchObject({ ...COMPUTED, fromGroup: true });
    expect(find(`chmod +x run-consul && ARGS="--server"; run-consul $ARGS\n`)).toMatchObject(COMPUTED);
    expect(find('sudo chmod +x /opt/run-consul\ntest -x run-consul\necho "run-consul is there"\n')).toEqual({
      kind: 'none',
    });
    expect(find(GROUP_SIZE)).toEqual({ kind: 'computed', fromGroup: true, where: 'line 20 of the user data' });
  });

  const ASK =
    'aws autoscaling describe-auto-scaling-groups --region "$(region "$(zone)")" --auto-scaling-group-names "$g"';
  const SIZE = `${ASK} --query 'AutoScalingGroups[0].DesiredCapacity' --output text`;
  const echos = (assigned: string) => `n=${assigned}\n{\n  echo "bootstrap_expect = $n"\n} > a.hcl\n`;

  it.each([
    ['a query', echos(`$(${SIZE})`)],
    ['a query over lines, in quotes', echos(`"$(${SIZE.replace('--query', '\\\n  --query')})"`)],
    ['jq', echos(`$(${ASK} | jq -r '.AutoScalingGroups[0].DesiredCapacity')`)],
    ['jq without quotes', echos(`$(${ASK} | jq .AutoScalingGroups[].DesiredCapacity)`)],
  ])('knows the size of the group: %s', (_, text) => {
    expect(find(text)).toMatchObject({ kind: 'computed', fromGroup: true });
  });

  // failure-mode: boot-script-founds
  it.each([
    ['the minimum', echos(`$(${SIZE.replace('DesiredCapacity', 'MinSize')})`)],
    ['half of it', echos(`$(( $(${SIZE}) / 2 ))`)],
    ['half of it by jq', echos(`$(${ASK} | jq '.AutoScalingGroups[0].DesiredCapacity / 2')`)],
    ['a difference in a later step', `${echos(`$(${SIZE})`)}n=$((n - 2))\n`],
    ['another command after it', echos(`$(${SIZE} | head -c 0; echo 1)`)],
    ['something after it', echos(`$(${SIZE})/3`)],
    ['the instances of it', echos(`$(${SIZE.replace('DesiredCapacity', 'length(Instances)')})`)],
    ['instances counted with it mentioned', echos('$(wc -l < instances) # DesiredCapacity, run-consul')],
    ['any group', echos(`$(${SIZE.replace(/--auto-scaling-group-names \S+/, '')})`)],
    ['a default', echos(`$(${SIZE})`).replace('{', 'test -n "$n" || n=1\n{')],
    ['a constant beside it', `${echos(`$(${SIZE})`)}echo '{"bootstrap_expect": 1}' > b.json\n`],
  ])('does not take this for the size of the group: %s', (_, text) => {
    expect(find(text)).toMatchObject({ kind: 'computed', fromGroup: false });
  });

  it.each([
    ['gzip', gzipSync(GROUP_SIZE)],
    [
      'a MIME message',
      `Content-Type: multipart/mixed; boundary="X"\n\n--X\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n${wrapped(GROUP_SIZE)}\n--X--\n`,
    ],
    [
      'a MIME message in gzip',
      gzipSync(`--X\nContent-Transfer-Encoding: base64\n\n${wrapped(gzipSync(GROUP_SIZE))}\n--X--\n`),
    ],
    ['quoted-printable', 'Content-Transfer-Encoding: quoted-printable\n\nbootstrap_ex=\npect =3D $(size)\n'],
    [
      'a file of a cloud-config',
      `#cloud-config\nwrite_files:\n  - path: /opt/boot.sh\n    encoding: b64\n    content: |\n      ${wrapped(GROUP_SIZE)}\n`,
    ],
    [
      'a compressed one',
      `#cloud-config\nwrite_files:\n- {encoding: gz+b64, path: /a, content: ${base64(gzipSync(GROUP_SIZE))}}\n`,
    ],
    ['base64 in short lines', `base64 -d <<X > a.sh\n${(base64(GROUP_SIZE).match(/.{1,20}/g) ?? []).join('\n')}\nX\n`],
    ['base64 after a path', `/usr/local/bin/decode ${wrapped(GROUP_SIZE)}\n`],
    ['base64 of other letters', `echo ${base64(`# größer 猫 ✓ \u00a0\n${GROUP_SIZE}`)} | base64 -d\n`],
    ['base64 of Latin-1', `echo ${Buffer.from(`# größer\n${GROUP_SIZE}`, 'latin1').toString('base64')} | base64 -d\n`],
    [
      'a file of Ignition',
      `{"contents":{"compression":"gzip","source":"data:;base64,${base64(gzipSync(GROUP_SIZE))}"}}`,
    ],
    [
      'a MIME message in a part of another',
      `--X\nContent-Transfer-Encoding: base64\n\n${wrapped(`--Y\n\n${wrapped(gzipSync(GROUP_SIZE))}\n--Y--\n`)}\n--X--\n`,
    ],
    ['what a script decodes', `#!/bin/bash\necho ${base64(GROUP_SIZE)} | base64 -d | bash\n`],
  ])('reads %s', (_, data) => {
    expect(findBootstrapSetting(base64(data))).toMatchObject(COMPUTED);
  });

  it.each([
    ['-bootstrap', 1],
    ['bootstrap=true', 1],
    ['{"bootstrap_expect": 3}', 3],
  ])('reads a short word of base64: %s', (text, least) => {
    const script = `#!/bin/bash\nconsul agent -server $(echo ${base64(text)} | base64 -d)\n`;
    expect(find(script)).toMatchObject({ kind: 'constant', least });
    expect(find(script).unread).toBeUndefined();
  });

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

  it('says that it did not read what is encoded too often, or too many times', () => {
    let nested = 'bootstrap_expect = 1';
    for (let n = 0; n < 5; n += 1) nested = base64(nested);
    const unread = ['what is encoded too often in the user data'];
    expect(find(nested)).toEqual({ kind: 'none', unread });
    const many = Array.from({ length: 300 }, (_, n) => base64(`text number ${n}`)).join(' "\n" ');
    expect(find(many)).toEqual({ kind: 'none', unread });
  });

  it('is quick with text that is made to be slow', () => {
    const slow = ['base64 ', 'curl ', 'openssl ', 'source ', '| a/', `${'A'.repeat(16)}\n`, '${n:=', 'bootstrap:\n'];
    const startMs = performance.now();
    for (const word of slow) find(word.repeat(40_000 / word.length));
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  it('reads no more than a megabyte, and no binary', () => {
    expect(findBootstrapSetting(base64(gzipSync(Buffer.alloc(2 ** 21, 'a'))))).toMatchObject({ kind: 'unreadable' });
    expect(findBootstrapSetting(base64(Buffer.from([127, 69, 76, 70, 0, 1])))).toMatchObject({ kind: 'unreadable' });
    expect(findBootstrapSetting(base64('A'.repeat(2 ** 18)))).toEqual({ kind: 'none' });
  });
});

describe('the script of consul-roll user-data', () => {
  const script = (peers: 'describe-instances' | 'cloud-auto-join', bootstrapExpect: number) =>
    renderBootScript({ ...plainOptions, peers, bootstrapExpect });

  it.each(['describe-instances', 'cloud-auto-join'] as const)('is known by its guard, word for word: %s', (peers) => {
    expect(find(script(peers, 3))).toEqual({ kind: 'guarded' });
    expect(findBootstrapSetting(base64(gzipSync(script(peers, 3))))).toEqual({ kind: 'guarded' });
  });

  it('only joins without a number', () => {
    expect(find(script('describe-instances', 0))).toMatchObject({ kind: 'constant', least: 0 });
  });

  it.each([
    ['the guard without its last word', (text: string) => text.replace('may_bootstrap || bootstrap_expect=0', 'true')],
    [
      'a number set after the guard',
      (text: string) => text.replace('systemctl enable', 'bootstrap_expect=1\nsystemctl enable'),
    ],
    [
      'another configuration after it',
      (text: string) => `${text}\necho '{"bootstrap": true}' > /etc/consul.d/zz.json\n`,
    ],
    [
      'another number in the configuration',
      (text: string) => text.replace('"bootstrap_expect": $bootstrap_expect', '"bootstrap_expect": 1'),
    ],
    [
      'a comment with the title of the script',
      () => '#!/bin/bash\n# Made by "consul-roll user-data"\nbootstrap_expect = 1\n',
    ],
  ])('is not known by %s', (_, change) => {
    expect(find(change(script('cloud-auto-join', 3))).kind).not.toBe('guarded');
  });
});
