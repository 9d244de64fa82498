import type { SandboxRecord } from './state-file.js';

/** What would lead an AWS or Consul client elsewhere, or hand the sandbox real credentials. */
const CLEARED = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SESSION_TOKEN',
  'AWS_CA_BUNDLE',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_ENDPOINT_URL_AUTO_SCALING',
  'AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING',
  'AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2',
  'AWS_ENDPOINT_URL_EC2',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL_IAM',
  'CONSUL_HTTP_TOKEN',
  'CONSUL_HTTP_TOKEN_FILE',
  'CONSUL_HTTP_SSL',
  'CONSUL_HTTP_SSL_VERIFY',
  'CONSUL_CACERT',
  'CONSUL_CAPATH',
  'CONSUL_CLIENT_CERT',
  'CONSUL_CLIENT_KEY',
  'CONSUL_TLS_SERVER_NAME',
];

/** The environment that leads every AWS client, and Consul's own, to a sandbox. */
export function buildEnvironment(record: SandboxRecord): Readonly<Record<string, string>> {
  const { loadBalancerUrl } = record;
  return {
    AWS_ENDPOINT_URL: record.endpointUrl,
    AWS_REGION: record.region,
    // Version 1 of the `aws` command reads only this one.
    AWS_DEFAULT_REGION: record.region,
    AWS_ACCESS_KEY_ID: record.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: record.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(loadBalancerUrl === undefined ? {} : { CONSUL_HTTP_ADDR: loadBalancerUrl }),
  };
}

/** The same for `eval` in any POSIX shell, a command each line. */
export function formatExports(environment: Readonly<Record<string, string>>): string[] {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quoteForShell(value)}`);
  return [`unset ${CLEARED.join(' ')}`, ...exports];
}

/** Any text as one word of a POSIX shell. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
