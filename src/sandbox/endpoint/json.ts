import { JsonCodec } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { DocumentType, SchemaRef } from '@smithy/types';
import { AwsFault } from '../aws/fault.js';

/** Times are seconds, as in AWS JSON 1.1. */
const codec = new JsonCodec({ timestampFormat: { useTrait: true, default: 7 }, jsonName: false });

/**
 * An operation's input, read from JSON by the SDK's own deserialiser.
 *
 * @throws AwsFault `SerializationException` for a body that is not a JSON object
 */
export function decodeJson(schema: SchemaRef, body: string): object {
  const shape = NormalizedSchema.of(schema);
  try {
    const value: DocumentType = JSON.parse(body === '' ? '{}' : body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return codec.createDeserializer().readObject(shape, value);
    }
  } catch {
    // Refused below.
  }
  throw new AwsFault('SerializationException', '');
}

/** An answer's JSON, by the SDK's own serialiser. */
export function encodeJson(schema: SchemaRef, output: object): string {
  const serializer = codec.createSerializer();
  serializer.write(NormalizedSchema.of(schema), output);
  return String(serializer.flush());
}
