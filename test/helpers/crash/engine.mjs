/** What the ports call that changes nothing outside of this process; everything else is an effect. */
const READS = /^(read|resolve|probe|find|list|describe|count|close|is|has|get|giveTokenTo)/;

/**
 * The snapshot and what others had before the roll are not counted: until the roll is recorded every new process takes and
 * writes its own. Nor is the lock.
 */
const UNCOUNTED = ['takeSnapshot', 'compareAndSet', 'compareAndDelete'];
const isUncounted = (name, [, key]) => ['writeKey', 'deleteKey'].includes(name) && /\/(before|journal)$/.test(key);

/** `{atEffect, when, named}`: at the nth effect of all, or of one name; before it is asked for, or after it took hold. */
const crash = JSON.parse(process.env.CRASH ?? '{}');

let effects = 0;

/** An engine that ends its process with SIGKILL at one of its effects. */
export function crashing(engine) {
  return { ...engine, cloud: counted(engine.cloud), consul: counted(engine.consul) };
}

/** The port with every effect of it counted, and the fatal one fatal. */
function counted(port) {
  const names = Object.keys(port).filter((name) => !READS.test(name) && !UNCOUNTED.includes(name));
  const wrapped = names.map((name) => [
    name,
    async (...args) => {
      if (isUncounted(name, args)) return port[name](...args);
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
