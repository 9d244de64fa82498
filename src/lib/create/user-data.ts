import type { BootOptions } from '../boot/options.js';
import type { ClusterFile } from '../cluster-file/schema.js';
import { bootSchema } from '../cluster-file/schema-boot.js';
import { messageOf, RollError } from '../errors.js';
import { EXIT } from '../outcomes.js';
import { USER_DATA_LIMIT, userData } from '../user-data.js';
import { secretLine } from './secret-line.js';

/** Reads a text file that the cluster file names, whole; throws when it cannot. */
export type ReadText = (path: string) => string;

/**
 * The user data of a cluster's servers, base64: the boot script, or a script of the operator's own. The boot script
 * is told the size of the cluster, so that the first servers found it; later ones find out that they only join.
 *
 * @throws RollError exit 2 for a script that cannot be read, is too big, or holds a secret
 */
export function userDataFor(file: ClusterFile, readText: ReadText): string {
  if (file.userDataFile !== undefined) return ownScript(file.userDataFile, readText);
  const boot = file.boot ?? bootSchema.parse({});
  return userData(bootOptions(file, boot), { gzip: boot.gzip }).base64;
}

function bootOptions(file: ClusterFile, boot: NonNullable<ClusterFile['boot']>): BootOptions {
  const { peers, retryJoin, datacenter, configDir, dataDir, extraConfig, gossipKeyFrom } = boot;
  return {
    tags: [{ key: 'Name', value: file.cluster }],
    bootstrapExpect: file.size,
    peers,
    retryJoin,
    datacenter,
    configDir,
    dataDir,
    extraConfig,
    gossipKey: gossipKey(gossipKeyFrom),
  };
}

function gossipKey(text: string | undefined): BootOptions['gossipKey'] {
  const [kind, ...name] = (text ?? '').split(':');
  if (kind !== 'ssm' && kind !== 'secretsmanager') return { kind: 'none' };
  return { kind, name: name.join(':') };
}

function ownScript(path: string, readText: ReadText): string {
  const script = textOf(path, readText);
  const bytes = Buffer.byteLength(script);
  if (bytes > USER_DATA_LIMIT) {
    throw refused(
      `${path} has ${bytes} bytes, more than the ${USER_DATA_LIMIT} that EC2 takes.`,
      'bake part of it into the image',
    );
  }
  const secret = secretLine(script);
  if (secret === undefined) return Buffer.from(script).toString('base64');
  throw refused(
    `${path} line ${secret.line} holds a secret (${secret.what}), and whoever may describe a server reads its user data.`,
    'bake it into the image, or have the server fetch it when it boots, as boot.gossipKeyFrom does',
  );
}

function textOf(path: string, readText: ReadText): string {
  try {
    return readText(path);
  } catch (thrown) {
    throw refused(`The boot script ${path} cannot be read: ${messageOf(thrown)}`, 'mend userDataFile');
  }
}

function refused(message: string, next: string): RollError {
  return new RollError({ code: 'user-data-refused', message, exitCode: EXIT.usage, next });
}
