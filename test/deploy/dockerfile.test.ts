import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const FILE = fileURLToPath(new URL('../../deploy/Dockerfile', import.meta.url));
const { error, status, stdout } = spawnSync('hadolint', ['--no-color', FILE], { encoding: 'utf8' });
if (error !== undefined)
  process.stderr.write('\n*** SKIPPED: hadolint’s view of deploy/Dockerfile: it is not on the PATH ***\n\n');

it.skipIf(error !== undefined)('hadolint has nothing to say of deploy/Dockerfile', () => {
  expect([status, stdout]).toEqual([0, '']);
});
