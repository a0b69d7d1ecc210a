import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { hostileReport } from '../../src/report/fixtures/hostile-report.ts';
import { bareReport, sampleReport } from '../../src/report/fixtures/sample-report.ts';
import { skipBrowser } from './chromium.ts';
import { openAll, overflow, reportPages } from './report-page.ts';

describe('the HTML report in a browser', { skip: skipBrowser }, () => {
  const withReport = reportPages();

  for (const width of [1280, 360]) {
    it(`shows everything at ${width} pixels, with charts and without scrolling sideways`, async () => {
      await withReport(sampleReport(), { width }, async (page) => {
        assert.match(await page.title(), /vending/);
        const boxes = await page.$$eval('svg.chart', (all) => all.map((one) => one.getBoundingClientRect().toJSON()));
        for (const { width: w, height } of boxes) assert.ok(w > 100 && height > 50, `${w} × ${height}`);
        const named = await page.$$eval('svg.chart', (all) =>
          all.map((one) => [
            one.querySelector(':scope > title')?.textContent ?? '',
            one.querySelector(':scope > desc')?.textContent ?? '',
          ]),
        );
        // Before and after, by endpoint, by percentile, and four panels over time.
        assert.equal(named.length, 7);
        for (const texts of named) assert.ok(texts.every((text) => text.length > 10));
        assert.equal(await overflow(page), 0);
        const shown = (await page.textContent('body')) ?? '';
        for (const word of ['CRIT', 'MISS', 'NO DATA', 'PASS', 'KEPT', 'ROLLED BACK', '271× faster', 'CREATE INDEX'])
          assert.ok(shown.includes(word), word);
      });
    });
  }

  it('has charts whose text stays inside the page and does not overlap', async () => {
    for (const width of [1280, 360]) {
      await withReport(sampleReport(), { width }, async (page) => {
        const texts = await page.$$eval('svg.chart', (charts) =>
          charts.map((one) => {
            const edges = one.getBoundingClientRect();
            return [...one.querySelectorAll('text')]
              .filter((text) => text.getClientRects().length > 0)
              .map((text) => {
                const { left, right, top, bottom } = text.getBoundingClientRect();
                const inside = left >= edges.left - 1 && right <= edges.right + 1 && bottom <= edges.bottom + 1;
                return { text: text.textContent, inside, left, right, top: top + 2, bottom: bottom - 2 };
              });
          }),
        );
        for (const inside of texts) {
          for (const [i, a] of inside.entries()) {
            assert.ok(a.inside, `"${a.text}" reaches out of its chart at ${width}`);
            for (const b of inside.slice(i + 1)) {
              const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
              assert.ok(apart || a.text === '×' || b.text === '×', `"${a.text}" lies on "${b.text}" at ${width}`);
            }
          }
        }
      });
    }
  });

  it('turns dark where the reader prefers it, with readable text', async () => {
    const colors = async (colorScheme: 'light' | 'dark'): Promise<readonly number[]> => {
      let contrasts: readonly number[] = [];
      await withReport(sampleReport(), { width: 1280, colorScheme }, async (page) => {
        contrasts = await page.evaluate(() => {
          const luminance = (color: string): number => {
            const [r, g, b] = (color.match(/[\d.]+/g) ?? []).map((part) => {
              const share = Number(part) / 255;
              return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
          };
          const background = (node: Element): string => {
            const color = getComputedStyle(node).backgroundColor;
            return color !== 'rgba(0, 0, 0, 0)' || !node.parentElement ? color : background(node.parentElement);
          };
          const elements = [...document.querySelectorAll('h1, h2, p, td, th, .badge, pre, summary, footer, .tiles b')];
          return [
            luminance(getComputedStyle(document.body).backgroundColor),
            ...elements.map((node) => {
              const pair = [luminance(getComputedStyle(node).color), luminance(background(node))].sort((a, b) => b - a);
              return (pair[0]! + 0.05) / (pair[1]! + 0.05);
            }),
          ];
        });
      });
      return contrasts;
    };
    const [light, dark] = [await colors('light'), await colors('dark')];
    assert.ok(light[0]! > 0.8 && dark[0]! < 0.05);
    assert.ok(light.length > 50);
    assert.ok(Math.min(...light.slice(1), ...dark.slice(1)) >= 4.5);
  });

  it('keeps hostile strings inert', async () => {
    const kinds = (page: Page): Promise<string[]> =>
      page.evaluate(() => [...new Set([...document.querySelectorAll('*')].map((node) => node.localName))].sort());
    let expected: string[] = [];
    await withReport(sampleReport(), { width: 360 }, async (page) => {
      expected = await kinds(page);
    });
    await withReport(hostileReport(), { width: 360 }, async (page) => {
      assert.deepEqual(await kinds(page), expected);
      assert.equal(await page.$$eval('script, img, a, iframe, [onerror]', (all) => all.length), 0);
      assert.ok(((await page.textContent('body')) ?? '').includes('<script>alert(1)</script>'));
      await openAll(page);
      for (const width of [360, 640, 781, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        assert.equal(await overflow(page), 0, `scrolls sideways at ${width}`);
      }
    });
  });

  it('is complete when little is known', async () => {
    const bare = { ...bareReport(), targets: sampleReport().targets };
    await withReport(bare, { width: 360 }, async (page) => {
      assert.equal(await page.$$eval('svg, table', (all) => all.length), 0);
      assert.match((await page.textContent('body')) ?? '', /vending/);
    });
  });
});
