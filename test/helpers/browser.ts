import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const BROWSER_NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The part of playwright-core that is used here; it is loaded where a browser is there to be driven. */
export interface Browser {
  newContext(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>;
  close(): Promise<void>;
}
export interface Page {
  on(event: 'request', heard: (request: { url(): string }) => void): unknown;
  goto(url: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  keyboard: { press(key: string): Promise<void> };
}

/** Path of a Chromium: CHROMIUM_BIN, or one on the PATH; undefined where there is none, which is said. */
export const chromium = findChromium();

function findChromium(): string | undefined {
  const found = process.env.CHROMIUM_BIN ?? BROWSER_NAMES.map(findOnPath).find((path) => path !== undefined);
  if (found === undefined) {
    process.stderr.write('SKIPPED: no Chromium; set CHROMIUM_BIN or put chromium on the PATH.\n');
  }
  return found;
}

function findOnPath(name: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** A browser that shows nothing and keeps to itself, with a profile of its own. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return require('playwright-core').chromium.launch({ executablePath, args: BROWSER_FLAGS });
}

/** What an opened file is like. */
export interface OpenedPage {
  readonly page: Page;
  /** Everything it asked for, itself included. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Opens a file from the disk, `width` pixels wide. Its own security policy holds. */
export async function openFile(
  browser: Browser,
  path: string,
  width: number,
  colorScheme: 'light' | 'dark',
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => void requests.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  return { page, requests, close: () => context.close() };
}

/** The rules of axe-core that a page breaks, each with the elements. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))",
  );
}
