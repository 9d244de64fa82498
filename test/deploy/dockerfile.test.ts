import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const FILE = fileURLToPath(new URL('../../deploy/Dockerfile', import.meta.url));
const { error, status, stdout } = spawnSync('hadolint', ['--no-color', FILE], { encoding: 'utf8' });
if (error !== undefined)
  process.stderr.write('\n*** SKIPPED: hadolint’s view of deploy/Dockerfile: it is not on the PATH ***\n\n');

it.skipIf(error !== undefined)('hadolint has nothing to say of deploy/Dockerfile', () => {
  expect([status, stdout]).toEqual([0, '']);
});

it('takes its base by one argument, and the page of the install says how to pin that', () => {
  const text = readFileSync(FILE, 'utf8');
  const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  expect(bases).toEqual(['$NODE_IMAGE', '$NODE_IMAGE']);
  const [, base = ''] = /^ARG NODE_IMAGE=(\S+)$/m.exec(text) ?? [];
  const page = readFileSync(fileURLToPath(new URL('../../docs/install.md', import.meta.url)), 'utf8');
  for (const told of [text, page]) {
    expect(told).toContain(`docker buildx imagetools inspect ${base} --format '{{.Manifest.Digest}}'`);
    expect(told).toContain(`--build-arg NODE_IMAGE=${base}@sha256:DIGEST`);
  }
});
