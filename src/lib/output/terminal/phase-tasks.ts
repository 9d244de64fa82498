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
import type { StageState } from '../phase-state.js';
import { STAGES, type Stage } from '../progress.js';
import type { ToneLine } from '../server-list.js';
import { painted } from '../text/format.js';
import type { Frame, Room, StageFrame } from './frame.js';
import { liveRenderer, Painter } from './screen-renderer.js';

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

const STATES: Readonly<Record<StageState, ListrTaskState>> = {
  waiting: ListrTaskState.WAITING,
  running: ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  skipped: ListrTaskState.SKIPPED,
};

/** A task without a title shows at the foot of the screen; one whose title is blank does not show at all. */
const BLANK = ' ';
const NAMES: readonly (Stage | 'foot')[] = [...STAGES, 'back', 'foot'];

/**
 * A listr2 list with one task a stage, which do nothing but wait: what they show is set from outside, picture by
 * picture. So the roll never waits for the screen.
 */
export class StageTasks {
  readonly #colour: boolean;
  readonly #tasks = new Map<Stage | 'foot', Task>();
  readonly #running: Promise<unknown>;
  readonly #started: Promise<void>;
  #finish: () => void = () => undefined;
  #frame: Frame | undefined;

  /**
   * @param stream where the pictures go; what others write there meanwhile is kept back until the end
   * @param size how large it is now
   */
  constructor(stream: NodeJS.WriteStream, colour: boolean, size: () => Room) {
    this.#colour = colour;
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    let start: () => void = () => undefined;
    this.#started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const output = new ProcessOutput(stream, process.stdout);
    const painter = new Painter({ write: (text) => output.toStdout(text, false), size });
    const renderer = liveRenderer({ painter, heading: () => this.#frame?.heading ?? [] });
    const listr = new Listr<unknown, typeof DefaultRenderer, 'simple'>(
      NAMES.map((name) => ({
        ...(name === 'foot' ? {} : { title: BLANK }),
        task: (_: unknown, task: Task) => {
          this.#tasks.set(name, task);
          if (this.#tasks.size === NAMES.length) start();
          return finished;
        },
      })),
      { ...BEHAVIOUR, renderer, rendererOptions: rendererOptions(output) },
    );
    this.#running = listr.run();
  }

  show(frame: Frame): void {
    this.#frame = frame;
    for (const stage of frame.stages) this.#showStage(stage);
    const shown = frame.stages.map(({ stage }) => stage);
    for (const [name, task] of this.#tasks) {
      if (name !== 'foot' && !shown.includes(name)) hide(task);
    }
    const foot = this.#tasks.get('foot');
    if (foot !== undefined) setOutput(foot, frame.foot.join('\n'));
  }

  /** Leaves the stages' own lines on the screen, and gives the screen back. */
  async end(): Promise<void> {
    await this.#started;
    if (this.#frame !== undefined) this.show(this.#frame);
    this.#finish();
    await this.#running;
  }

  #showStage({ stage, state, title, detail }: StageFrame): void {
    const task = this.#tasks.get(stage);
    if (task === undefined) return;
    const shown = painted({ text: title, tone: titleTone(state) }, this.#colour);
    setTitle(task, shown);
    if (task.task.state !== STATES[state]) task.task.state$ = STATES[state];
    // listr2 forgets where the output of a finished task goes, and throws.
    if (state !== 'running') return;
    setOutput(task, detail.map((line) => painted(line, this.#colour)).join('\n'));
  }
}

/** Neither a title nor, as it would have while it runs, lines under it. */
function hide(task: Task): void {
  setTitle(task, BLANK);
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
const BEHAVIOUR = {
  concurrent: true,
  exitOnError: false,
  registerSignalListeners: false,
} as const;

function rendererOptions(processOutput: ProcessOutput) {
  return {
    logger: new ListrLogger<ListrDefaultRendererLogLevels>({ useIcons: true, toStderr: [], processOutput }),
    icon: {
      [ListrDefaultRendererLogLevels.OUTPUT]: '',
      [ListrDefaultRendererLogLevels.OUTPUT_WITH_BOTTOMBAR]: '',
    },
    removeEmptyLines: false,
  } as const;
}

function titleTone(state: StageState): ToneLine['tone'] {
  if (state === 'failed') return 'bad';
  return state === 'waiting' || state === 'skipped' ? 'faint' : 'plain';
}
