import type { SandboxSummary } from './summary.js';

/** Where `sandbox` looks when no port is named. */
export const DEFAULT_PORT = 4_599;

const LABEL_WIDTH = 15;
const UPGRADE_TO = 'consul-v2';

/**
 * The summary for a person, a line each: what there is, and what to try next.
 *
 * @param program how the person called it, for the commands to try.
 */
export function formatSummary(summary: SandboxSummary, program: string): string[] {
  const { servers, images, remarks } = summary;
  return [
    labelled('AWS endpoint', [`${summary.endpointUrl}, region ${summary.region}, any credentials`]),
    labelled('Load balancer', summary.loadBalancerUrl === null ? [] : [summary.loadBalancerUrl]),
    labelled('Consul', [consulText(summary)]),
    labelled(
      'Servers',
      servers.map((one) => `${one.instanceId}  ${one.address.padEnd(12)}  ${one.zone}`),
    ),
    labelled('Images', aligned(images.map(({ imageId, name, description }) => [imageId, name, description]))),
    labelled('Mind', remarks),
    labelled('Next', nextCommands(summary, program)),
  ].flat();
}

function consulText({ consul }: SandboxSummary): string {
  return consul.kind === 'process'
    ? `${consul.version}, a real process for every server`
    : `${consul.version}, simulated; CONSUL_BIN, the PATH or --consul can name a real one`;
}

function nextCommands({ port, cluster, images }: SandboxSummary, program: string): string[] {
  const onPort = port === DEFAULT_PORT ? '' : ` --port ${port}`;
  const ami = images.find((image) => image.name === UPGRADE_TO)?.imageId;
  const order = `--cluster ${cluster} --ami ${ami}`;
  return [
    `eval "$(${program} sandbox env${onPort})"`,
    ...(cluster === null ? [] : [`${program} plan ${order}`, `${program} upgrade ${order}`]),
    `${program} sandbox down${onPort}`,
  ];
}

function labelled(label: string, texts: readonly string[]): string[] {
  return texts.map((text, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${text}`);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widthOf(column)))
      .join('  ')
      .trimEnd(),
  );
}
