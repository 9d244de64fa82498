import type { Screen, View } from './view.js';

export type ViewKind = 'terminal' | 'plain' | 'github' | 'silent';

/** The live view needs at least this size. */
const MIN_ROWS = 20;
const MIN_COLUMNS = 60;

/** The view for a stream: live tasks on a terminal that can show them, otherwise plain lines. */
export function detectViewKind(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>,
  env: NodeJS.ProcessEnv,
): 'terminal' | 'plain' {
  const capable = stream.isTTY && env.TERM !== 'dumb' && !isVariableSet(env.CI);
  const roomy = stream.rows >= MIN_ROWS && stream.columns >= MIN_COLUMNS;
  return capable && roomy ? 'terminal' : 'plain';
}

/** Whether the terminal shows colour and `NO_COLOR` is not set (https://no-color.org). */
export function supportsColour(stream: Pick<NodeJS.WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && env.TERM !== 'dumb' && (env.NO_COLOR ?? '') === '';
}

/** Loads only the requested view: live tasks import listr2. */
export async function createView(kind: ViewKind, screen: Screen): Promise<View> {
  if (kind === 'terminal') return new (await import('./terminal/terminal-view.js')).TerminalView(screen);
  if (kind === 'plain') return new (await import('./plain/plain-view.js')).PlainView(screen);
  if (kind === 'github') return new (await import('./github/github-view.js')).GithubView(screen);
  return (await import('./view.js')).SILENT_VIEW;
}

function isVariableSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
