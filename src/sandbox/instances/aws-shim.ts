import type { Filter, Instance } from '@aws-sdk/client-ec2';
import { AwsFault } from '../aws/fault.js';
import type { Cloud, InstanceSpec } from '../interfaces.js';
import { type AwsCommand, parseAwsCommand, parseFilters } from './aws-arguments.js';
import type { ShimOutput } from './instance-server.js';

/** `Reservations[].Instances[]` and what is wanted of each: one path, or a list of them. */
const QUERY = /^Reservations\[\*?\]\.Instances\[\*?\]\.(?:\[([\w., ]+)\]|([\w.]+))$/;

/**
 * What `aws` would print, on a machine without it: `ec2 describe-instances`, as JSON or, with a query for paths of
 * every instance, as text; and groups of Auto Scaling.
 */
export function runAwsShim(words: readonly string[], spec: InstanceSpec, cloud: Cloud): ShimOutput {
  const call = parseAwsCommand(words);
  const list = LISTS[call.command];
  if (list !== undefined && spec.launch.instanceProfile !== undefined) return printFirst(list(call, cloud), call);
  if (call.command !== 'ec2 describe-instances') return unknown(`knows no command ${call.command}`);
  if (spec.launch.instanceProfile === undefined) {
    const hint = 'You can configure credentials by running "aws configure".';
    return { exit: 253, text: `\nUnable to locate credentials. ${hint}\n` };
  }
  try {
    return printed(describe(call, cloud), call);
  } catch (thrown) {
    if (!(thrown instanceof AwsFault)) throw thrown;
    const { code, message } = thrown;
    const text = `\nAn error occurred (${code}) when calling the DescribeInstances operation: ${message}\n`;
    return { exit: 254, text };
  }
}

/** What Auto Scaling says of groups and their instances, and EC2 of the tags of an instance, by command. */
const LISTS: Readonly<Record<string, (call: AwsCommand, cloud: Cloud) => object>> = {
  'autoscaling describe-auto-scaling-groups': ({ options }, cloud) =>
    cloud.describeGroups(options.get('auto-scaling-group-names') ?? []),
  'autoscaling describe-auto-scaling-instances': ({ options }, cloud) =>
    cloud.describeGroupInstances(options.get('instance-ids') ?? []),
  'ec2 describe-tags': ({ options }, cloud) => describeTags(parseFilters(options.get('filters') ?? []), cloud),
};

/** By the filters `resource-id` and `key`. */
function describeTags(filters: readonly Filter[], cloud: Cloud): object {
  const valuesOf = (name: string) => filters.find((one) => one.Name === name)?.Values;
  const { Reservations = [] } = cloud.describeInstances({ InstanceIds: valuesOf('resource-id') });
  const tags = Reservations.flatMap(({ Instances = [] }) => Instances).flatMap(({ Tags = [] }) => Tags);
  const keys = valuesOf('key');
  return { Tags: tags.filter(({ Key = '' }) => keys === undefined || keys.includes(Key)) };
}

/** As JSON, or one field of the first of them: `AutoScalingGroups[0].DesiredCapacity`. */
function printFirst(result: object, { options }: AwsCommand): ShimOutput {
  const query = options.get('query')?.[0];
  if (query === undefined) return json(result);
  const [, list = '', field = ''] = /^(\w+)\[0\]\.(\w+)$/.exec(query) ?? [];
  if (field === '') return unknown(`knows no query like ${query}`);
  const all: unknown = Reflect.get(result, list);
  const first: unknown = Array.isArray(all) ? all[0] : undefined;
  const value: unknown = Object(first) === first ? Reflect.get(Object(first), field) : undefined;
  return options.get('output')?.[0] === 'text' ? { exit: 0, text: `${textOf(value)}\n` } : json(value);
}

type Reservation = NonNullable<ReturnType<Cloud['describeInstances']>['Reservations']>[number];

function describe({ options }: AwsCommand, cloud: Cloud): Reservation[] {
  const ids = options.get('instance-ids');
  const { Reservations = [] } = cloud.describeInstances({
    Filters: parseFilters(options.get('filters') ?? []),
    InstanceIds: ids === undefined ? undefined : [...ids],
  });
  return Reservations;
}

function printed(reservations: readonly Reservation[], { options }: AwsCommand): ShimOutput {
  const query = options.get('query')?.[0];
  const asText = options.get('output')?.[0] === 'text';
  if (query === undefined && !asText) return json({ Reservations: reservations });
  const [, list, one] = QUERY.exec(query ?? '') ?? [];
  if (list === undefined && one === undefined) return unknown(`knows no query like ${query ?? 'none, for text'}`);
  const instances = reservations.flatMap((reservation) => reservation.Instances ?? []);
  const paths = (list ?? one ?? '').split(',').map((path) => path.trim());
  const rows = instances.map((instance) => paths.map((path) => valueAt(instance, path)));
  const table = one === undefined ? rows : [rows.flat()];
  if (!asText) return json(one === undefined ? table : table[0]);
  const lines = table.filter((row) => row.length > 0).map((row) => `${row.map(textOf).join('\t')}\n`);
  return { exit: 0, text: lines.join('') };
}

function valueAt(instance: Instance, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }, instance);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return 'None';
  return value instanceof Date ? dateText(value) : String(value);
}

function json(value: unknown): ShimOutput {
  const text = JSON.stringify(
    value,
    function (key, inner) {
      const raw: unknown = Reflect.get(Object(this), key);
      return raw instanceof Date ? dateText(raw) : (inner ?? null);
    },
    4,
  );
  return { exit: 0, text: `${text}\n` };
}

/** As the second version of the command writes it. */
function dateText(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, '+00:00');
}

function unknown(what: string): ShimOutput {
  return {
    exit: 252,
    text: `aws: the sandbox's aws shim ${what}; with a real aws on the PATH, the sandbox uses that\n`,
  };
}
