// A roll on a screen that hangs during a step and ignores every signal.
// Argument: the folder of the built program.
const [root] = process.argv.slice(2);
const { createView } = await import(`${root}/dist/lib/output/create-view.js`);
const { runRollInView } = await import(`${root}/dist/cli/run-roll.js`);

const view = await createView('terminal', { stream: process.stderr, colour: false, now: Date.now });
const hangs = (_engine, _order, emit, { signal }) => {
  const message = 'heard the second one';
  signal.addEventListener('abort', () =>
    emit({ kind: 'warning', atMs: Date.now(), warning: { kind: 'message', message } }),
  );
  return new Promise(() => setInterval(() => undefined, 1000));
};
await runRollInView(hangs, { clock: { now: Date.now } }, { cluster: 'consul' }, view);
