import { afterEach, beforeEach, expect, it } from 'vitest';
import { type InstanceServer, startInstanceServer, TOKEN_HEADER } from '../../src/sandbox/instances/instance-server.js';
import { specOf } from '../sandbox/instances/context.js';

const spec = specOf({ instanceId: 'i-0abc', address: '127.79.3.5' }, { instanceProfile: 'consul' });
const ROLE = 'latest/meta-data/iam/security-credentials/consul';

let ran: (readonly string[])[];
let server: InstanceServer;
beforeEach(async () => {
  ran = [];
  const shim = (words: readonly string[]) => {
    ran.push(words);
    return { exit: 0, text: '' };
  };
  server = await startInstanceServer(spec, shim, 'secret of the role');
});
afterEach(() => server.close());

it('refuses programs of others: it runs no program and gives no credentials without its token', async () => {
  const body = '9:systemctl,4:stop,6:consul,';
  const answers = [
    await fetch(`http://${server.at}/shim`, { method: 'POST', body }),
    await fetch(`http://${server.at}/shim`, { method: 'POST', body, headers: { [TOKEN_HEADER]: '' } }),
    await fetch(`http://${server.at}/${'0'.repeat(32)}/shim`, { method: 'POST', body }),
    await fetch(`http://${server.at}/${ROLE}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect(ran).toEqual([]);
});

it("answers the instance's own programs, with the token in a header or in the path", async () => {
  const headers = { [TOKEN_HEADER]: server.token };
  expect((await fetch(`http://${server.at}/shim`, { method: 'POST', body: '4:true,', headers })).status).toBe(200);
  expect((await fetch(`${server.url}/shim`, { method: 'POST', body: '4:true,' })).status).toBe(200);
  expect(ran).toEqual([['true'], ['true']]);
  const role = await fetch(`${server.url}/${ROLE}`);
  expect(await role.json()).toMatchObject({ SecretAccessKey: 'secret of the role' });
});
