import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** Whether tmux is installed. */
export function hasTmux(): boolean {
  return spawnSync('tmux', ['-V']).status === 0;
}

/** A terminal in a tmux server of its own, separate from the user's. */
export interface Pane {
  /** What is on the screen. */
  screen(): string[];
  /** The same with everything that has scrolled away above it. */
  everything(): string[];
  /** As `C-c` names them. */
  press(...keys: readonly string[]): void;
  /** The second screen, the one without scrollback, is shown. */
  isSecond(): boolean;
  hasCursor(): boolean;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** Runs a command in a terminal of this size; what it leaves on the screen stays. */
export function openPane(command: readonly string[], columns: number, rows: number): Pane {
  const socket = `consul-roll-${randomBytes(4).toString('hex')}`;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  const size = (x: number, y: number) => ['-x', String(x), '-y', String(y)];
  // The shell waits afterwards, so that the screen can still be read; keys are not for it.
  const kept = `trap : INT; ${command.map((word) => `'${word}'`).join(' ')}; read -r _`;
  tmux('new-session', '-d', ...size(columns, rows), kept, ';', 'set-option', '-g', 'status', 'off');
  tmux('resize-window', ...size(columns, rows));
  const lines = (text: string) => text.replace(/\n+$/, '').split('\n');
  return {
    screen: () => lines(tmux('capture-pane', '-p')),
    everything: () => lines(tmux('capture-pane', '-p', '-S', '-')),
    press: (...keys) => void tmux('send-keys', ...keys),
    isSecond: () => tmux('display-message', '-p', '#{alternate_on}').trim() === '1',
    hasCursor: () => tmux('display-message', '-p', '#{cursor_flag}').trim() === '1',
    resize: (x, y) => void tmux('resize-window', ...size(x, y)),
    close: () => void tmux('kill-server'),
  };
}
