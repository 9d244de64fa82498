import { describe, expect, it } from 'vitest';
import { detectInfrastructureTool } from '../../../src/lib/terraform/state.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

const intent = buildIntent(buildObservation());

describe('detectInfrastructureTool', () => {
  it.each([
    [{ ManagedBy: 'Terraform' }, 'terraform'],
    [{ 'managed-by': 'terragrunt' }, 'terraform'],
    [{ terraform: 'true' }, 'terraform'],
    [{ Provisioner: 'opentofu' }, 'terraform'],
    [{ 'aws:cloudformation:stack-id': 'arn', ManagedBy: 'terraform' }, 'cloudformation'],
    [{ Name: 'consul' }, 'unknown'],
    [{}, 'unknown'],
  ] as const)('is told by its tags: %j, %s', (tags, maker) => {
    expect(detectInfrastructureTool(intent, tags)).toBe(maker);
  });

  it.each([
    ['terraform-20261127135533123400000001', 'terraform'],
    ['consul-20261127135533123400000a0f', 'terraform'],
    ['consul-7f3a', 'unknown'],
    ['consul-20261127', 'unknown'],
  ] as const)('is told by a name that its provider generated: %s, %s', (name, maker) => {
    expect(detectInfrastructureTool({ ...intent, oldGroup: name }, {})).toBe(maker);
    const { previousLaunchSource } = intent;
    expect(detectInfrastructureTool({ ...intent, previousLaunchSource: { ...previousLaunchSource, name } }, {})).toBe(
      maker,
    );
  });
});
