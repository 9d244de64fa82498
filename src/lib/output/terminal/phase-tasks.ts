import {
  type DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels,
  ListrLogger,
  ListrTaskState,
  type ListrTaskWrapper,
  ProcessOutput,
  type SimpleRenderer,
} from 'listr2';
import type { PhaseState } from '../phase-state.js';
import { FORWARD_PHASES, type RollPhase } from '../progress.js';
import { applyStyle, type StyledLine } from '../text/format.js';
import type { Frame, PhaseFrame, Size } from './frame.js';
import { createLiveRenderer, ScreenRenderer } from './screen-renderer.js';

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

const TASK_STATES: Readonly<Record<PhaseState, ListrTaskState>> = {
  waiting: ListrTaskState.WAITING,
  running: ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  skipped: ListrTaskState.SKIPPED,
};

/** A task without a title shows at the foot of the screen; one whose title is blank does not show at all. */
const BLANK_TITLE = ' ';
const TASK_NAMES: readonly (RollPhase | 'foot')[] = [...FORWARD_PHASES, 'rollback', 'foot'];

/**
 * A listr2 list with one task a stage, which do nothing but wait: what they show is set from outside, picture by
 * picture. So the roll never waits for the screen.
 */
export class PhaseTasks {
  readonly #colour: boolean;
  readonly #tasks = new Map<RollPhase | 'foot', Task>();
  readonly #running: Promise<unknown>;
  readonly #started: Promise<void>;
  #finish: () => void = () => undefined;
  #frame: Frame | undefined;

  /**
   * @param stream where the pictures go; what others write there meanwhile is kept back until the end
   * @param size how large it is now
   */
  constructor(stream: NodeJS.WriteStream, colour: boolean, size: () => Size) {
    this.#colour = colour;
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    let start: () => void = () => undefined;
    this.#started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const output = new ProcessOutput(stream, process.stdout);
    const painter = new ScreenRenderer({ write: (text) => output.toStdout(text, false), size });
    const renderer = createLiveRenderer({ renderer: painter, heading: () => this.#frame?.heading ?? [] });
    const listr = new Listr<unknown, typeof DefaultRenderer, 'simple'>(
      TASK_NAMES.map((name) => ({
        ...(name === 'foot' ? {} : { title: BLANK_TITLE }),
        task: (_: unknown, task: Task) => {
          this.#tasks.set(name, task);
          if (this.#tasks.size === TASK_NAMES.length) start();
          return finished;
        },
      })),
      { ...LISTR_OPTIONS, renderer, rendererOptions: buildRendererOptions(output) },
    );
    this.#running = listr.run();
  }

  show(frame: Frame): void {
    this.#frame = frame;
    for (const stage of frame.phases) this.#showPhase(stage);
    const shown = frame.phases.map(({ phase: stage }) => stage);
    for (const [name, task] of this.#tasks) {
      if (name !== 'foot' && !shown.includes(name)) hideTask(task);
    }
    const foot = this.#tasks.get('foot');
    if (foot !== undefined) setOutput(foot, frame.footer.join('\n'));
  }

  /** Leaves the stages' own lines on the screen, and gives the screen back. */
  async end(): Promise<void> {
    await this.#started;
    if (this.#frame !== undefined) this.show(this.#frame);
    this.#finish();
    await this.#running;
  }

  #showPhase({ phase: stage, state, title, detail }: PhaseFrame): void {
    const task = this.#tasks.get(stage);
    if (task === undefined) return;
    const shown = applyStyle({ text: title, style: chooseTitleStyle(state) }, this.#colour);
    setTitle(task, shown);
    if (task.task.state !== TASK_STATES[state]) task.task.state$ = TASK_STATES[state];
    // listr2 forgets where the output of a finished task goes, and throws.
    if (state !== 'running') return;
    setOutput(task, detail.map((line) => applyStyle(line, this.#colour)).join('\n'));
  }
}

/** Neither a title nor, as it would have while it runs, lines under it. */
function hideTask(task: Task): void {
  setTitle(task, BLANK_TITLE);
  if (task.task.state === ListrTaskState.STARTED) task.task.state$ = ListrTaskState.WAITING;
}

function setTitle(task: Task, title: string): void {
  if (task.title !== title) task.title = title;
}

/** Every assignment draws the whole screen again, so only what is new is assigned. */
function setOutput(task: Task, output: string): void {
  if ((task.task.output ?? '') !== output) task.output = output;
}

/** Ctrl-C belongs to the roll, and a failed stage is no reason to stop showing the others. */
const LISTR_OPTIONS = {
  concurrent: true,
  exitOnError: false,
  registerSignalListeners: false,
} as const;

function buildRendererOptions(processOutput: ProcessOutput) {
  return {
    logger: new ListrLogger<ListrDefaultRendererLogLevels>({ useIcons: true, toStderr: [], processOutput }),
    icon: {
      [ListrDefaultRendererLogLevels.OUTPUT]: '',
      [ListrDefaultRendererLogLevels.OUTPUT_WITH_BOTTOMBAR]: '',
    },
    removeEmptyLines: false,
  } as const;
}

function chooseTitleStyle(state: PhaseState): StyledLine['style'] {
  if (state === 'failed') return 'bad';
  return state === 'waiting' || state === 'skipped' ? 'faint' : 'plain';
}
