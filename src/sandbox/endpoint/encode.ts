import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';
import type { AwsFault } from '../aws/fault.js';
import { encodeJson } from './json.js';
import type { ServiceDefinition } from './services.js';

/** ISO 8601, the query protocols' form of a time. */
const dateTime = 5;

/** An answer's body: the SDK's own serialiser writes the members, led by the operation's output schema. */
export function encodeOutput(
  service: ServiceDefinition,
  action: string,
  schema: SchemaRef,
  output: object,
  requestId: string,
): string {
  if (service.dialect === 'json') return encodeJson(schema, output);
  const members = encodeMembers(schema, output);
  const open = `<${action}Response xmlns="${service.xmlNamespace}">`;
  const close = `</${action}Response>`;
  if (service.dialect === 'ec2') return `${open}<requestId>${requestId}</requestId>${members}${close}`;
  const result = members === undefined ? '' : `<${action}Result>${members}</${action}Result>`;
  return `${open}${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>${close}`;
}

/** The members' elements without the element around them; undefined for an operation that answers nothing. */
function encodeMembers(schema: SchemaRef, output: object): string | undefined {
  const shape = NormalizedSchema.of(schema);
  if (!shape.isStructSchema()) return undefined;
  const serializer = new XmlShapeSerializer({
    timestampFormat: { useTrait: true, default: dateTime },
    httpBindings: false,
    xmlNamespace: '',
    serviceNamespace: '',
  });
  serializer.write(shape, output);
  const element = String(serializer.flush());
  return /^<[^>]*[^/]>(.*)<\/[^>]*>$/s.exec(element)?.[1] ?? '';
}

/** An error's body, in the form of the service's protocol. */
export function encodeFault(dialect: ServiceDefinition['dialect'], fault: AwsFault, requestId: string): string {
  const code = `<Code>${escaped(fault.code)}</Code><Message>${escaped(fault.message)}</Message>`;
  if (dialect === 'json') return JSON.stringify({ __type: fault.code, message: fault.message });
  if (dialect === 'ec2') {
    return `<Response><Errors><Error>${code}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
  }
  return `<ErrorResponse><Error><Type>${fault.type}</Type>${code}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function escaped(text: string): string {
  const printable = text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '?');
  return printable.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
