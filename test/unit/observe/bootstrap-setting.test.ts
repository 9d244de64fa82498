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
    ['a file of Ignition', '{"source": "data:,bootstrap_expect%20%3D%201"}', { kind: 'constant', least: 1 }],
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

  // failure-mode: boot-script-founds
  it.each([
    ['a variable between quotes', `echo '{"bootstrap_expect": '"$N"'}' > a.json`],
    ['a variable between other quotes', `echo '{"bootstrap_expect": "'$N'"}' > a.json`],
    ['a variable after the quote', `echo 'bootstrap_expect = '"$N" > a.hcl`],
    ['an environment after the quote', 'echo "BOOTSTRAP_EXPECT="$N >> /etc/consul.env'],
    ['Python', `s = 'bootstrap_expect = ' + str(n)`],
    ['awk', `awk -v n=$N 'BEGIN{print "bootstrap_expect = " n}' > a.hcl`],
    ['an anchor of YAML', 'bootstrap_expect: &n 1'],
    ['a flag with a variable in the next line', 'exec consul agent -bootstrap-expect \\\n  "$N"'],
    ['arithmetic of HCL', 'bootstrap_expect = 3 - 2'],
    ['a constant that any edit replaces', 'echo "bootstrap_expect = 3" > a.hcl\nsed -i "s/= .*/= 1/" a.hcl'],
    ['a variable that an edit replaces', 'n=3\necho "bootstrap_expect = $n" > a.hcl\nsed -i "s/3/1/" a.hcl'],
    ['a pattern from elsewhere', 'echo "bootstrap_expect = 3" > a.hcl\nsed -i "s/$OLD/$NEW/" a.hcl'],
    ['a pipe to sed', `echo 'bootstrap_expect = 3' | sed "s/3/$N/" > a.hcl`],
    ['a document through sed', 'cat << X | sed "s/3/$N/" > a.hcl\nbootstrap_expect = 3\nX'],
    ['a program of awk', "echo 'bootstrap_expect = 3' > a.tpl\nawk '{sub(/3/,1)}1' a.tpl > a.hcl"],
    ['a program of jq', `echo '{"bootstrap_expect": 3}' > a\njq --argjson n "$N" '.[keys[0]] = $n' a > b.json`],
  ])('takes this for computed: %s', (_, text) => {
    expect(find(text)).toMatchObject({ kind: 'computed', fromGroup: false });
  });

  // failure-mode: boot-script-founds
  it.each([
    ['the end of a line in a string', String.raw`printf 'server = true\nbootstrap = true\n' > a.hcl`],
    ['one in YAML', String.raw`  content: "server = true\nbootstrap = true\n"`],
    ['an object of jq', `jq '. + {bootstrap: true}' a > b`],
    ['an encoded file of Ignition', '{"source":"data:,server%20%3D%20true%0Abootstrap%20%3D%20true%0A"}'],
    ['encoded JSON', '{"source":"data:,%7B%22bootstrap%22%3Atrue%7D"}'],
    ['a name in pieces', 'k=bootstrap\necho "$k""_expect = 1" > a.hcl'],
    ['escaped JSON', String.raw`{"bootstrap\u005fexpect": 1}`],
    ['a flag in two lines', 'exec consul agent -bootstrap-expect \\\n  1'],
    ['a flag in two lines, with a sign', 'ExecStart=/usr/bin/consul agent -bootstrap-expect=\\\n1'],
    ['a value in the next line of HCL', 'bootstrap_expect =\n  1'],
    ['Consul beside Nomad', 'server {\n  bootstrap_expect = 3\n}\nbootstrap_expect = 1'],
    ['a function of that name', 'function server {\n  echo "bootstrap_expect = 1"\n}'],
  ])('finds bootstrap mode, or 1: %s', (_, text) => {
    expect(find(text)).toMatchObject({ kind: 'constant', least: 1 });
  });

  it.each([
    ['a variable of the shell', 'BOOTSTRAP=true\nif $BOOTSTRAP; then consul acl bootstrap; fi'],
    ['the token of acl bootstrap', 'bootstrap=$(consul acl bootstrap -format=json)'],
    ['an address', 'curl https://example.org/?bootstrap=1\ncurl "https://a/x?bootstrap_expect=1"'],
    ['what an agent says', 'n=$(curl -s localhost:8500/v1/agent/self | jq -r .DebugConfig.BootstrapExpect)'],
    ['a match', '[[ $x =~ bootstrap_expect ]] && exit'],
    ['Nomad', 'cat > n.hcl << X\nserver {\n  enabled = true\n  bootstrap_expect = 1\n}\nX'],
    ['Nomad in JSON', '{"server": {"enabled": true, "bootstrap_expect": 1}}'],
    ['Nomad by a flag', 'nomad agent -server -bootstrap-expect=1'],
    ['an empty variable', 'local bootstrap_expect=""'],
    ['text of YAML', 'bootstrap: |\n  x'],
  ])('takes this for nothing of Consul: %s', (_, text) => {
    expect(find(text)).toEqual({ kind: 'none' });
  });

  it.each([
    ['another setting', `sed -i 's/@ip@/1.2.3.4/' a.hcl`],
    ['a file of the system', `sed -i 's/.*/x/' /etc/hosts`],
    ['a line', `sed -i '/disable_compat/d' a.hcl`],
    ['another key', `jq '.retry_join += ["provider=aws"]' a.json > b.json`],
    ['the layout', `echo "$json" | jq '.' > a.json`],
    ['what is read', "curl -s x | jq -r .region > region\ndf | awk '{print $1}' > disks"],
  ])('believes a constant beside an edit of %s', (_, edit) => {
    expect(find(`echo 'bootstrap_expect = 3' > a.hcl\n${edit}\n`)).toMatchObject({ kind: 'constant', least: 3 });
  });

  const ASK =
    'aws autoscaling describe-auto-scaling-groups --region "$(region "$(zone)")" --auto-scaling-group-names "$g"';
  const SIZE = `${ASK} --query 'AutoScalingGroups[0].DesiredCapacity' --output text`;
  const OWN = 'g=$(aws ec2 describe-tags --filters Name=key,Values=aws:autoscaling:groupName --query Tags[0].Value)';
  const echos = (assigned: string) => `${OWN}\nn=${assigned}\n{\n  echo "bootstrap_expect = $n"\n} > a.hcl\n`;

  it.each([
    ['a query', echos(`$(${SIZE})`)],
    ['a query over lines, in quotes', echos(`"$(${SIZE.replace('--query', '\\\n  --query')})"`)],
    ['jq', echos(`$(${ASK} | jq -r '.AutoScalingGroups[0].DesiredCapacity')`)],
    ['jq without quotes', echos(`$(${ASK} | jq .AutoScalingGroups[].DesiredCapacity)`)],
  ])('knows the size of the group: %s', (_, text) => {
    expect(find(text)).toMatchObject({ kind: 'computed', fromGroup: true });
  });

  it('knows the group that launches with the script by its name', () => {
    const named = base64(echos(`$(${SIZE.replace('$g', 'consul')})`));
    expect(findBootstrapSetting(named, 'consul')).toMatchObject({ kind: 'computed', fromGroup: true });
    expect(findBootstrapSetting(named, 'bastion')).toMatchObject({ kind: 'computed', fromGroup: false });
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
    ['another group', echos(`$(${SIZE.replace('$g', 'bastion')})`)],
    ['a group from elsewhere', echos(`$(${SIZE})`).replace(OWN, 'g=$(cat /etc/group-name)')],
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
