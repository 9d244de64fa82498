// Writes the schema of every document of --json, docs/schemas/NAME.schema.json, from the built program.
// With --check it writes nothing and fails when one is stale.
import { configSchema } from '../dist/lib/ui/json/schemas/config.js';
import { creationPlanSchema, creationSchema } from '../dist/lib/ui/json/schemas/creation.js';
import { demoSchema } from '../dist/lib/ui/json/schemas/demo.js';
import { doctorSchema } from '../dist/lib/ui/json/schemas/doctor.js';
import { errorSchema } from '../dist/lib/ui/json/schemas/error.js';
import { pauseSchema, reportSchema, userDataSchema } from '../dist/lib/ui/json/schemas/replies.js';
import { planSchema, resultSchema } from '../dist/lib/ui/json/schemas/roll.js';
import { statusSchema } from '../dist/lib/ui/json/schemas/status.js';
import { sandboxDownSchema, sandboxUpSchema } from '../dist/sandbox-document.js';
import { readersSchema, settle } from './from-schema.mjs';

const DOCUMENTS = {
  status: ['What consul-roll status --json writes', statusSchema],
  plan: ['What consul-roll plan --json writes', planSchema],
  result: ['What consul-roll upgrade, resume and rollback write with --json', resultSchema],
  error: ['What any command of consul-roll writes with --json when it ends in an error', errorSchema],
  doctor: ['What consul-roll doctor --json writes', doctorSchema],
  pause: ['What consul-roll pause --json writes', pauseSchema],
  'creation-plan': ['What consul-roll create --dry-run --json writes', creationPlanSchema],
  creation: ['What consul-roll create --json writes', creationSchema],
  'user-data': ['What consul-roll user-data --json writes', userDataSchema],
  config: ['What consul-roll config --json writes', configSchema],
  report: ['What consul-roll report --json writes', reportSchema],
  demo: ['What consul-roll demo --json writes', demoSchema],
  'sandbox-up': ['What consul-roll sandbox up --json writes', sandboxUpSchema],
  'sandbox-down': ['What consul-roll sandbox down --json writes', sandboxDownSchema],
};

for (const [name, [title, zod]] of Object.entries(DOCUMENTS)) {
  const schema = readersSchema(zod);
  const text = `${JSON.stringify({ title, ...schema }, null, 2)}\n`;
  await settle(`docs/schemas/${name}.schema.json`, text, 'document-schemas.mjs');
}
