import semver from 'semver';

/** A request with the words that answer it: method and path, body, status, text. */
type WordedAnswer = readonly [string, string | undefined, number, string | RegExp];

const UNKNOWN_PATH = 'Invalid URL path: not a recognized HTTP API endpoint\n';

/** Requests that a Consul of this version answers in these words. */
export function wordedAnswersOf(version: string): readonly WordedAnswer[] {
  const since = (first: string) => semver.gte(version, first);
  const unknown = since('1.11.0') ? UNKNOWN_PATH : '';
  const bad = since('1.14.0') ? '' : 'Bad request: ';
  const missing = (path: string, first: string): readonly WordedAnswer[] =>
    since(first) ? [] : [[path, undefined, 404, unknown]];
  return [
    ['GET nosuch', undefined, 404, unknown],
    ...missing('GET operator/autopilot/state', '1.9.0'),
    ...missing('POST operator/raft/transfer-leader', '1.15.0'),
    since('1.14.0')
      ? ['GET session/info/xx', undefined, 200, '[]']
      : ['GET session/info/xx', undefined, 500, /failed session lookup: index error: UUID must be 36 characters$/],
    [
      'DELETE operator/raft/peer',
      undefined,
      400,
      `${bad}Must specify either ?id with the server's ID or ?address with IP:port of peer to remove`,
    ],
    [
      'DELETE operator/raft/peer?address=1.2.3.4:8300&id=zz',
      undefined,
      400,
      `${bad}Must specify only one of ?id or ?address`,
    ],
    ['PUT operator/autopilot/configuration', '{', 400, `${bad}Error parsing autopilot config: unexpected EOF`],
    ...ALWAYS,
  ];
}

/** The same words on every version. */
const ALWAYS: readonly WordedAnswer[] = [
  ['GET acl/replication', undefined, 401, 'ACL support disabled'],
  ['GET acl/tokens?stale', undefined, 401, 'ACL support disabled'],
  ['GET acl/policies?stale', undefined, 401, 'ACL support disabled'],
  ['POST internal/acl/authorize', '[]', 401, 'ACL support disabled'],
  ['GET config/?stale', undefined, 200, '[]'],
  ['GET query?stale', undefined, 200, '[]'],
  ['GET connect/intentions?stale', undefined, 200, '[]'],
  ['GET catalog/services?stale', undefined, 200, '{"consul":[]}'],
  ['PUT status/leader', '', 405, 'method PUT not allowed'],
  ['POST kv/foo', '', 405, 'method POST not allowed'],
  ['GET kv/', undefined, 400, 'Missing key name'],
  ['PUT kv/', 'v', 400, 'Missing key name'],
  ['GET kv/none', undefined, 404, ''],
  ['GET kv/none/?recurse', undefined, 404, ''],
  ['DELETE kv/none', undefined, 200, 'true'],
  ['GET kv/none?stale&consistent', undefined, 400, 'Cannot specify ?stale with ?consistent, conflicting semantics.'],
  ['PUT kv/none?cas=abc', 'v', 500, 'strconv.ParseUint: parsing "abc": invalid syntax'],
  ['PUT kv/none?acquire=00000000-0000-0000-0000-000000000000', 'v', 500, /invalid session "00000000-.*"$/],
  ['PUT session/create', '{bad', 400, /^Request decode failed: invalid character 'b' looking for/],
  ['PUT session/create', '{"TTL":"1s"}', 500, /Invalid Session TTL '1000000000', must be between \[10s=24h0m0s\]$/],
  ['PUT session/create', '{"Node":"zz"}', 500, /Missing node registration$/],
  [
    'PUT session/renew/00000000-0000-0000-0000-000000000000',
    '',
    404,
    "Session id '00000000-0000-0000-0000-000000000000' not found",
  ],
  ['DELETE operator/raft/peer?id=zz', undefined, 500, /id "zz" was not found in the Raft configuration$/],
  [
    'DELETE operator/raft/peer?address=1.2.3.4:8300',
    undefined,
    500,
    /address "1.2.3.4:8300" was not found in the Raft configuration$/,
  ],
  ['PUT agent/force-leave/nosuch', '', 500, "agent: No node found with name 'nosuch'"],
];
