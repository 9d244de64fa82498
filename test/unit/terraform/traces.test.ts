import { describe, expect, it } from 'vitest';
import { makerOf } from '../../../src/lib/terraform/state.js';
import { intentFor } from '../../helpers/intents.js';
import { surveyOf } from '../../helpers/surveys.js';

const intent = intentFor(surveyOf());

describe('who made a group', () => {
  it.each([
    [{ ManagedBy: 'Terraform' }, 'terraform'],
    [{ 'managed-by': 'terragrunt' }, 'terraform'],
    [{ terraform: 'true' }, 'terraform'],
    [{ Provisioner: 'opentofu' }, 'terraform'],
    [{ 'aws:cloudformation:stack-id': 'arn', ManagedBy: 'terraform' }, 'cloudformation'],
    [{ Name: 'consul' }, 'unknown'],
    [{}, 'unknown'],
  ] as const)('is told by its tags: %j, %s', (tags, maker) => {
    expect(makerOf(intent, tags)).toBe(maker);
  });

  it.each([
    ['terraform-20261127135533123400000001', 'terraform'],
    ['consul-20261127135533123400000a0f', 'terraform'],
    ['consul-7f3a', 'unknown'],
    ['consul-20261127', 'unknown'],
  ] as const)('is told by a name that its provider generated: %s, %s', (name, maker) => {
    expect(makerOf({ ...intent, oldGroup: name }, {})).toBe(maker);
    const { oldTemplate } = intent;
    expect(makerOf({ ...intent, oldTemplate: { ...oldTemplate, name } }, {})).toBe(maker);
  });
});
