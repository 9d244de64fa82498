import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildRenderedReport } from '../../src/lib/output/report/page.js';
import { type Browser, chromium, findViolations, launchBrowser, openFile } from '../helpers/browser.js';
import { ROLLS, readRollFile } from '../helpers/rolls.js';

const THEMES = ['light', 'dark'] as const;
const CASES = ROLLS.flatMap((roll) => [1280, 390].flatMap((width) => THEMES.map((theme) => ({ roll, width, theme }))));
const OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true })";
const ROWS = "[...document.querySelectorAll('tr.event')].filter((row) => row.checkVisibility()).length";

describe.skipIf(chromium === undefined)('the report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'consul-roll-report-'));
  const fileOf = (roll: string) => join(folder, `${roll}.html`);
  let browser: Browser;

  beforeAll(async () => {
    for (const roll of ROLLS)
      writeFileSync(fileOf(roll), buildRenderedReport([readRollFile(roll)], [], undefined).page);
    browser = await launchBrowser(chromium ?? '');
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(CASES)('breaks no rule, asks for nothing and fits: $roll, $width, $theme', async (one) => {
    const { page, requests, close } = await openFile(browser, fileOf(one.roll), one.width, one.theme);
    await page.evaluate(OPEN_ALL);
    expect(await findViolations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(one.width);
    expect(requests).toEqual([pathToFileURL(fileOf(one.roll)).href]);
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(one.theme === 'light' ? 'rgb(244, 245, 247)' : 'rgb(14, 17, 22)');
    await close();
  });

  it('unfolds its tables and chooses its events by the keyboard', async () => {
    const { page, close } = await openFile(browser, fileOf('rolled'), 1280, 'light');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate("document.querySelector('details').open")).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const all = await page.evaluate<number>(ROWS);
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.id')).toBe('show-step');
    const steps = await page.evaluate<number>(ROWS);
    expect(steps).toBe(await page.evaluate("document.querySelectorAll('tr.event.step').length"));
    expect(steps).toBeLessThan(all);
    await close();
  });
});
