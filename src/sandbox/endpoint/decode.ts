import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';
import { AwsFault } from '../aws/fault.js';
import { listNumbered, type Parameter } from './parameters.js';
import type { Dialect } from './services.js';

/** Which of the two ways to name parameters a service uses. */
type QueryDialect = Exclude<Dialect, 'json'>;

/**
 * An operation's input, read from its parameters: the SDK's query serialisers in reverse, led by the same schema.
 * Parameters the schema does not know are ignored.
 *
 * @throws AwsFault `MalformedInput` for a value that is not of its member's type
 */
export function decodeInput(dialect: QueryDialect, schema: SchemaRef, parameters: Parameter): object {
  const shape = NormalizedSchema.of(schema);
  return shape.isStructSchema() ? structure(dialect, shape, parameters) : {};
}

function decode(dialect: QueryDialect, shape: NormalizedSchema, parameter: Parameter): unknown {
  if (shape.isStructSchema()) return structure(dialect, shape, parameter);
  if (shape.isListSchema()) return list(dialect, shape, parameter);
  if (shape.isMapSchema()) return map(dialect, shape, parameter);
  return simple(shape, parameter.value ?? '');
}

function structure(dialect: QueryDialect, shape: NormalizedSchema, parameter: Parameter): object {
  const value: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    const given = parameter.children.get(keyOf(dialect, name, member));
    if (given !== undefined) value[name] = decode(dialect, member, given);
  }
  return value;
}

function keyOf(dialect: QueryDialect, name: string, member: NormalizedSchema): string {
  const { xmlName, ec2QueryName } = member.getMergedTraits();
  if (dialect === 'query') return xmlName ?? name;
  if (typeof ec2QueryName === 'string') return ec2QueryName;
  const key = xmlName ?? name;
  return key.charAt(0).toUpperCase() + key.slice(1);
}

function list(dialect: QueryDialect, shape: NormalizedSchema, parameter: Parameter): unknown[] {
  const member = shape.getValueSchema();
  const flat = dialect === 'ec2' || shape.getMergedTraits().xmlFlattened;
  const suffix = member.getMergedTraits().xmlName ?? 'member';
  const items = flat ? parameter : parameter.children.get(suffix);
  return items === undefined ? [] : listNumbered(items).map((item) => decode(dialect, member, item));
}

function map(dialect: QueryDialect, shape: NormalizedSchema, parameter: Parameter): object {
  const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = shape.getValueSchema().getMergedTraits().xmlName ?? 'value';
  const entries = shape.getMergedTraits().xmlFlattened ? parameter : parameter.children.get('entry');
  if (entries === undefined) return {};
  const pairs = listNumbered(entries).map((entry) => {
    const given = entry.children.get(valueName);
    const value = given === undefined ? undefined : decode(dialect, shape.getValueSchema(), given);
    return [entry.children.get(keyName)?.value ?? '', value];
  });
  return Object.fromEntries(pairs);
}

function simple(shape: NormalizedSchema, text: string): unknown {
  if (shape.isBooleanSchema()) return boolean(text);
  if (shape.isNumericSchema()) return number(text);
  if (shape.isTimestampSchema()) return timestamp(text);
  if (shape.isBlobSchema()) return new Uint8Array(Buffer.from(text, 'base64'));
  return text;
}

function boolean(text: string): boolean {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw malformed(text, 'a boolean');
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw malformed(text, 'a number');
}

function timestamp(text: string): Date {
  const value = new Date(text);
  if (!Number.isNaN(value.getTime())) return value;
  throw malformed(text, 'a time');
}

function malformed(text: string, wanted: string): AwsFault {
  return new AwsFault('MalformedInput', `'${text}' is not ${wanted}.`);
}
