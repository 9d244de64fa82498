import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileProgram } from '../helpers/program.js';

/** As `oclif plugins link` writes it, and as another user may who can write the data folder. */
function plantPlugin(data: string, proof: string): void {
  const plugin = join(data, 'evil');
  mkdirSync(plugin, { recursive: true });
  const hook = `import { writeFileSync } from 'node:fs';\nexport default async () => writeFileSync(${JSON.stringify(proof)}, 'ran');\n`;
  writeFileSync(join(plugin, 'hook.js'), hook);
  const description = { name: 'evil', version: '1.0.0', type: 'module', oclif: { hooks: { init: './hook.js' } } };
  writeFileSync(join(plugin, 'package.json'), JSON.stringify(description));
  const user = { name: 'consul-roll', oclif: { plugins: [{ type: 'link', name: 'evil', root: plugin }] } };
  writeFileSync(join(data, 'package.json'), JSON.stringify(user));
}

it.each(['', 'development'])(
  'a plugin in the data folder of a user is not loaded (NODE_ENV=%s)',
  async (mode) => {
    const home = mkdtempSync(join(tmpdir(), 'plugins-'));
    try {
      const data = join(home, 'data', 'consul-roll');
      const proof = join(home, 'proof');
      plantPlugin(data, proof);
      const env = { PATH: '/usr/bin:/bin', HOME: home, XDG_DATA_HOME: join(home, 'data'), NODE_ENV: mode };
      const { exitCode, stdout } = await compileProgram().run(['--help'], env);
      expect({ exitCode, isRun: existsSync(proof) }).toEqual({ exitCode: 0, isRun: false });
      expect(stdout).toContain('upgrade');
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
  60_000,
);
