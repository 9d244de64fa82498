// Writes docs/schemas/{status,plan,result,error}.schema.json, the documents of --json, from the built program.
// With --check it writes nothing and fails when one is stale.
import { z } from 'zod';
import { errorSchema, planSchema, resultSchema, statusSchema } from '../dist/lib/ui/json/schemas.js';
import { settle } from './from-schema.mjs';

const DOCUMENTS = {
  status: ['What consul-roll status --json writes', statusSchema],
  plan: ['What consul-roll plan --json writes', planSchema],
  result: ['What consul-roll upgrade, resume and rollback write with --json', resultSchema],
  error: ['What any command of consul-roll writes with --json when it ends in an error', errorSchema],
};

for (const [name, [title, zod]] of Object.entries(DOCUMENTS)) {
  // What a reader may rely on: fields that are not here may come, so none is forbidden.
  const schema = z.toJSONSchema(zod, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  const text = `${JSON.stringify({ title, ...schema }, null, 2)}\n`;
  await settle(`docs/schemas/${name}.schema.json`, text, 'document-schemas.mjs');
}
