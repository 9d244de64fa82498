import { request } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type InstanceServer, startInstanceServer } from '../../src/sandbox/instances/instance-server.js';
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
    await fetch(`http://${server.at}/shim`, { method: 'POST', body, headers: { Authorization: 'Basic ' } }),
    await fetch(`http://${server.at}/${'0'.repeat(32)}/shim`, { method: 'POST', body }),
    await fetch(`http://${server.at}/${ROLE}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect(ran).toEqual([]);
});

it("answers the instance's own programs, with the token as a password or in the path", async () => {
  const headers = { Authorization: `Basic ${btoa(`sandbox:${server.token}`)}` };
  expect((await fetch(`http://${server.at}/shim`, { method: 'POST', body: '4:true,', headers })).status).toBe(200);
  expect((await fetch(`${server.url}/shim`, { method: 'POST', body: '4:true,' })).status).toBe(200);
  expect(ran).toEqual([['true'], ['true']]);
  const role = await fetch(`${server.url}/${ROLE}`);
  expect(await role.json()).toMatchObject({ SecretAccessKey: 'secret of the role' });
});

/** Sends a body without an end, and returns how much of it was taken. */
function sendForEver(path: string): Promise<{ status: number | undefined; sentBytes: number }> {
  return new Promise((resolve) => {
    let status: number | undefined;
    let sentBytes = 0;
    const post = request(`http://${server.at}${path}`, { method: 'POST' }, (answer) => {
      status = answer.statusCode;
      answer.resume();
    });
    const chunk = Buffer.alloc(65_536, 'x');
    const send = () => {
      if (post.destroyed) return;
      sentBytes += chunk.length;
      post.write(chunk, () => setImmediate(send));
    };
    post.on('error', () => undefined);
    post.on('close', () => resolve({ status, sentBytes }));
    setTimeout(() => post.destroy(), 5_000).unref();
    send();
  });
}

it('answers a request without its token before it reads what comes with it', async () => {
  const { status } = await sendForEver('/shim');
  expect(status).toBe(403);
});

it('takes no endless request from its own programs either', async () => {
  const { status, sentBytes } = await sendForEver(`/${server.token}/shim`);
  expect(status).toBeUndefined();
  expect(sentBytes).toBeLessThan(32 * 1_048_576);
  expect(ran).toEqual([]);
});
