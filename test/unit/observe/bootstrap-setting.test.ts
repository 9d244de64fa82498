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
    ['what a script decodes', `#!/bin/bash\necho ${base64(GROUP_SIZE)} | base64 -d | bash\n`],
  ])('reads %s', (_, data) => {
    expect(findBootstrapSetting(base64(data))).toMatchObject(COMPUTED);
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
