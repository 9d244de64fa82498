/** How an operator names an image: by its id, by the parameter that holds its id, or as the newest of a name. */
export type ImageReference =
  | { readonly kind: 'id'; readonly imageId: string }
  /** Of AWS Systems Manager: a name, with `:version` or `:label`, or an ARN. */
  | { readonly kind: 'parameter'; readonly parameter: string }
  /** `*` and `?` stand for any characters, as in a filter of EC2. The owner is an account id or `self`. */
  | { readonly kind: 'name'; readonly pattern: string; readonly owner: string };

/** As it is written after `--ami`. */
export function formatImageReference(reference: ImageReference): string {
  switch (reference.kind) {
    case 'id':
      return reference.imageId;
    case 'parameter':
      return `resolve:ssm:${reference.parameter}`;
    case 'name':
      return `name:${reference.pattern}`;
  }
}

/** Ids of EC2 have 8 or 17 hexadecimal digits. */
export const IMAGE_ID = /^ami-[0-9a-z]{1,40}$/;
