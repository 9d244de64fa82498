import { z } from 'zod';

/** One resource that a Terraform state tracks. */
export interface Tracked {
  /** As Terraform writes it: `module.consul.aws_autoscaling_group.this[0]`. */
  readonly address: string;
  /** `aws_autoscaling_group`, ... */
  readonly type: string;
  /** Its attributes as of the last refresh. A state holds secrets: nothing of them may be shown. */
  readonly values: Readonly<Record<string, unknown>>;
}

const attributes = z.record(z.string(), z.unknown());

/** A state file, and what `terraform state pull` prints: version 4, since Terraform 0.12. */
const stateFile = z.object({
  version: z.literal(4),
  resources: z.array(
    z.object({
      module: z.string().optional(),
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.object({
          index_key: z.union([z.string(), z.number()]).optional(),
          deposed: z.string().optional(),
          attributes: attributes.nullish(),
        }),
      ),
    }),
  ),
});

const shownResource = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  values: attributes.nullish(),
  deposed_key: z.string().optional(),
});

const shownModule = z.object({
  resources: z.array(shownResource).default([]),
  get child_modules() {
    return z.array(shownModule).default([]);
  },
});

/** What `terraform show -json` prints; without `values` where the state is empty. */
const shown = z.object({
  format_version: z.string(),
  values: z.object({ root_module: shownModule }).optional(),
});

/**
 * Every managed resource of a Terraform state: a state file's own format, or that of `terraform show -json`.
 * Undefined when the document is neither.
 */
export function trackedIn(document: unknown): readonly Tracked[] | undefined {
  const file = stateFile.safeParse(document);
  if (file.success) return file.data.resources.flatMap(trackedOfFile);
  const report = shown.safeParse(document);
  if (!report.success) return undefined;
  return report.data.values === undefined ? [] : trackedOfModule(report.data.values.root_module);
}

function trackedOfFile(resource: z.infer<typeof stateFile>['resources'][number]): Tracked[] {
  const { module, mode, type, name, instances } = resource;
  if (mode !== 'managed') return [];
  const address = `${module === undefined ? '' : `${module}.`}${type}.${name}`;
  return instances
    .filter(({ deposed }) => deposed === undefined)
    .map(({ index_key: key, attributes: values }) => ({
      address: key === undefined ? address : `${address}[${JSON.stringify(key)}]`,
      type,
      values: values ?? {},
    }));
}

function trackedOfModule(module: z.infer<typeof shownModule>): Tracked[] {
  const own = module.resources
    .filter(({ mode, deposed_key: deposed }) => mode === 'managed' && deposed === undefined)
    .map(({ address, type, values }) => ({ address, type, values: values ?? {} }));
  return [...own, ...module.child_modules.flatMap(trackedOfModule)];
}
