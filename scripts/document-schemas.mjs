// Writes docs/schemas/NAME.schema.json for every document of --json from the built program. With --check it writes
// nothing, and fails where a file is stale.

import { sandboxDownSchema, sandboxUpSchema } from '../dist/cli/sandbox-command.js';
import {
  clusterListSchema,
  configSchema,
  creationPlanSchema,
  creationSchema,
  demoSchema,
  doctorSchema,
  historyListSchema,
  pauseSchema,
  reportSchema,
  userDataSchema,
} from '../dist/lib/output/json/command-schemas.js';
import { errorSchema, planSchema, resultSchema, statusSchema } from '../dist/lib/output/json/schemas.js';
import { readersSchema, settle } from './from-schema.mjs';

const DOCUMENTS = {
  history: ['What consul-roll history --json writes', historyListSchema],
  list: ['What consul-roll list --json writes', clusterListSchema],
  status: ['What consul-roll status --json writes', statusSchema],
  plan: ['What consul-roll plan --json writes', planSchema],
  result: ['What consul-roll upgrade, resume and rollback write with --json', resultSchema],
  error: ['What a command of consul-roll writes with --json when it ends in an error', errorSchema],
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
