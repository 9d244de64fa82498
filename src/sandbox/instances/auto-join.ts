import type { Cloud } from '../interfaces.js';

/** One word of `provider=aws tag_key=Name tag_value="a name"`. */
const WORD = /(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g;

/** Whether Consul would resolve this entry of `retry_join` through AWS. */
export function isAutoJoin(entry: string): boolean {
  return /(^|\s)provider=aws(\s|$)/.test(entry);
}

/**
 * The addresses behind a cloud auto-join entry: Consul's own AWS client has no setting that would lead it to the
 * sandbox, so the sandbox resolves it instead, when the agent is started. As with Consul, the server itself is among
 * them.
 */
export function resolveAutoJoin(entry: string, cloud: Cloud): readonly string[] {
  const words = new Map<string, string>();
  for (const [, key = '', quoted, bare = ''] of entry.matchAll(WORD))
    words.set(key, quoted?.replace(/\\(.)/g, '$1') ?? bare);
  const { Reservations = [] } = cloud.describeInstances({
    Filters: [
      { Name: `tag:${words.get('tag_key') ?? ''}`, Values: [words.get('tag_value') ?? ''] },
      { Name: 'instance-state-name', Values: ['running'] },
    ],
  });
  return Reservations.flatMap(({ Instances = [] }) => Instances).flatMap(
    ({ PrivateIpAddress }) => PrivateIpAddress ?? [],
  );
}
