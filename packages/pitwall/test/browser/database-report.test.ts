import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostileReport } from '../../src/report/fixtures/hostile-report.ts';
import { sampleDatabase } from '../../src/report/fixtures/sample-database.ts';
import { skipBrowser } from './chromium.ts';
import { openAll, overflow, reportPages } from './report-page.ts';

describe('the page of a database in a browser', { skip: skipBrowser }, () => {
  const withReport = reportPages();

  for (const width of [1200, 360]) {
    it(`shows statements, plan, indexes and sweep at ${width} pixels without scrolling sideways`, async () => {
      await withReport(sampleDatabase(), { width }, async (page) => {
        await openAll(page);
        assert.equal(await overflow(page), 0);
        const shown = (await page.textContent('body')) ?? '';
        for (const word of [
          'Statements of db',
          'Plan on db',
          'Indexes of db',
          '168× less cost',
          'Seq Scan on orders o',
        ])
          assert.ok(shown.includes(word), word);
        const boxes = await page.$$eval('svg.chart', (all) => all.map((one) => one.getBoundingClientRect().toJSON()));
        assert.equal(boxes.length, 1);
        for (const box of boxes) assert.ok(box.width > 100 && box.height > 50, JSON.stringify(box));
      });
    });

    it(`runs and loads nothing that a statement or a plan holds, at ${width} pixels`, async () => {
      await withReport(hostileReport(sampleDatabase()), { width }, async (page) => {
        await openAll(page);
        assert.equal(await overflow(page), 0);
        assert.equal(await page.locator('script, img, iframe, a[href^="javascript"]').count(), 0);
        assert.ok(((await page.textContent('body')) ?? '').includes('<script>alert(1)</script>'));
      });
    });
  }
});
