import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/lib/model/action.js';
import { buildStepDocument } from '../../../src/lib/output/json/build-parts.js';

describe('the document of a step', () => {
  const launchSource = { kind: 'launch-configuration', name: 'consul-7f3a' } as const;

  it.each<[Action, string | null, readonly string[]]>([
    [{ kind: 'create-group', from: 'consul', name: 'consul-7f3a', launchSource }, 'consul-7f3a', []],
    [{ kind: 'start-rollback', groups: ['consul', 'consul-7f3a'], reason: { kind: 'unknown' } }, 'consul', []],
    [{ kind: 'scale-out', group: 'consul-7f3a', to: 3 }, 'consul-7f3a', []],
    [{ kind: 'transfer-leadership', to: 'i-0b11', peerId: 'raft-i-0b11' }, null, ['i-0b11']],
    [{ kind: 'terminate', instanceId: 'i-0a11' }, null, ['i-0a11']],
    [{ kind: 'delete-sentinel' }, null, []],
  ])('$kind names what it acts on', (action, group, instanceIds) => {
    const step = { phase: 'drain', action, reason: { kind: 'resumable' }, margin: undefined } as const;
    expect(buildStepDocument(step)).toMatchObject({ action: action.kind, group, instanceIds });
  });
});
