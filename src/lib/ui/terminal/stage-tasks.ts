import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels,
  ListrLogger,
  ListrTaskState,
  type ListrTaskWrapper,
  ProcessOutput,
  type SimpleRenderer,
} from 'listr2';
import { STAGES, type Stage } from '../progress.js';
import type { ToneLine } from '../server-lines.js';
import type { StageState } from '../stage-state.js';
import { painted } from '../tone.js';
import type { Frame, StageFrame } from './frame.js';

/** The usual renderer looks at standard output for a terminal; this one draws on standard error. */
class LiveRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

type Task = ListrTaskWrapper<unknown, typeof LiveRenderer, typeof SimpleRenderer>;

const STATES: Readonly<Record<StageState, ListrTaskState>> = {
  waiting: ListrTaskState.WAITING,
  running: ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  skipped: ListrTaskState.SKIPPED,
};

/** A task without a title shows at the foot of the screen; one whose title is blank does not show at all. */
const BLANK = ' ';

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

  /** @param stream where the pictures go; what others write there meanwhile is kept back until the end */
  constructor(stream: NodeJS.WriteStream, colour: boolean) {
    this.#colour = colour;
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    let start: () => void = () => undefined;
    this.#started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const stages: (Stage | 'foot')[] = [...STAGES, 'back', 'foot'];
    const listr = new Listr<unknown, typeof LiveRenderer, 'simple'>(
      stages.map((stage) => ({
        ...(stage === 'foot' ? {} : { title: BLANK }),
        task: (_: unknown, task: Task) => {
          this.#tasks.set(stage, task);
          if (this.#tasks.size === stages.length) start();
          return finished;
        },
      })),
      { ...BEHAVIOUR, rendererOptions: rendererOptions(stream) },
    );
    this.#running = listr.run();
  }

  show(frame: Frame): void {
    this.#frame = frame;
    for (const stage of frame.stages) this.#showStage(stage);
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
    if (task.title !== shown) task.title = shown;
    if (task.task.state !== STATES[state]) task.task.state$ = STATES[state];
    // listr2 forgets where the output of a finished task goes, and throws.
    if (state !== 'running') return;
    setOutput(task, detail.map((line) => painted(line, this.#colour)).join('\n'));
  }
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
  renderer: LiveRenderer,
} as const;

function rendererOptions(stream: NodeJS.WriteStream) {
  const processOutput = new ProcessOutput(stream, process.stdout);
  return {
    logger: new ListrLogger<ListrDefaultRendererLogLevels>({ useIcons: true, toStderr: [], processOutput }),
    icon: {
      [ListrDefaultRendererLogLevels.OUTPUT]: '',
      [ListrDefaultRendererLogLevels.OUTPUT_WITH_BOTTOMBAR]: '',
    },
    formatOutput: 'truncate',
    removeEmptyLines: false,
  } as const;
}

function titleTone(state: StageState): ToneLine['tone'] {
  if (state === 'failed') return 'bad';
  return state === 'waiting' || state === 'skipped' ? 'faint' : 'plain';
}
