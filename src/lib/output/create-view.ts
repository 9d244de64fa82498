import type { Screen, View } from './view.js';

export type ViewKind = 'terminal' | 'plain' | 'github' | 'silent';

/** Fewer lines than this hold no picture worth having. */
const MIN_ROWS = 20;
const MIN_COLUMNS = 60;

/** The view for where the output goes: live tasks on a terminal that can show them, otherwise plain lines. */
export function detectViewKind(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>,
  env: NodeJS.ProcessEnv,
): 'terminal' | 'plain' {
  const capable = stream.isTTY && env.TERM !== 'dumb' && !isVariableSet(env.CI);
  const roomy = stream.rows >= MIN_ROWS && stream.columns >= MIN_COLUMNS;
  return capable && roomy ? 'terminal' : 'plain';
}

/** Colour where a terminal shows it and nobody minds (`NO_COLOR`, https://no-color.org). */
export function supportsColour(stream: Pick<NodeJS.WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && env.TERM !== 'dumb' && (env.NO_COLOR ?? '') === '';
}

/** Loads only the view that is asked for: live tasks bring listr2 along. */
export async function createView(kind: ViewKind, screen: Screen): Promise<View> {
  if (kind === 'terminal') return new (await import('./terminal/terminal-view.js')).TerminalView(screen);
  if (kind === 'plain') return new (await import('./plain/plain-view.js')).PlainView(screen);
  if (kind === 'github') return new (await import('./github/github-view.js')).GithubView(screen);
  return (await import('./view.js')).SILENT_VIEW;
}

function isVariableSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
