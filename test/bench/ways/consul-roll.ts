import { once } from 'node:events';
import type { BenchSite, Way, WayEnd } from './way.js';

/** As `--interval` is when it is left out. */
const INTERVAL_MS = 5_000;

/** The program as an operator runs it, with its default settings. */
function createConsulRollWay(way: Pick<Way, 'id' | 'title' | 'how'>, flags: readonly string[]): Way {
  return { ...way, ours: true, limitMs: 900_000, replace: (site) => upgrade(site, flags) };
}

async function upgrade(site: BenchSite, flags: readonly string[]): Promise<WayEnd> {
  const order = ['--cluster', site.loadBalancerName, '--ami', site.imageId, '--yes', '--json'];
  const pace = ['--interval', `${INTERVAL_MS / site.speed}ms`, '--snapshot-dir', site.folder];
  const started = site.program.start(['upgrade', ...order, ...pace, ...flags], site.env);
  const kill = () => started.child.kill('SIGKILL');
  site.signal.addEventListener('abort', kill, { once: true });
  try {
    const { exitCode, stdout, stderr } = await started.ended;
    if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${(stderr || stdout).slice(-2_000)}`);
    return { exitCode, by: 'consul-roll', spent: JSON.parse(stdout).time.sums };
  } finally {
    site.signal.removeEventListener('abort', kill);
    if (started.child.exitCode === null && started.child.signalCode === null) {
      kill();
      await once(started.child, 'close');
    }
  }
}

export const besideWay = createConsulRollWay(
  {
    id: 'beside',
    title: 'consul-roll',
    how: 'A new group beside the old one; the old servers leave once the new ones pass every gate.',
  },
  [],
);

export const inPlaceWay = createConsulRollWay(
  {
    id: 'in-place',
    title: 'consul-roll, in place',
    how: 'The same group, one server beyond its size at a time (`--strategy in-place`).',
  },
  ['--strategy', 'in-place', '--surge', '1'],
);

export const inPlaceByTwoWay = createConsulRollWay(
  {
    id: 'in-place-2',
    title: 'consul-roll, in place, two at a time',
    how: 'The same group, two servers beyond its size at a time (`--strategy in-place --surge 2`).',
  },
  ['--strategy', 'in-place', '--surge', '2'],
);
