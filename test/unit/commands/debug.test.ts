import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { format } from 'node:util';
import { CreateLaunchConfigurationCommand } from '@aws-sdk/client-auto-scaling';
import createDebug from 'debug';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDecisionTrace, createRequestTrace, isDebugging, tracePlan } from '../../../src/cli/debug.js';
import { createClients } from '../../../src/lib/aws/clients.js';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { foldPlan } from '../../../src/lib/engine/plan/fold.js';
import type { Step } from '../../../src/lib/model/decision.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { buildFacts, buildIntent, limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildScriptedRoll } from '../../helpers/scripted-roll.js';

const SECRET = 'hush';
const lines: string[] = [];
const { log } = createDebug;
let server: Server;
let port: number;

beforeAll(async () => {
  createDebug.enable('consul-roll:*');
  createDebug.log = (...args: unknown[]) => void lines.push(format(...args));
  server = createServer((request, response) => {
    response.setHeader('x-secret', SECRET);
    request.resume().on('end', () => response.end(request.url?.startsWith('/v1/') ? '{}' : '<Answer/>'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  createDebug.disable();
  createDebug.log = log;
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  lines.length = 0;
});

describe('DEBUG=consul-roll:*', () => {
  it('logs a request to Consul with status and duration, and no token', async () => {
    const trace = createRequestTrace('consul');
    const consul = createConsul({ scheme: 'http', port, token: `${SECRET}-token`, trace });
    consul.giveTokenTo(['127.0.0.1']);
    await consul.readCommitIndex('127.0.0.1').catch(() => undefined);
    await consul.requestLeave('127.0.0.1');
    await consul.close();
    expect(lines).toEqual([
      expect.stringMatching(/GET http:\/\/127\.0\.0\.1:\d+\/v1\/[^?]+: 200 in \d+ ms/),
      expect.stringMatching(/PUT http:\/\/127\.0\.0\.1:\d+\/v1\/agent\/leave: 200 in \d+ ms/),
    ]);
    expect(lines.join('\n')).not.toContain(SECRET);
  });

  it('logs why Consul gave no response', async () => {
    const consul = createConsul({ scheme: 'http', port: 1, token: SECRET, trace: createRequestTrace('consul') });
    consul.giveTokenTo(['127.0.0.1']);
    await consul.readCommitIndex('127.0.0.1').catch(() => undefined);
    await consul.close();
    expect(lines.join('\n')).toMatch(/: refused in \d+ ms/);
    expect(lines.join('\n')).not.toContain(SECRET);
  });

  it('logs a request to AWS with status and duration, and no key or user data', async () => {
    const clients = createClients({
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: `${SECRET}-id`, secretAccessKey: `${SECRET}-key` },
      trace: createRequestTrace('aws'),
    });
    const input = { LaunchConfigurationName: 'consul', UserData: `${SECRET}-user-data` };
    await clients.autoScaling.send(new CreateLaunchConfigurationCommand(input)).catch(() => undefined);
    clients.close();
    expect(lines).toEqual([expect.stringMatching(/AutoScalingClient CreateLaunchConfigurationCommand: 200 in \d+ ms/)]);
    expect(lines.join('\n')).not.toContain(SECRET);
  });

  it('logs the decision of every observation', () => {
    const trace = createDecisionTrace();
    const { step } = buildScriptedRoll().find(({ kind }) => kind === 'step-started') as { step: Step };
    const observation = buildObservation();
    trace.handle({ kind: 'observed', atMs: 0, observation, memory: EMPTY_MEMORY, decision: { kind: 'act', step } });
    const reason = { kind: 'membership-change-pending', node: 'consul-1' } as const;
    const decision = { kind: 'stop', outcome: 'stopped', reason } as const;
    trace.handle({ kind: 'observed', atMs: 0, observation, memory: EMPTY_MEMORY, decision });
    trace.handle({ kind: 'step-refused', atMs: 0, step, reason });
    trace.handle({ kind: 'step-refused', atMs: 0, step, reason: { kind: 'operator-request' } });
    expect(lines).toEqual([
      expect.stringContaining(`decide act ${step.action.kind} in phase ${step.phase}: ${step.reason.kind}`),
      expect.stringContaining('decide stop stopped: membership-change-pending'),
      expect.stringContaining(`decide refused ${step.action.kind}: membership-change-pending [one-change]`),
      expect.not.stringContaining('['),
    ]);
  });

  it('logs the decisions of a plan', () => {
    const observation = buildObservation({ old: 3, over: { preflightFacts: buildFacts() } });
    tracePlan(foldPlan({ observation, memory: EMPTY_MEMORY, intent: buildIntent(observation), limits }));
    expect(lines[0]).toContain('decide act save-snapshot in phase snapshot');
    expect(lines.some((line) => line.includes('decide wait ready 1 in phase canary'))).toBe(true);
    expect(lines.at(-1)).toContain('decide done rolled');
  });

  it('is off by default', () => {
    createDebug.disable();
    expect(isDebugging()).toBe(false);
    expect(createRequestTrace('aws')).toBeUndefined();
  });
});

describe('DEBUG=consul-roll-observation', () => {
  it('logs what a decision was made from', () => {
    createDebug.enable('consul-roll-observation');
    const trace = createDecisionTrace();
    const observation = buildObservation();
    const intent = buildIntent(observation);
    const decision = { kind: 'done', outcome: 'nothing-to-do' } as const;
    trace.handle({ kind: 'started', atMs: 0, intent, resumed: false });
    trace.handle({ kind: 'observed', atMs: 0, observation, memory: EMPTY_MEMORY, decision });
    const [line = ''] = lines;
    expect(JSON.parse(line.slice(line.indexOf('{'), line.lastIndexOf('}') + 1))).toMatchObject({
      observation: { cluster: 'consul' },
      intent: { rollId: intent.rollId },
    });
  });
});
