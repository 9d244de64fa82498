/**
 * Between two writes of a load that shows that nothing is lost, in ms. A real Consul spends most of its time on these,
 * so that many rolls at once are faster with fewer; `sandbox.test.ts` and the demo write as fast as operators may.
 */
export const WRITE_EVERY_MS = 100;
