import { RollError } from '../errors.js';
import { EXIT } from '../outcomes.js';
import { assertStatus } from './answers.js';
import { flawOf } from './archive.js';
import type { Channel } from './channel.js';
import { insist } from './no-answer.js';

/** A snapshot is held in memory; state of servers is usually a few megabytes. */
const MAX_BYTES = 1024 ** 3;

/**
 * A verified snapshot; see `Consul.snapshot`.
 *
 * @throws RollError `snapshot-broken` for one that is cut short or altered
 */
export async function takeSnapshot(channel: Channel, address: string): Promise<Uint8Array> {
  const limitMs = channel.timeouts.snapshotMs;
  const question = { address, method: 'GET', path: 'snapshot', limitMs, maxBytes: MAX_BYTES } as const;
  const answer = await insist(
    address,
    'make a snapshot',
    channel.send(question).then((given) => {
      assertStatus(question, given);
      return given;
    }),
  );
  const flaw = answer.headers['x-consul-index']
    ? await flawOf(answer.bytes, MAX_BYTES)
    : 'it has no X-Consul-Index';
  if (flaw) throw broken(address, flaw);
  return answer.bytes;
}

function broken(address: string, flaw: string): RollError {
  return new RollError({
    code: 'snapshot-broken',
    message: `The snapshot from Consul at ${address} cannot be trusted: ${flaw}.`,
    exitCode: EXIT.refused,
    state: 'Nothing was changed by taking it.',
    next: `Try by hand: consul snapshot save -http-addr=${address}:8500 test.snap && consul snapshot inspect test.snap`,
  });
}
