// Records a real roll in a real terminal (tmux) as a moving picture: docs/demo.svg. Usage:
//   node scripts/record-demo.mjs [-- ARGUMENTS OF demo]
// Needs tmux, and a build (npm run build). A real Consul is used where `consul-roll demo` finds one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileAt } from './from-schema.mjs';
import { movingPicture } from './recording/picture.mjs';

const SIZE = { columns: 96, rows: 30 };
const CAPTURE_INTERVAL_MS = 600;
/** The recording is shown this many times as fast. */
const FASTER = 3;
const LIMIT_MS = 10 * 60_000;
/** The longest wait and the shortest ending in the recording. */
const LONGEST_STILL_MS = 700;
const LAST_STILL_MS = 8_000;

const given = process.argv.indexOf('--');
const typed = ['consul-roll', 'demo', ...(given < 0 ? ['--size', '3'] : process.argv.slice(given + 1))].join(' ');
const folder = mkdtempSync(join(tmpdir(), 'recording-'));
const session = `record-${process.pid}`;
const tmux = (...args) => execFileSync('tmux', ['-L', session, ...args], { encoding: 'utf8' });

try {
  symlinkSync(fileAt('bin/run.js'), join(folder, 'consul-roll'));
  writeFileSync(join(folder, 'run.sh'), `PATH=${folder}:$PATH\nprintf '$ %s\\n' '${typed}'\nsleep 1\n${typed}\n`);
  const frames = await record();
  const picture = movingPicture(paced(frames), { ...SIZE, title: `${typed}, recorded, ${FASTER} times as fast` });
  writeFileSync(fileAt('docs/demo.svg'), picture);
  process.stdout.write(`docs/demo.svg: ${frames.length} frames, ${Math.round(picture.length / 1024)} KiB\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What the screen showed, and from when on, until the program ended. */
async function record() {
  const { columns, rows } = SIZE;
  const command = `bash ${join(folder, 'run.sh')}`;
  tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-x',
    `${columns}`,
    '-y',
    `${rows}`,
    ';',
    'set',
    '-g',
    'remain-on-exit',
    'on',
    ';',
    'set',
    '-g',
    'status',
    'off',
    ';',
    'respawn-pane',
    '-k',
    command,
  );
  try {
    const frames = [];
    const startMs = Date.now();
    for (let dead = false; !dead; await sleep(CAPTURE_INTERVAL_MS)) {
      if (Date.now() - startMs > LIMIT_MS) throw new Error('the demo does not end');
      dead = tmux('display', '-p', '#{pane_dead}').trim() === '1';
      const screen = tmux('capture-pane', '-e', '-p').replace(/\n*Pane is dead.*/s, '');
      if (screen !== frames.at(-1)?.screen) frames.push({ atMs: Date.now() - startMs, screen });
    }
    return frames;
  } finally {
    tmux('kill-server');
  }
}

/** For how long each screen is shown. */
function paced(frames) {
  return frames.map(({ atMs, screen }, n) => {
    const next = frames[n + 1];
    const forMs = next === undefined ? LAST_STILL_MS : Math.min((next.atMs - atMs) / FASTER, LONGEST_STILL_MS);
    return { screen, forMs };
  });
}
