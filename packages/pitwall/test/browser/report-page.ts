import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { Report } from '../../src/model/report.ts';
import { renderHtml } from '../../src/report/html.ts';
import { openBrowser, watch } from './chromium.ts';

/** What the tests of HTML reports share: a report that is opened from a file, as a reader does. */

export interface View {
  readonly width: number;
  /** Default: light. */
  readonly colorScheme?: 'light' | 'dark';
}

/** Shows a report to `look`; fails when its page says anything to the console, or asks for anything but itself. */
export type WithReport = (report: Report, view: View, look: (page: Page) => Promise<void>) => Promise<void>;

/** For use inside a `describe`: one browser for all of its tests, ended after them. */
export function reportPages(): WithReport {
  let browser: Browser;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pitwall-report-'));
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  return async (report, view, look) => {
    const file = join(folder, 'report.html');
    await writeFile(file, renderHtml(report));
    const page = await browser.newPage({
      viewport: { width: view.width, height: 900 },
      colorScheme: view.colorScheme ?? 'light',
    });
    try {
      const { said, requested } = watch(page);
      await page.goto(pathToFileURL(file).href);
      await look(page);
      assert.deepEqual(said, []);
      assert.deepEqual(requested, [pathToFileURL(file).href]);
    } finally {
      await page.close();
    }
  };
}

/** By how many pixels the page is wider than its window: 0 when nobody has to scroll sideways. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Opens all that can be unfolded. */
export function openAll(page: Page): Promise<void> {
  return page.$$eval('details', (all) => {
    for (const one of all) one.open = true;
  });
}
