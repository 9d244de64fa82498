// A roll in a process of its own that kills itself with SIGKILL at one of its effects: before it is asked for, or
// after it took hold. Arguments: the folder of the compiled program, and a JSON of the settings, the order and
// where to crash: at the nth effect of all, or of one name. Prints the outcome where it gets that far.
const [root, given] = process.argv.slice(2);
const { settings, order, crash } = JSON.parse(given);
const { connect } = await import(`${root}/dist/lib/connect.js`);
const { roll } = await import(`${root}/dist/lib/roll.js`);

const CLOUD = ['createTemplate', 'createGroup', 'setSizes', 'suspend', 'resume', 'tag', 'untag', 'register'];
const MORE_CLOUD = ['deregister', 'attach', 'terminate', 'deleteGroup', 'deleteTemplate'];
const TEMPLATES = ['createVersion', 'convertTemplate', 'setTemplate', 'setDefaultVersion', 'deleteVersion'];
const POOLS = ['deleteLaunchTemplate', 'copyWarmPool', 'deleteWarmPool'];
const CONSUL = ['leave', 'removePeer', 'transferLeadership', 'put', 'delete'];

// The snapshot is not counted: until the roll is recorded every new process takes one of its own.
let effects = 0;

/** The port with every effect of it counted, and the fatal one fatal. */
function crashing(port, names) {
  const wrapped = names.map((name) => [
    name,
    async (...args) => {
      if (crash.named === undefined || crash.named === name) effects += 1;
      const fatal = effects === crash.atEffect;
      if (fatal && crash.when === 'before') process.kill(process.pid, 'SIGKILL');
      const answer = await port[name](...args);
      if (fatal && crash.when === 'after') process.kill(process.pid, 'SIGKILL');
      return answer;
    },
  ]);
  return { ...port, ...Object.fromEntries(wrapped) };
}

const real = await connect(settings);
const engine = {
  ...real,
  cloud: crashing(real.cloud, [...CLOUD, ...MORE_CLOUD, ...TEMPLATES, ...POOLS]),
  consul: crashing(real.consul, CONSUL),
};
const never = { signal: new AbortController().signal, pauseRequested: () => false };
const { outcome } = await roll(engine, order, () => undefined, never);
await real.close();
process.stdout.write(outcome);
