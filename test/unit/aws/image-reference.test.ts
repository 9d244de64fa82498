import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RollError } from '../../../src/lib/model/errors.js';
import type { ImageReference } from '../../../src/lib/model/image-reference.js';
import { policySchema } from '../../../src/sandbox/aws/iam/policy.js';
import { SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';
import { NEW_IMAGE, OLD_IMAGE, openAccount, type SandboxAccount } from './sandbox-account.js';

let account: SandboxAccount;
beforeAll(async () => {
  account = await openAccount(3);
});
afterAll(() => account.close());

const resolve = (reference: ImageReference) => account.cloud.resolveImage(reference);
const named = (pattern: string, owner = 'self') => resolve({ kind: 'name', pattern, owner });
const held = (parameter: string) => resolve({ kind: 'parameter', parameter });
const put = (name: string, value: string) =>
  account.world.call('ssm', 'PutParameter', { Name: name, Value: value, Overwrite: true });

describe('an image', () => {
  it('is taken by its id without a request', async () => {
    const before = account.requests.length;
    expect(await resolve({ kind: 'id', imageId: 'ami-0123456789abcdef0' })).toBe('ami-0123456789abcdef0');
    expect(account.requests).toHaveLength(before);
  });

  it('is the newest of its name, not the last that AWS lists', async () => {
    expect(await named('consul-*')).toBe(NEW_IMAGE.imageId);
    expect(await named('consul-v1')).toBe(OLD_IMAGE.imageId);
  });

  it('of the same date is always the same one', async () => {
    // All but the good ones were made on one day.
    const others = SANDBOX_IMAGES.map(({ imageId }) => imageId).filter(
      (id) => ![OLD_IMAGE, NEW_IMAGE].some((one) => one.imageId === id),
    );
    expect(await named('consul-???*')).toBe(others.sort().at(-1));
  });

  it.each([
    ['vault-*', 'self'],
    ['consul-*', '123456789012'],
  ])('of the name %s of the owner %s is refused where there is none', async (pattern, owner) => {
    await expect(named(pattern, owner)).rejects.toMatchObject({
      code: 'image-unresolved',
      kind: 'refused',
      message: expect.stringContaining(`of the owner ${owner} has a name that matches name:${pattern}`),
      next: expect.stringContaining('aws ec2 describe-images'),
    });
  });

  it('is what a parameter holds now, or held in a version', async () => {
    expect(await held('/consul/image')).toBe(NEW_IMAGE.imageId);
    put('/other/image', OLD_IMAGE.imageId);
    put('/other/image', ` ${NEW_IMAGE.imageId}\n`);
    expect(await held('/other/image')).toBe(NEW_IMAGE.imageId);
    expect(await held('/other/image:1')).toBe(OLD_IMAGE.imageId);
    await expect(held('/other/image:7')).rejects.toMatchObject({ code: 'image-unresolved' });
  });

  it('is refused where the parameter does not exist', async () => {
    await expect(held('/none')).rejects.toMatchObject({
      code: 'image-unresolved',
      message: 'Systems Manager has no parameter /none in this account and region.',
      next: expect.stringContaining('aws ssm get-parameter --name /none'),
    });
  });

  it.each(['hunter2', '', 'ami-0c0515ea000000001 ami-0c0515ea000000002', 'AMI-1'])(
    'is refused where the parameter holds %j, which may be a secret',
    async (value) => {
      put('/secret', value);
      const thrown = await held('/secret').catch((error: unknown) => error);
      expect(thrown).toMatchObject({
        code: 'image-unresolved',
        message: expect.stringMatching(/holds|is not an image id/),
      });
      if (value !== '')
        expect(JSON.stringify(thrown instanceof RollError && [thrown.message, thrown.next])).not.toContain(value);
    },
  );

  it('needs the right to read the parameter, and no other', async () => {
    const allow = (Resource: string) =>
      account.enforce(
        policySchema.parse({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'ssm:GetParameter', Resource }],
        }),
      );
    allow('arn:aws:ssm:*:*:parameter/consul/image');
    expect(await held('/consul/image')).toBe(NEW_IMAGE.imageId);
    allow('arn:aws:ssm:*:*:parameter/other');
    await expect(held('/consul/image')).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringContaining('ssm:GetParameter'),
    });
    account.enforce(undefined);
  });
});
