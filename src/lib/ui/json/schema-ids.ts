/** Name and version of the documents of `--json`. A version grows when a field changes its meaning or goes away. */
export const SCHEMA_IDS = {
  status: 'consul-roll/status/1',
  plan: 'consul-roll/plan/1',
  result: 'consul-roll/result/1',
  error: 'consul-roll/error/1',
} as const;
