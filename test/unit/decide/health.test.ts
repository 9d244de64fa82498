import { describe, expect, it } from 'vitest';
import { findHealthIssues } from '../../../src/lib/engine/decide/health.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { AutopilotSettings, Observation } from '../../../src/lib/model/observation.js';
import type { Server } from '../../../src/lib/model/server.js';
import { describeHealthIssues, listHealthRemedies } from '../../../src/lib/output/text/health-issues.js';
import { buildObservation, type ObservationShape } from '../../helpers/observations.js';
import { buildInstanceId, OBSERVED_AT_MS, type ServerStage } from '../../helpers/servers.js';

const AUTOPILOT: AutopilotSettings = {
  cleanupDeadServers: true,
  minQuorum: 0,
  serverStabilizationMs: 10_000,
  upgradeMigrationDisabled: false,
  redundancyZoneTag: '',
};
const last = buildInstanceId('old', 2);
const ORPHAN = {
  id: 'raft-dead',
  node: 'i-0dead',
  address: '127.1.9.9:8300',
  leader: false,
  voter: true,
  healthy: false,
};

/** Three servers, the last one in this stage and with these changes. */
function three(stage: ServerStage, shape: ObservationShape = {}, over: Partial<Server> = {}): Observation {
  const observation = buildObservation({ old: 3, ...shape, stages: { [last]: stage } });
  const servers = observation.servers.map((server) => (server.instanceId === last ? { ...server, ...over } : server));
  return { ...observation, servers };
}
const young = { launchedAtMs: OBSERVED_AT_MS - 30_000 };
const told = (observation: Observation, autopilot: AutopilotSettings | 'unread' = AUTOPILOT) => {
  const healthIssues = findHealthIssues(observation, autopilot === 'unread' ? undefined : autopilot);
  return {
    kinds: healthIssues.map(({ kind }) => kind),
    said: describeHealthIssues({ observation, memory: EMPTY_MEMORY, healthIssues }),
    next: listHealthRemedies(healthIssues),
  };
};

describe('a healthy cluster', () => {
  it('has no health issue, whatever processes are suspended', () => {
    const suspended = { oldGroup: { suspendedProcesses: ['Launch'] } };
    expect(told(three('in-service', suspended))).toEqual({ kinds: [], said: [], next: [] });
  });
});

describe('a server that is killed', () => {
  it('is reported before its group notices', () => {
    const { kinds, said, next } = told(three('left', {}, { address: undefined }));
    expect(kinds).toEqual(['gone']);
    expect(said).toEqual([`${last} is gone, but its group still counts it; no replacement is launched yet`]);
    expect(next).toEqual([]);
  });

  it('is reported while it is being terminated, with a replacement to come', () => {
    expect(told(three('terminating', { oldGroup: { desired: 3 } }))).toMatchObject({
      kinds: ['terminating', 'missing'],
      said: [
        `${last} is terminating; no replacement is launched yet`,
        'consul is 1 server below its size, and launches another',
      ],
    });
  });

  it('is reported together with its replacement', () => {
    const observation = three('terminating');
    const [first] = observation.servers;
    if (first === undefined) throw new Error('there are three');
    const coming: Server = {
      ...first,
      ...young,
      instanceId: 'i-0new',
      lifecycle: 'Pending',
      balancers: {},
      agent: { kind: 'down', why: 'silent', detail: '' },
      peer: undefined,
    };
    expect(told({ ...observation, servers: [...observation.servers, coming] }).said).toEqual([
      `${last} is terminating; its replacement: i-0new (booting)`,
    ]);
  });

  const arrivals: [ServerStage, Partial<Server>, string][] = [
    ['booting', young, 'booting'],
    ['left', young, 'starting'],
    ['joined', young, 'non-voter'],
    ['voter', young, 'voter'],
  ];
  it.each(arrivals)('has a replacement that is %s', (stage, over, said) => {
    expect(told(three(stage, {}, over)).said).toEqual([`new: ${last} (${said})`]);
  });

  it('leaves an orphan peer behind, which autopilot may or may not remove', () => {
    const dead = buildObservation({ old: 2, orphanPeers: [ORPHAN] });
    expect(told(dead).said).toEqual([
      'Raft peer i-0dead has no matching instance; autopilot removes it soon after gossip marks it failed',
    ]);
    expect(told(dead).next).toEqual([]);
    expect(told(dead, { ...AUTOPILOT, minQuorum: 3 }).said[0]).toContain('once enough other servers vote');
    const off = told(dead, { ...AUTOPILOT, cleanupDeadServers: false });
    expect(off.said[0]).toContain('autopilot does not remove it');
    expect(off.next).toEqual(['once its process has exited: consul operator raft remove-peer -id=raft-dead']);
    expect(told(dead, 'unread').said[0]).toContain('unknown whether autopilot removes it');
  });

  it('is reported as one of too many for autopilot', () => {
    const orphans = [ORPHAN, { ...ORPHAN, id: 'raft-dead-2', node: 'i-0dead2' }];
    expect(told(buildObservation({ old: 2, orphanPeers: orphans })).next).toHaveLength(2);
  });
});

describe('a server that is down and not replaced', () => {
  it('is reported if Consul does not answer, which its group cannot see', () => {
    const { kinds, said, next } = told(buildObservation({ old: 5, stages: { [last]: 'left' } }));
    expect(kinds).toEqual(['silent']);
    expect(said[0]).toContain(`Consul on ${last} does not answer`);
    expect(next[0]).toContain(`set-instance-health --instance-id ${last}`);
  });

  it('is not one that refuses the ACL token', () => {
    const observation = buildObservation({ old: 3 });
    const agent = { kind: 'down', why: 'denied', detail: 'Permission denied' } as const;
    const servers = observation.servers.map((one) => (one.instanceId === 'i-0a12' ? { ...one, agent } : one));
    const { kinds, said, next } = told({ ...observation, servers });
    expect(kinds).toEqual(['token-refused']);
    expect(said).toEqual(['i-0a12 refuses the ACL token (Permission denied)']);
    expect(next.join()).toMatch(/^check the ACL settings of Consul on i-0a12/);
  });

  it('is not to be replaced where no other could be lost meanwhile', () => {
    const { said, next } = told(three('left'));
    expect(said[0]).toContain(`Consul on ${last} does not answer`);
    expect(next).toEqual([expect.stringMatching(/do not terminate a server/)]);
    expect(next[0]).not.toContain('set-instance-health');
  });

  // failure-mode: servers-unreachable-status
  it('is not to be replaced where no server can be reached, and its group is left as it is', () => {
    const ids = [0, 1, 2].map((index) => buildInstanceId('old', index));
    const oldGroup = { suspendedProcesses: ['ReplaceUnhealthy'] };
    const { kinds, said, next } = told(
      buildObservation({
        old: 3,
        leader: undefined,
        oldGroup,
        stages: Object.fromEntries(ids.map((id) => [id, 'left'])),
      }),
    );
    expect(kinds).toEqual(['silent', 'silent', 'silent']);
    expect(said[0]).toContain(`${ids[0]} is not reachable from here`);
    expect(next).toEqual([expect.stringMatching(/^check that this machine reaches .* Do not terminate a server$/)]);
    expect(next.join()).not.toMatch(/Unhealthy|resume-processes/);
  });

  // failure-mode: tls-mistake
  it('is not to be replaced where a setting of this machine is the cause', () => {
    const observation = buildObservation({ old: 3, leader: undefined });
    const agent = { kind: 'down', why: 'broken', detail: 'x', remedy: 'set CONSUL_CACERT' } as const;
    const { next } = told({ ...observation, servers: observation.servers.map((server) => ({ ...server, agent })) });
    expect(next).toEqual(['set CONSUL_CACERT. Do not terminate a server']);
  });

  it('is reported while AWS does not launch another, or launches are suspended', () => {
    const oldGroup = { desired: 3, launchFailure: 'We currently do not have sufficient capacity.' };
    const short = told(
      buildObservation({ old: 2, oldGroup: { ...oldGroup, suspendedProcesses: ['AZRebalance', 'Launch'] } }),
    );
    expect(short.said).toEqual([
      'consul is 1 server below its size, and AWS does not launch it: We currently do not have sufficient capacity.',
      'consul cannot replace servers: its processes Launch are suspended',
    ]);
    expect(short.next[1]).toBe(
      'aws autoscaling resume-processes --auto-scaling-group-name consul --scaling-processes Launch',
    );
  });

  it('is reported too if it answers, or only the load balancer misses it', () => {
    expect(told(three('unhealthy')).kinds).toEqual(['unhealthy']);
    expect(told(three('voter')).kinds).toEqual(['out-of-service']);
  });
});
