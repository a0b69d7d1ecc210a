import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadTick } from '../../src/model/load.ts';
import type { Report } from '../../src/model/report.ts';
import { hostileReport } from '../../src/report/fixtures/hostile-report.ts';
import { sampleLoadReport, sampleOpenLoad } from '../../src/report/fixtures/sample-load-report.ts';
import { renderHtml } from '../../src/report/html.ts';
import { skipBrowser } from './chromium.ts';
import { openAll, overflow, reportPages } from './report-page.ts';

const PANELS = [
  'over-time-heat',
  'over-time-percentiles',
  'over-time-throughput',
  'over-time-in-flight',
  'over-time-series-0',
  'over-time-series-1',
  'over-time-series-2',
];

/** Two hours, with an error in one second of them. */
function longReport(): Report {
  const load = sampleOpenLoad(20);
  const timeline = Array.from(
    { length: 7_200 },
    (_, i): LoadTick => ({
      ...load.timeline[i % 20]!,
      at: i + 1,
      errors: i === 4_321 ? 1 : 0,
    }),
  );
  return sampleLoadReport({ ...load, duration: 7_200, timeline });
}

describe('the HTML report of a load in a browser', { skip: skipBrowser }, () => {
  const withReport = reportPages();

  for (const width of [1280, 390]) {
    it(`stacks all that happened on one time axis at ${width} pixels`, async () => {
      await withReport(sampleLoadReport(), { width }, async (page) => {
        const panels = await page.$$eval('.stack svg.chart', (all) =>
          all.map((one) => {
            const { left, right, top, bottom } = one.getBoundingClientRect();
            const id = (one.getAttribute('aria-labelledby') ?? '').split(' ')[0]!.replace(/-title$/, '');
            const lines = [...one.querySelectorAll(':scope > line.grid, :scope > g > line.grid')]
              .map((grid) => grid.getBoundingClientRect())
              .filter((box) => box.width < 2 && box.height > 20)
              .map((box) => Math.round(box.left));
            const labels = [...one.querySelectorAll('text')].map((text) => text.textContent);
            return { id, left, right, top, bottom, lines, labels };
          }),
        );
        assert.deepEqual(
          panels.map(({ id }) => id),
          PANELS,
        );
        const [first] = panels;
        for (const [i, panel] of panels.entries()) {
          assert.deepEqual([panel.left, panel.right], [first!.left, first!.right], panel.id);
          assert.deepEqual(panel.lines, first!.lines, `${panel.id} has its seconds elsewhere`);
          assert.equal(panel.lines.length, 5);
          if (i > 0) assert.ok(panel.top >= panels[i - 1]!.bottom);
        }
        assert.deepEqual(panels.at(-1)!.labels, ['0 s', '30 s', '60 s', '90 s', '2 min']);
        assert.equal(await overflow(page), 0);
        await openAll(page);
        assert.equal(await overflow(page), 0, 'with every table open');
      });
    });

    it(`has axes whose labels stay beside their plot and apart at ${width} pixels`, async () => {
      await withReport(sampleLoadReport(), { width }, async (page) => {
        const axes = await page.$$eval('svg.beside', (all) =>
          all.map((one) => {
            const box = one.getBoundingClientRect();
            const section = one.closest('section')!.getBoundingClientRect();
            return [...one.querySelectorAll('text')].map((text) => {
              const { left, right, top, bottom } = text.getBoundingClientRect();
              const inside =
                left >= box.left && right <= section.right && top >= box.top - 4 && bottom <= box.bottom + 1;
              return { text: text.textContent, inside, top: top + 2, bottom: bottom - 2 };
            });
          }),
        );
        assert.equal(axes.length, PANELS.length + 1);
        for (const labels of axes) {
          assert.ok(labels.length >= 2);
          for (const [i, label] of labels.entries()) {
            assert.ok(label.inside, `"${label.text}" reaches out at ${width}`);
            for (const other of labels.slice(i + 1))
              assert.ok(label.bottom <= other.top || other.bottom <= label.top, `"${label.text}" on "${other.text}"`);
          }
        }
        const overlapping = await page.$$eval('svg.chart', (charts) =>
          charts.flatMap((one) => {
            const texts = [...one.querySelectorAll('text')]
              .filter((text) => text.getClientRects().length > 0)
              .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
            return texts.flatMap((a, i) =>
              texts
                .slice(i + 1)
                .filter(
                  (b) =>
                    a.box.right > b.box.left &&
                    b.box.right > a.box.left &&
                    a.box.bottom - 2 > b.box.top + 2 &&
                    b.box.bottom - 2 > a.box.top + 2,
                )
                .map((b) => `"${a.text}" on "${b.text}"`),
            );
          }),
        );
        assert.deepEqual(overlapping, []);
      });
    });
  }

  it('shows the stall in every panel at the same place', async () => {
    await withReport(sampleLoadReport(), { width: 1280 }, async (page) => {
      const at = await page.evaluate(() => {
        const box = (selector: string): DOMRect => document.querySelector(selector)!.getBoundingClientRect();
        const plot = box('.stack svg.chart');
        const second = (x: number): number => (120 * (x - plot.left)) / plot.width;
        return {
          darkest: second(box('.stack path.heat.s6').left),
          failed: [...document.querySelectorAll('.stack rect.failed')].map((bar) =>
            second(bar.getBoundingClientRect().left),
          ),
        };
      });
      // It begins at second 71.2; what waited ends in the second from 73 on.
      assert.ok(at.darkest > 72.9 && at.darkest < 73.1, String(at.darkest));
      assert.equal(at.failed.length, 2);
      for (const second of at.failed) assert.ok(second > 72.9 && second < 74.1, String(second));
    });
  });

  it('says everything in tables too, under headings in order', async () => {
    await withReport(sampleLoadReport(), { width: 1280 }, async (page) => {
      const headings = await page.$$eval('section[aria-labelledby=load] :is(h2, h3, figcaption b)', (all) =>
        all.map((one) => one.textContent),
      );
      assert.deepEqual(headings, [
        'Load',
        'Over time',
        'Latency by percentile',
        'Response times by endpoint',
        'Errors',
        'Checks',
        'Why these numbers can be believed',
        'Connections',
      ]);
      const tables = await page.$$eval('section[aria-labelledby=load] table', (all) =>
        all.map((one) => [one.getAttribute('aria-label'), one.querySelectorAll('tbody tr').length]),
      );
      assert.deepEqual(tables, [
        ['Percentiles of every kind of time', 6],
        ['Load by endpoint', 4],
        ['Where the time goes, by endpoint', 3],
        ['Errors by kind', 3],
        ['Checks', 4],
        ['Health of the generator', 12],
        ['Workers', 2],
        ['Second by second', 60],
      ]);
      const shown = (await page.textContent('section[aria-labelledby=load]')) ?? '';
      for (const words of ['SATURATED', '31.4 times', 'TLSv1.3', '94.2 %', '41,200/s a worker', '0.4 %'])
        assert.ok(shown.includes(words), words);
    });
  });

  it('warns in a frame when a load is invalid, ended early or lost an agent', async () => {
    const agent = { clockOffset: 0.0012, clockUncertainty: 0.0003, workers: 2 } as const;
    const report = sampleLoadReport({
      ...sampleOpenLoad(5),
      valid: false,
      invalidBecause: ['only 62 % of the planned requests were sent'],
      partial: 'agent b was lost',
      endedBy: 'target-lost',
      agents: [
        { ...agent, name: 'a', host: 'pit-02', sent: 2_000, state: 'done' },
        { ...agent, name: 'b', host: 'pit-03', sent: null, state: 'lost' },
      ],
    });
    await withReport(report, { width: 390 }, async (page) => {
      const banners = await page.$$eval('.banner', (all) => all.map((one) => one.textContent));
      assert.equal(banners.length, 4);
      for (const [i, words] of [/^INVALID/, /only 62 %/i, /^ENDED EARLY, after 5 s/, /^SATURATED/].entries())
        assert.match(banners[i]!, words);
      const shown = (await page.textContent('section[aria-labelledby=load]')) ?? '';
      for (const words of ['Why these numbers cannot be believed', 'LOST', 'not counted', '+1.2 ms ± 300 µs'])
        assert.ok(shown.includes(words), words);
      assert.equal(await overflow(page), 0);
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has lines, marks and banners that can be told from what is behind them (${colorScheme})`, async () => {
      await withReport(sampleLoadReport(), { width: 1280, colorScheme }, async (page) => {
        const contrasts = await page.evaluate(() => {
          const luminance = (color: string): number => {
            const [r, g, b] = (color.match(/[\d.]+/g) ?? []).map((part) => {
              const share = Number(part) / 255;
              return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
          };
          const contrast = (one: string, other: string): number => {
            const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
            return (high! + 0.05) / (low! + 0.05);
          };
          const card = getComputedStyle(document.querySelector('section')!).backgroundColor;
          const of = (selector: string, color: 'stroke' | 'fill'): number[] =>
            [...document.querySelectorAll(selector)].map((one) => contrast(getComputedStyle(one)[color], card));
          const banner = getComputedStyle(document.querySelector('.banner')!);
          return {
            // WCAG 2.2: 1.4.11 for marks, 1.4.3 for text.
            marks: [...of('svg .curve', 'stroke'), ...of('svg rect.failed', 'fill'), ...of('svg path.s6', 'fill')],
            text: [...of('svg .tick', 'fill'), contrast(banner.color, banner.backgroundColor)],
          };
        });
        assert.ok(contrasts.marks.length >= 12 && contrasts.text.length >= 20);
        assert.ok(Math.min(...contrasts.marks) >= 3, String(contrasts.marks));
        assert.ok(Math.min(...contrasts.text) >= 4.5, String(contrasts.text));
      });
    });
  }

  it('is not large for a run of two hours, and its one failure is seen', async () => {
    const report = longReport();
    assert.ok(renderHtml(report).length < 400_000);
    await withReport(report, { width: 1280 }, async (page) => {
      const bars = await page.$$eval('.stack rect.failed', (all) =>
        all.map(
          (one) => [one.getBoundingClientRect().width, one.getBoundingClientRect().height, one.textContent] as const,
        ),
      );
      assert.equal(bars.length, 1);
      assert.ok(bars[0]![0] >= 2 && bars[0]![1] >= 3);
      assert.match(bars[0]![2] ?? '', /1 failed between 72 min and 72 min 24 s/);
    });
  });

  it('keeps hostile names inert and inside the page', async () => {
    const agents = [
      { name: 'a', host: 'b', clockOffset: 0, clockUncertainty: 0, workers: 1, sent: 1, state: 'done' as const },
    ];
    const hostile = hostileReport(sampleLoadReport({ ...sampleOpenLoad(5), partial: 'x', agents }));
    await withReport(hostile, { width: 1280 }, async (page) => {
      assert.equal(await page.$$eval('script, img, a, iframe, [onerror]', (all) => all.length), 0);
      await openAll(page);
      for (const width of [390, 640, 781, 861, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        assert.equal(await overflow(page), 0, `scrolls sideways at ${width}`);
      }
    });
  });

  it('prints with its colours and nothing cut off', async () => {
    await withReport(sampleLoadReport(), { width: 1000 }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      assert.equal(await overflow(page), 0);
      const adjust = await page.$$eval('svg path.heat', (all) =>
        all.map((one) => getComputedStyle(one).getPropertyValue('print-color-adjust')),
      );
      assert.ok(adjust.length > 0 && adjust.every((value) => value === 'exact'));
      const pdf = await page.pdf({ format: 'A4' });
      assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    });
  });
});
