// Writes docs/benchmarks.md, docs/benchmarks.svg and the parts of README.md and docs/costs-and-times.md that show them from
// docs/benchmarks.json, which `npm run bench` writes. With --check it writes nothing, and fails where one is stale.
import { readFile } from 'node:fs/promises';
import { chartOf, describe, gapText, isLost, seconds } from './benchmarks/chart.mjs';
import { fileAt, settle, tableOf } from './from-schema.mjs';

const SCRIPT = 'benchmarks.mjs';
const MARKS = /(<!-- benchmarks: written by scripts\/benchmarks.mjs -->\n)[\s\S]*?(<!-- end of benchmarks -->)/;

/** Of the things that a roll spent its time on. */
const SPENT_SHOWN = 6;

const ENDS = {
  healthy: 'healthy',
  impaired: 'a leader, but not as many voters, or not on the new image',
  'no-leader': 'no leader',
  lost: '**quorum lost for good**',
};

const result = JSON.parse(await readFile(fileAt('docs/benchmarks.json'), 'utf8'));
const servers = `${result.size} ${result.consul.kind === 'process' ? 'real' : '**simulated**'} Consul ${result.consul.version} servers`;

await settle('docs/benchmarks.svg', chartOf(result), SCRIPT);
await settle('docs/benchmarks.md', page(), SCRIPT);
await settlePart('README.md', readmePart());
await settlePart('docs/costs-and-times.md', timesPart());

/** Between the marks of a page. */
async function settlePart(path, part) {
  const text = await readFile(fileAt(path), 'utf8');
  if (!MARKS.test(text)) throw new Error(`${path} has no place for the benchmarks`);
  await settle(
    path,
    text.replace(MARKS, (_, begin, end) => `${begin}\n${part}\n${end}`),
    SCRIPT,
  );
}

function timesPart() {
  const rows = result.ways
    .filter(({ ours }) => ours)
    .map((way) => [way.title, seconds(way.elapsedMs), seconds(way.drainMs), gapText(way), String(way.mostVoters)]);
  const text = `${servers}. ${loadText(result.machine)}`.trimEnd();
  return `${text}

${tableOf(['way', 'time', 'drain', 'longest gap', 'voters at most'], rows)}`;
}

function readmePart() {
  return `![${describe(result)}](docs/benchmarks.svg)

Measured in one run with ${servers}: [docs/benchmarks.md](docs/benchmarks.md) has every number, \`npm run bench\` measures again.
Servers that leave whenever they are stopped (\`consul leave\` in the unit) are a race: other runs of that way kept the quorum.
`;
}

function page() {
  const { machine, writeIntervalMs, watchMs, ways, leftOut, checks, date } = result;
  return `# Benchmarks

Ways to replace every server of a Consul cluster, measured in one run of \`npm run bench\` on ${date}: ${servers}, a write every
${writeIntervalMs} ms through the load balancer, ${machine.cores} cores, Node ${machine.node}. ${loadText(machine)}This page, the chart and its part of the README are generated
from [the JSON of that run](benchmarks.json) by \`npm run generate\`.

![${describe(result)}](benchmarks.svg)

${resultTable(ways)}
Seconds depend on the machine, and on what else it does. What does not: which ways lose the quorum, what is lost, the voters to
spare, the leader changes, the calls, and the ratios below.

- **failed**: writes refused, broken off or unanswered. **lost**: acknowledged and missing at the end; without a leader no key can be
  read, and it is unknown.
- **longest gap**: between two acknowledged writes. It has no end where the quorum is lost.
- **to spare**: voters that answer, less the quorum, at the worst moment. Below 0 no write can be acknowledged.
- **time**: until the way itself reports its end. **drain**: from the first old server out of the load balancer, or down, until the
  agent of the last one is down.
- **AWS calls**: of the way itself; those that read, and those that change.

## The ways

${ways.map(wayText).join('\n')}
${leftOut.map(({ title, why }) => `- *${title}*: left out, because ${why}.\n`).join('')}
## What is the same for all

Each way has a sandbox of its own, made in the same way: ${servers} of the image \`consul-v1\` in one group behind a classic load
balancer, which are replaced by servers of \`consul-v2\`. The load balancer checks every 5 s, as often as AWS allows; the article has 30 s.
Instances boot in 12 s. The writer is that of \`npm start\`: one write in flight at a time, each read back. An observer asks every server on
its own address four times a second which leader it names and which voters Raft has; it shares no code with consul-roll. After
the end of a way the cluster is watched for ${watchMs / 1_000} s, and then every acknowledged key is read. A way that does not end
within its limit is ended. AWS's own delays are shorter in the sandbox than on AWS (\`src/sandbox/SPEC.md\`), for all ways alike.

## Checks

What must hold of a run on any machine; \`npm run bench\` exits with 1 where one does not, \`npm run bench -- --short\` too (two ways,
three servers, about two minutes).

${tableOf(['check', 'value', 'expected'], checks.map(checkRow))}
## What consul-roll spent its time on

The longest of each, from \`time.sums\` of \`--json\` ([docs/events.md](events.md)). Waits are for the cluster or AWS; the rest is its own.

${spentTable(ways)}
## Calls that change something

${tableOf(
  ['way', 'calls'],
  ways.map(({ title, calls }) => [title, changesOf(calls).map(callText).join(', ')]),
)}`;
}

/** Seconds of a machine that does other work too are longer than they would be. */
function loadText({ cores, load }) {
  if (load.most <= 3 * cores) return '';
  return `The machine did other work at the same time (load average ${load.least} to ${load.most}), so all seconds are longer than on an idle one. `;
}

function resultTable(ways) {
  const heads = [
    'way',
    'failed',
    'lost',
    'longest gap',
    'leader changes',
    'to spare',
    'time',
    'drain',
    'AWS calls',
    'at the end',
  ];
  return tableOf(heads, ways.map(resultRow));
}

function resultRow(way) {
  const { title, ours, writes, leaderChanges, leastMargin, elapsedMs, drainMs, calls, end } = way;
  const changes = sum(changesOf(calls));
  return [
    ours ? `**${title}**` : title,
    isLost(way) ? 'all from then on' : String(writes.failed),
    writes.lost === undefined ? 'unknown' : String(writes.lost),
    gapText(way),
    String(leaderChanges),
    String(leastMargin),
    way.exitCode === undefined ? `${seconds(elapsedMs)}, ${way.why}` : seconds(elapsedMs),
    drainMs === undefined ? 'not ended' : seconds(drainMs),
    `${sum(Object.entries(calls)) - changes} + ${changes}`,
    ENDS[end],
  ];
}

function wayText({ title, how, by, exitCode, mostVoters }) {
  const done = by === undefined ? '' : ` By ${by}, which ended with ${exitCode}.`;
  return `- **${title}**: ${how}${done} At most ${mostVoters} voters at a time.`;
}

function checkRow({ name, value, least, most }) {
  const bounds = [
    ...(least === undefined ? [] : [`at least ${least}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
  ];
  return [name, value === undefined ? 'not measured' : String(Math.round(value * 100) / 100), bounds.join(', ')];
}

/** Of ours, what took longest. */
function spentTable(ways) {
  const told = ways.filter(({ spent = [] }) => spent.length > 0);
  const text = ({ use, for: what, elapsedMs }) => `${what === null ? use : `${use} \`${what}\``} ${seconds(elapsedMs)}`;
  return tableOf(
    ['way', 'spent on'],
    told.map(({ title, spent }) => [title, spent.slice(0, SPENT_SHOWN).map(text).join(', ')]),
  );
}

/** Calls that are not reads. */
function changesOf(calls) {
  return Object.entries(calls).filter(([action]) => !/:(?:Describe|Get|List|Simulate)/.test(action));
}

function callText([action, count]) {
  return `${action.split(':')[1]} ${count}`;
}

function sum(counted) {
  return counted.reduce((total, [, count]) => total + count, 0);
}
