import type { Intent } from '../model/intent.js';

/** Who seems to have made a group. Terraform leaves no mark of its own, so this is told by what people and its provider leave. */
export type Maker = 'terraform' | 'cloudformation' | 'unknown';

/** What the provider appends to a prefix, or to `terraform-` where there is none: a time and a counter. */
const GENERATED_NAME = /\d{18}[0-9a-f]{8}$/;
const NAMED_IN_TAG = /terraform|opentofu|terragrunt/i;

/**
 * Who made the group that a roll replaces: by its tags (`ManagedBy = terraform`, in whatever words), and by its name and
 * that of what it launches from.
 *
 * @param tags of the group, before the roll
 */
export function makerOf(
  { oldGroup, oldTemplate }: Pick<Intent, 'oldGroup' | 'oldTemplate'>,
  tags: Readonly<Record<string, string>>,
): Maker {
  if (Object.keys(tags).some((key) => key.startsWith('aws:cloudformation:'))) return 'cloudformation';
  const tagged = Object.entries(tags).some((words) => words.some((word) => NAMED_IN_TAG.test(word)));
  const named = [oldGroup, oldTemplate.name].some((name) => GENERATED_NAME.test(name));
  return tagged || named ? 'terraform' : 'unknown';
}
