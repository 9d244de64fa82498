import type { Image } from '@aws-sdk/client-ec2';
import { formatFlag, quoteWord, RollError } from '../model/errors.js';
import { formatImageReference, IMAGE_ID, type ImageReference } from '../model/image-reference.js';
import type { Clients } from './clients.js';
import { collectPages } from './describe.js';
import { isAwsError } from './errors.js';

/** The id of the image that is meant now; see `Cloud.resolveImage`. */
export async function resolveImage(clients: Clients, reference: ImageReference): Promise<string> {
  switch (reference.kind) {
    case 'id':
      return reference.imageId;
    case 'parameter':
      return readParameter(clients, reference.parameter);
    case 'name':
      return findNewest(clients, reference);
  }
}

/** The value may be a secret where the name is wrong, so it is never quoted. */
async function readParameter({ loadSsm }: Clients, parameter: string): Promise<string> {
  const check = `aws ssm get-parameter ${formatFlag('name', parameter)}`;
  const ssm = await loadSsm();
  const { Parameter } = await ssm.getParameter({ Name: parameter }).catch((thrown: unknown) => {
    if (!isAwsError(thrown, 'ParameterNotFound', 'ParameterVersionNotFound')) throw thrown;
    throw unresolvedError(`Systems Manager has no parameter ${parameter} in this account and region.`, check);
  });
  const imageId = Parameter?.Value?.trim() ?? '';
  if (IMAGE_ID.test(imageId)) return imageId;
  throw unresolvedError(`The value of the parameter ${parameter} is not an image id.`, check);
}

/** The newest by creation date; of several of the same date the one with the last id, so that each run takes the same. */
async function findNewest({ ec2 }: Clients, reference: ImageReference & { kind: 'name' }): Promise<string> {
  const { pattern, owner } = reference;
  const pages = ec2.paginateDescribeImages(
    {
      Owners: [owner],
      Filters: [
        { Name: 'name', Values: [pattern] },
        { Name: 'state', Values: ['available'] },
      ],
    },
    { pageSize: MAX_IMAGES_PER_PAGE },
  );
  const [newest] = (await collectPages(pages, (page) => page.Images)).sort(compareByAge);
  if (newest?.ImageId !== undefined) return newest.ImageId;
  throw unresolvedError(
    `No available image of the owner ${owner} has a name that matches ${formatImageReference(reference)} in this region.`,
    `aws ec2 describe-images ${formatFlag('owners', owner)} --filters ${quoteWord(`Name=name,Values=${pattern}`)}`,
  );
}

const MAX_IMAGES_PER_PAGE = 1_000;

function compareByAge(one: Image, other: Image): number {
  const [first, second] = [one, other].map(({ CreationDate = '', ImageId = '' }) => `${CreationDate} ${ImageId}`);
  return (first ?? '') < (second ?? '') ? 1 : -1;
}

function unresolvedError(message: string, check: string): RollError {
  return new RollError({
    code: 'image-unresolved',
    message,
    kind: 'refused',
    next: `check the name, the account and the region: ${check}`,
  });
}
