import { figures, Listr, type ListrRenderer, ProcessOutput, Spinner } from 'listr2';
import { toOutputLine } from '../../model/printable.js';
import type { PhaseState } from '../phase-state.js';
import { FORWARD_PHASES, type RollPhase } from '../progress.js';
import { applyStyle, type Style } from '../text/format.js';
import type { Frame, PhaseFrame, Size } from './frame.js';
import { ScreenRenderer } from './screen-renderer.js';

const PHASE_NAMES: readonly RollPhase[] = [...FORWARD_PHASES, 'rollback'];
type FinalState = Extract<PhaseState, 'done' | 'failed' | 'skipped'>;

/**
 * A listr2 list with one task a phase. A task ends when its phase first ends; the roll never waits for the list. Two
 * phases may alternate (grow and drain), which a task cannot, so that the renderer draws the frames themselves.
 */
export class PhaseTasks {
  readonly #endings = new Map(PHASE_NAMES.map((name) => [name, createEnding()]));
  readonly #renderer: { draw(): void };
  readonly #running: Promise<unknown>;
  #frame: Frame | undefined;

  /** @param stream while the list runs, what others write to it is kept until the end */
  constructor(stream: NodeJS.WriteStream, colour: boolean, size: () => Size) {
    const getFrame = () => this.#frame;
    const { renderer, draw } = createFrameRenderer({ stream, colour, size, getFrame });
    this.#renderer = { draw };
    const listr = new Listr<unknown, typeof ListrRenderer, typeof ListrRenderer>(
      [...this.#endings].map(([name, { ended }]) => ({
        title: name,
        task: async (_, task) => {
          const state = await ended;
          if (state === 'skipped') task.skip();
          if (state === 'failed') throw new Error(`${name} failed`);
        },
      })),
      // Ctrl-C belongs to the roll, and the list outlives a failed phase.
      { renderer, concurrent: true, exitOnError: false, registerSignalListeners: false },
    );
    this.#running = listr.run();
  }

  show(frame: Frame): void {
    this.#frame = frame;
    for (const { phase, state } of frame.phases) {
      if (state !== 'waiting' && state !== 'running') this.#endings.get(phase)?.end(state);
    }
    this.#renderer.draw();
  }

  /** Leaves one line a phase on the screen, and restores the screen. */
  async end(): Promise<void> {
    for (const { end } of this.#endings.values()) end('skipped');
    await this.#running;
  }
}

function createEnding() {
  let end: (state: FinalState) => void = () => undefined;
  const ended = new Promise<FinalState>((resolve) => {
    end = resolve;
  });
  return { ended, end };
}

interface FrameSource {
  readonly stream: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly size: () => Size;
  getFrame(): Frame | undefined;
}

/** A renderer of listr2 that draws the current frame, once for all changes of one turn of the event loop. */
function createFrameRenderer({ stream, colour, size, getFrame }: FrameSource) {
  const output = new ProcessOutput(stream, process.stdout);
  const screen = new ScreenRenderer({ write: (text) => output.toStdout(text, false), size });
  const spinner = new Spinner();
  let isDue = false;
  const draw = (): void => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      screen.render(formatFrame(getFrame(), spinner.fetch(), colour));
    });
  };
  const renderer = class FrameRenderer {
    /** listr2 would look for a terminal at standard output; the frames go to standard error. */
    static readonly nonTTY = true;
    static readonly rendererOptions = {};
    static readonly rendererTaskOptions = {};

    readonly render = (): void => {
      output.hijack();
      screen.open();
      spinner.start(draw);
    };

    readonly end = (): void => {
      spinner.stop();
      screen.close();
      const phases = getFrame()?.phases ?? [];
      output.toStdout(phases.map((phase) => formatPhase(phase, spinner.fetch(), colour)).join('\n'));
      output.release();
    };
  };
  return { renderer, draw };
}

function formatFrame(frame: Frame | undefined, spinner: string, colour: boolean): readonly string[] {
  if (frame === undefined) return [];
  const phases = frame.phases.flatMap((phase) => [
    formatPhase(phase, spinner, colour),
    ...phase.detail.map((line, index) => (index === 0 ? '  ' : '    ') + applyStyle(line, colour)),
  ]);
  return [...frame.heading.map(toOutputLine), ...phases, '', ...frame.footer.map(toOutputLine)];
}

const ICONS: Readonly<Record<PhaseState, { readonly icon?: string; readonly style: Style }>> = {
  waiting: { icon: figures.squareSmallFilled, style: 'faint' },
  running: { style: 'busy' },
  done: { icon: figures.tick, style: 'good' },
  failed: { icon: figures.cross, style: 'bad' },
  skipped: { icon: figures.arrowDown, style: 'busy' },
};

function formatPhase({ state, title }: PhaseFrame, spinner: string, colour: boolean): string {
  const { icon = spinner, style } = ICONS[state];
  return `${applyStyle({ text: icon, style }, colour)} ${applyStyle({ text: title, style: chooseTitleStyle(state) }, colour)}`;
}

function chooseTitleStyle(state: PhaseState): Style {
  if (state === 'failed') return 'bad';
  return state === 'waiting' || state === 'skipped' ? 'faint' : 'plain';
}
