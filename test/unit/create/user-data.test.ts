import { describe, expect, it } from 'vitest';
import { parseClusterFile } from '../../../src/lib/config/cluster-file.js';
import { buildUserDataScript } from '../../../src/lib/create/user-data.js';
import { MINIMAL_CLUSTER_FILE } from '../../helpers/cluster-files.js';

const nothingToRead = (): string => {
  throw new Error('no such file');
};
const scriptOf = (more: string, readText: (path: string) => string = nothingToRead) =>
  Buffer.from(
    buildUserDataScript(parseClusterFile(`${MINIMAL_CLUSTER_FILE}${more}`, 'c.yaml'), readText),
    'base64',
  ).toString();

describe('buildUserDataScript', () => {
  it('renders the boot script, whose first servers bootstrap the cluster', () => {
    const script = scriptOf('size: 3\nboot: {datacenter: eu, gossipKeyFrom: "ssm:/consul/key"}\n');
    expect(script).toMatch(/^#!\/bin\/bash/);
    expect(script).toContain('bootstrap_expect=3\n');
    expect(script).toContain('"Name":"tag:Name","Values":["consul"]');
    expect(script).toContain('/consul/key');
    expect(scriptOf('')).toContain('bootstrap_expect=5\n');
  });

  it('returns the operator’s own script unchanged', () => {
    const own = '#!/bin/sh\nexec /opt/boot\n';
    const read = (path: string) => (path === 'boot.sh' ? own : nothingToRead());
    expect(scriptOf('userDataFile: boot.sh\n', read)).toBe(own);
  });

  it('refuses a script with a secret, and does not show it', () => {
    const secret = 'pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=';
    const refused = () => scriptOf('userDataFile: boot.sh\n', () => `#!/bin/sh\nencrypt: "${secret}"\n`);
    expect(refused).toThrow('boot.sh line 2 contains a secret (a gossip key)');
    expect(refused).not.toThrow(secret);
  });

  it('refuses a script that is too large or missing', () => {
    expect(() => scriptOf('userDataFile: boot.sh\n', () => '#'.repeat(16_385))).toThrow('16385 bytes');
    expect(() => scriptOf('userDataFile: boot.sh\n')).toThrow('no such file');
  });
});
