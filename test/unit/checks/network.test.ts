import { describe, expect, it } from 'vitest';
import { runDoctorChecks } from '../../../src/lib/engine/checks/checks.js';
import type { PortRule, SecurityGroup, ServerNetwork } from '../../../src/lib/model/doctor.js';
import { buildDoctorInput, buildServerNetwork } from '../../helpers/doctor-input.js';

const { observation } = buildDoctorInput();
const ids = observation.servers.map(({ instanceId }) => instanceId);
const addresses = observation.servers.map(({ address = '' }) => address);
const [first = ''] = ids;

const rule = (text: string, more: Partial<PortRule> = {}): PortRule => {
  const [, protocol = '', from, to = from] = /^(-?\w+):?(\d+)?-?(\d+)?$/.exec(text) ?? [];
  const [low, high] = [from, to].map((port) => (port === undefined ? undefined : Number(port)));
  return { protocol, from: low, to: high, groups: [], ranges: [], prefixLists: false, ...more };
};
const own = { groups: ['sg-1'] };
const OUT = [rule('-1', { ranges: ['0.0.0.0/0'] })];
const group = (ingress: readonly PortRule[], egress = OUT, id = 'sg-1'): SecurityGroup => {
  return { id, ingress, egress };
};
const needed = (more: Partial<PortRule> = own) => ['tcp:8300', 'tcp:8301', 'udp:8301'].map((text) => rule(text, more));

const found = (network: ServerNetwork | undefined) => {
  const all = runDoctorChecks(buildDoctorInput({ observation, network }));
  const one = all.find(({ id }) => id === 'server-ports-open');
  return { verdict: one?.status, saw: one?.observed, remedy: one?.remedy };
};
const inOne = (ingress: readonly PortRule[], egress = OUT) => found(buildServerNetwork(ids, [group(ingress, egress)]));

describe('servers in one security group', () => {
  it.each([
    ['each port from the group itself', needed()],
    ['ranges of ports', [rule('tcp:8300-8302', own), rule('udp:8301-8302', own)]],
    ['everything from the group itself', [rule('-1', own)]],
    ['a range of addresses with all of them', needed({ ranges: ['127.1.0.0/16'] })],
    ['each address by itself', needed({ ranges: addresses.map((one) => `${one}/32`) })],
    ['anywhere', [rule('-1', { ranges: ['0.0.0.0/0'] })]],
    ['by addresses of one rule and of another', addresses.flatMap((one) => needed({ ranges: [`${one}/32`] }))],
  ])('pass with %s', (_what, ingress) => {
    expect(inOne(ingress)).toMatchObject({ verdict: 'pass' });
  });

  it.each([
    ['8300 is missing', [rule('tcp:8301', own), rule('udp:8301', own)], '8300 tcp in'],
    ['8301 is open by the other protocol only', [rule('tcp:8300-8302', own)], '8301 udp in'],
    ['8301 is missing', [rule('tcp:8300', own)], '8301 tcp, 8301 udp in'],
    ['8302 alone', [rule('tcp:8302', own), rule('udp:8302', own)], '8300 tcp, 8301 tcp, 8301 udp in'],
    ['another group is let in', needed({ groups: ['sg-9'] }), '8300 tcp, 8301 tcp, 8301 udp in'],
    ['other addresses are let in', needed({ ranges: ['10.9.0.0/16'] }), '8300 tcp'],
    ['one server is out of the range', needed({ ranges: [`${addresses[0]}/32`] }), '8300 tcp'],
  ])('fail if %s', (_what, ingress, saw) => {
    expect(inOne(ingress)).toMatchObject({
      verdict: 'fail',
      saw: expect.stringContaining(`sg-1 does not let ${saw}`),
      remedy: expect.stringContaining('aws ec2 authorize-security-group-ingress --group-id sg-1'),
    });
  });

  it('fail if egress is closed', () => {
    const closed = inOne(needed(), [rule('tcp:443', { ranges: ['0.0.0.0/0'] })]);
    expect(closed).toMatchObject({ verdict: 'fail', saw: expect.stringContaining('udp out to') });
    expect(closed.remedy).toContain('authorize-security-group-egress');
  });

  it('warn about a prefix list, whose ranges are not known', () => {
    expect(inOne(needed({ prefixLists: true }))).toMatchObject({ verdict: 'warn' });
    const elsewhere = rule('tcp:443', { prefixLists: true });
    expect(inOne([elsewhere])).toMatchObject({ verdict: 'fail' });
  });

  it('names the first closed port in the remedy', () => {
    expect(inOne([rule('tcp:8300', own)]).remedy).toBe(
      'open each of them: aws ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 8301 --source-group sg-1',
    );
  });
});

describe('servers in several security groups', () => {
  const both = [rule('-1', { groups: ['sg-1', 'sg-2'] })];
  const network = (groups: readonly SecurityGroup[], more: Partial<ServerNetwork>) =>
    found({ ...buildServerNetwork(ids, groups), newServers: ['sg-1'], ...more });
  const inFirst = Object.fromEntries(ids.map((id) => [id, ['sg-1']]));

  it('pass if the groups of each server together open the ports', () => {
    const [tcp, ...rest] = needed({ groups: ['sg-2'] });
    const groups = [group(tcp ? [tcp] : []), group(rest, OUT, 'sg-2')];
    expect(found(buildServerNetwork(ids, groups))).toMatchObject({ verdict: 'pass' });
  });

  it('fail if each server has only one of the groups', () => {
    const groups = [group(needed()), group(needed({ groups: ['sg-2'] }), OUT, 'sg-2')];
    const servers = { ...inFirst, [first]: ['sg-2'] };
    const apart = network(groups, { servers });
    expect(apart.verdict).toBe('fail');
    expect(apart.saw).toMatch(/^sg-\d does not let 8300 tcp, 8301 tcp, 8301 udp in from sg-\d$/);
    const open = [group(both), group(both, OUT, 'sg-2')];
    expect(network(open, { servers })).toMatchObject({ verdict: 'pass' });
  });

  it('include the groups of new servers, from the launch source', () => {
    const groups = [group(needed()), group(needed({ groups: ['sg-2'] }), OUT, 'sg-2')];
    const changed = network(groups, { servers: inFirst, newServers: ['sg-2'] });
    expect(changed).toMatchObject({
      verdict: 'fail',
      saw: 'sg-2 does not let 8300 tcp, 8301 tcp, 8301 udp in from sg-1',
    });
    const open = [group(both), group(both, OUT, 'sg-2')];
    expect(network(open, { servers: inFirst, newServers: ['sg-2'] })).toMatchObject({ verdict: 'pass' });
  });

  it('ignore a group name in an old launch configuration', () => {
    const byName = network([group(needed())], { servers: inFirst, newServers: ['consul'] });
    expect(byName).toMatchObject({ verdict: 'pass' });
  });
});

it('warns if no security group is known', () => {
  expect(found({ groups: [], servers: {}, newServers: [] })).toMatchObject({ verdict: 'warn' });
});
