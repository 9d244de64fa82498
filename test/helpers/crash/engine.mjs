const CLOUD = ['createTemplate', 'createGroup', 'setSizes', 'suspend', 'resume', 'tag', 'untag', 'register'];
const MORE_CLOUD = ['deregister', 'attach', 'terminate', 'deleteGroup', 'deleteTemplate'];
const TEMPLATES = ['createVersion', 'convertTemplate', 'setTemplate', 'setDefaultVersion', 'deleteVersion'];
const POOLS = ['deleteLaunchTemplate', 'copyWarmPool', 'deleteWarmPool'];
const CONSUL = ['leave', 'removePeer', 'transferLeadership', 'put', 'delete'];

/** `{atEffect, when, named}`: at the nth effect of all, or of one name; before it is asked for, or after it took hold. */
const crash = JSON.parse(process.env.CRASH ?? '{}');

// The snapshot is not counted: until the roll is recorded every new process takes one of its own.
let effects = 0;

/** An engine that ends its process with SIGKILL at one of its effects. */
export function crashing(engine) {
  return {
    ...engine,
    cloud: counted(engine.cloud, [...CLOUD, ...MORE_CLOUD, ...TEMPLATES, ...POOLS]),
    consul: counted(engine.consul, CONSUL),
  };
}

/** The port with every effect of it counted, and the fatal one fatal. */
function counted(port, names) {
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
