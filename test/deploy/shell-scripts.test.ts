import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkBootScript } from '../../src/lib/create/user-data.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const scripts = [...readdirSync(join(ROOT, '.ci')).map((name) => `.ci/${name}`), 'deploy/image/install.sh'];
const checked = await Promise.all(
  scripts.map(async (path) => [path, await checkBootScript(readFileSync(join(ROOT, path), 'utf8'))] as const),
);
const skipped = checked.some(([, checks]) => checks.some(({ result }) => result === 'not-installed'));
if (skipped)
  process.stderr.write('\n*** SKIPPED: shellcheck’s view of the shell scripts: it is not on the PATH ***\n\n');

describe.each(checked)('%s', (_path, checks) => {
  it.each(checks)('$tool has nothing to say', ({ result, output }) => {
    expect([result === 'not-installed' ? 'passed' : result, output]).toEqual(['passed', '']);
  });
});
