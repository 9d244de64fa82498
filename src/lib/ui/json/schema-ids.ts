/**
 * Name and version of the documents of `--json`; docs/schemas has the schema of each under its name here. A version
 * grows when a field changes its meaning or goes away.
 */
export const SCHEMA_IDS = {
  status: 'consul-roll/status/1',
  plan: 'consul-roll/plan/1',
  result: 'consul-roll/result/1',
  error: 'consul-roll/error/1',
  doctor: 'consul-roll/doctor/2',
  pause: 'consul-roll/pause/1',
  'creation-plan': 'consul-roll/creation-plan/2',
  creation: 'consul-roll/creation/2',
  'user-data': 'consul-roll/user-data/1',
  config: 'consul-roll/config/1',
  report: 'consul-roll/report/1',
  demo: 'consul-roll/demo/1',
  'sandbox-up': 'consul-roll/sandbox-up/1',
  'sandbox-down': 'consul-roll/sandbox-down/1',
} as const;
