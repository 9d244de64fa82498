import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The schema of a `--json` document, as published in docs/schemas. */
export function getSchema(name: string): z.ZodType {
  const path = fileURLToPath(new URL(`../../docs/schemas/${name}.schema.json`, import.meta.url));
  return z.fromJSONSchema(JSON.parse(readFileSync(path, 'utf8')));
}

/** What is wrong with a document, as a script reads it. */
export function findIssues(schema: z.ZodType, document: object): readonly object[] {
  const written: unknown = JSON.parse(JSON.stringify(document));
  return schema.safeParse(written).error?.issues ?? [];
}

/** What is wrong with a document that was printed, by the schema that it names itself. */
export function findIssuesInOutput(document: { readonly schema: string }): readonly object[] {
  const [, name = ''] = /^consul-roll\/([\w-]+)\/\d+$/.exec(document.schema) ?? [];
  return findIssues(getSchema(name), document);
}
