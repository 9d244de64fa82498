import type {
  DeleteLaunchTemplateVersionsRequest,
  DeleteLaunchTemplateVersionsResponseErrorItem,
  DeleteLaunchTemplateVersionsResult,
} from '@aws-sdk/client-ec2';
import { requireParameter } from '../fault.js';
import type { LaunchTemplateRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { getLaunchTemplate } from './launch-template.js';

type Refusal = NonNullable<DeleteLaunchTemplateVersionsResponseErrorItem['ResponseError']>;

/**
 * DeleteLaunchTemplateVersions: by number, each for itself; never the default version. A group that is on one cannot
 * launch any more.
 */
export function deleteLaunchTemplateVersions(
  state: AwsState,
  input: DeleteLaunchTemplateVersionsRequest,
): DeleteLaunchTemplateVersionsResult {
  const record = getLaunchTemplate(state, input.LaunchTemplateId, input.LaunchTemplateName);
  const numbers = requireParameter(input.Versions, 'LaunchTemplateVersion').map(Number);
  const verdicts = numbers.map((number) => ({ number, refusal: refusalOf(record, number) }));
  for (const { number, refusal } of verdicts) if (refusal === undefined) record.versions.delete(number);
  const item = (VersionNumber: number) => ({
    LaunchTemplateId: record.templateId,
    LaunchTemplateName: record.name,
    VersionNumber,
  });
  return {
    SuccessfullyDeletedLaunchTemplateVersions: verdicts
      .filter(({ refusal }) => refusal === undefined)
      .map(({ number }) => item(number)),
    UnsuccessfullyDeletedLaunchTemplateVersions: verdicts
      .filter(({ refusal }) => refusal !== undefined)
      .map(({ number, refusal }) => ({ ...item(number), ResponseError: refusal })),
  };
}

function refusalOf(record: LaunchTemplateRecord, number: number): Refusal | undefined {
  if (!record.versions.has(number)) {
    return {
      Code: 'launchTemplateVersionDoesNotExist',
      Message: `Version ${number} of the launch template does not exist.`,
    };
  }
  if (number !== record.defaultVersion) return undefined;
  return { Code: 'unexpectedError', Message: 'The default version of a launch template cannot be deleted.' };
}
