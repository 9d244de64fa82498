import type {
  GetParameterRequest,
  GetParameterResult,
  PutParameterRequest,
  PutParameterResult,
} from '@aws-sdk/client-ssm';
import { AwsFault } from './fault.js';
import type { AwsState } from './state.js';

/** The one that every account has. */
export const IMAGE_PARAMETER = '/consul/image';

/**
 * GetParameter: by name, with `:VERSION`, or by ARN.
 *
 * @throws AwsFault `ParameterNotFound` or `ParameterVersionNotFound`
 */
export function getParameter(state: AwsState, { Name: asked = '' }: GetParameterRequest): GetParameterResult {
  const [, name = '', selector] = /^(?:arn:[^/]*:parameter(?=\/))?([^:]*)(?::(.*))?$/.exec(asked) ?? [];
  const record = state.parameters.get(name);
  if (record === undefined) throw new AwsFault('ParameterNotFound', '');
  const version = selector === undefined ? record.versions.length : Number(selector);
  const found = record.versions[version - 1];
  if (found === undefined) {
    throw new AwsFault('ParameterVersionNotFound', `Systems Manager could not find version ${selector} of ${name}. `);
  }
  return {
    Parameter: {
      Name: name,
      Type: 'String',
      Value: found.value,
      Version: version,
      LastModifiedDate: new Date(found.setMs),
      ARN: `arn:aws:ssm:${state.region}:${state.accountId}:parameter/${name.replace(/^\//, '')}`,
      DataType: 'text',
      ...(selector !== undefined && { Selector: `:${selector}` }),
    },
  };
}

/**
 * PutParameter: of the type String only.
 *
 * @throws AwsFault `ParameterAlreadyExists` without Overwrite
 */
export function putParameter(state: AwsState, input: PutParameterRequest): PutParameterResult {
  const { Name: name = '', Value: value = '', Type: type = 'String', Overwrite: overwrite = false } = input;
  if (type !== 'String') throw new AwsFault('UnsupportedParameterType', `The parameter type ${type} is not supported.`);
  const record = state.parameters.get(name) ?? { name, versions: [] };
  if (record.versions.length > 0 && !overwrite) {
    const message =
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.';
    throw new AwsFault('ParameterAlreadyExists', message);
  }
  record.versions.push({ value, setMs: state.nowMs });
  state.parameters.set(name, record);
  return { Version: record.versions.length, Tier: 'Standard' };
}
