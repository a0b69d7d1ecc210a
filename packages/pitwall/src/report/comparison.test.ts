import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunComparison } from '../model/comparison.ts';
import { changePointChart } from './charts/change-points.ts';
import { runForest } from './charts/forest.ts';
import {
  compared,
  reportWith,
  sampleCalibration,
  sampleComparison,
  sampleHistory,
  sampleSeries,
} from './fixtures/sample-comparison.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { reportSchema } from './schema.ts';
import { renderTerminal } from './terminal.ts';
import { displayWidth } from './text.ts';

const terminal = (part: Parameters<typeof reportWith>[0], width = 80, details = false) =>
  renderTerminal(reportWith(part), { color: false, width, details });
const fits = (text: string, width: number) => {
  const wide = text.split('\n').filter((line) => displayWidth(line) > width);
  assert.deepEqual(wide, []);
};
const HOSTILE = '<b>&"\u001b[31m\u202e|`$(x)';

describe('a comparison', () => {
  const comparison = sampleComparison();

  it('says verdict, figures and what could have been seen, in every width', () => {
    for (const width of [60, 80, 96, 120]) fits(terminal({ comparison }, width, true), width);
    const text = terminal({ comparison });
    assert.match(text, /COMPARISON {3}3 worse · 2 same · 1 inconclusive/);
    assert.match(text, /v1 \(20261120-234127-a1b2\) → 20261121-090240-c3d4/);
    assert.match(text, /response p50 +12\.3 ms +13\.8 ms +12 % slower +\+8\.1 … \+16 % +worse/);
    assert.match(text, /throughput +400\/s +399\/s .* same/);
    assert.match(text, /web: what a request costs\n +process\.cpu\.time a request\n/);
    assert.match(text, /GET \/a: 14 % of the requests lie elsewhere; the slow requests are further/);
    assert.match(text, /Calibrated with 10 runs of the unchanged service/);
    assert.match(text, /The runs are not of the same length: 10 s and 30 s\./);
    const last = text.slice(text.indexOf('WORSE:'));
    assert.match(last, /^WORSE: load\.response\.duration\.p50 \{endpoint=GET \/a\} at 1\.12 ×/);
    assert.match(terminal({ comparison }, 120, true), /SEEN FROM[\s\S]*6\.2 % +worse/);
  });

  it('hides what nobody needs at first when there is much, and says how much', () => {
    const more = Array.from({ length: 30 }, (_, i) =>
      compared(`sqlite.x${i}`, null, { spread: 'unknown', interval: null, verdict: 'inconclusive' }),
    );
    const text = terminal({ comparison: { ...comparison, comparisons: [...comparison.comparisons, ...more] } });
    assert.match(text, /\d+ more indicators with --details\./);
    assert.doesNotMatch(text, /sqlite\.x3/);
    assert.match(
      terminal({ comparison: { ...comparison, comparisons: [...comparison.comparisons, ...more] } }, 80, true),
      /sqlite\.x3/,
    );
  });

  it('shows what the verdict names, and nothing that is only called alike', () => {
    const open = { verdict: 'inconclusive', interval: [0.9, 1.2] } as const;
    const comparisons = [
      ...comparison.comparisons,
      ...Array.from({ length: 12 }, (_, i) => compared(`sqlite.x${i}`, null, { ...open, spread: 'unknown' })),
      compared('load.service.duration.p90', 'GET /b', open),
      compared('load.service.duration.p95', 'GET /b', open),
      compared('load.service.duration.p99', 'GET /b', open),
      compared('load.service.duration.p9', 'GET /b', open),
    ];
    const because =
      'load.service.duration.p90 {endpoint=GET /b} at 1.12 × is not decided. More failed: load.service.duration.p99 {endpoint=GET /b}.';
    const text = terminal({ comparison: { ...comparison, verdict: 'inconclusive', because, comparisons } });
    assert.deepEqual(text.match(/^ +service p9\d?/gm), ['    service p90', '    service p99']);
  });

  it('says a name once, also where it is too long for its column', () => {
    const names = ['load.response.duration.mean', 'cost.postgresql.statements.request', 'host.pressure.request'];
    const figures = { a: 1234.5, b: 2345.6, verdict: 'inconclusive' } as const;
    const comparisons = names.map((name) => compared(name, null, { ...figures, spread: 'calibration' }));
    for (const width of [60, 70, 80, 96, 130]) {
      const text = terminal({ comparison: { ...comparison, comparisons, shapes: [], because: 'Nothing.' } }, width);
      fits(text, width);
      const table = text.slice(text.indexOf('INDICATOR'));
      assert.equal(table.match(/^ {4}response mean\b/gm)?.length, 1, table);
      assert.equal(table.match(/response/g)?.length, 1, table);
      // Never the middle of it cut out.
      assert.doesNotMatch(table, /\w…\w|…\w+…/, table);
    }
  });

  it('names what is not known: no noise, no better or worse', () => {
    const text = terminal({ comparison }, 80, true);
    assert.match(text, /host\.memory\.available\.last\n.*…last .* — +noise unknown/);
    const neutral = {
      ...comparison,
      comparisons: [
        compared('load.requests.rate', null, { unit: '1/s', direction: 'neutral', verdict: 'inconclusive' }),
      ],
    };
    assert.match(terminal({ comparison: neutral }), /throughput .* not judged/);
  });

  it('is a picture with an axis an endpoint, the verdicts told apart by shape', () => {
    const { text } = runForest(comparison)!;
    assert.match(text, /aria-labelledby="runs-title runs-desc"/);
    assert.equal(text.match(/class="heading/g)?.length, 3, 'GET /a, GET /b, costs');
    assert.ok(text.includes('#runs-square') && text.includes('#runs-diamond'));
    assert.equal(runForest({ ...comparison, comparisons: [] }), null);
  });

  it('is said by all renderings, with hostile text as text, and survives the schema', () => {
    const odd: RunComparison = {
      ...comparison,
      because: HOSTILE,
      cautions: [HOSTILE],
      a: { ...comparison.a, id: HOSTILE, host: HOSTILE, name: HOSTILE },
      comparisons: comparison.comparisons.map((one) => ({ ...one, labels: { endpoint: HOSTILE }, target: HOSTILE })),
      shapes: comparison.shapes.map((shape) => ({ ...shape, endpoint: HOSTILE })),
    };
    for (const text of [
      terminal({ comparison: odd }, 80, true),
      renderHtml(reportWith({ comparison: odd })),
      renderMarkdown(reportWith({ comparison: odd })),
    ]) {
      assert.doesNotMatch(text, /[\u001b\u202e]/);
    }
    assert.doesNotMatch(renderHtml(reportWith({ comparison: odd })), /<b>&/);
    const html = renderHtml(reportWith({ comparison }));
    for (const said of [
      'Two runs, with intervals',
      'what a request costs',
      'other shape',
      '1 indicator with one value a run',
    ]) {
      assert.ok(html.includes(said), said);
    }
    const markdown = renderMarkdown(reportWith({ comparison }));
    assert.match(markdown, /## Comparison/);
    assert.match(markdown, /\| GET \/a \| response p50 \| 12\.3 ms \| 13\.8 ms \| 12 % slower \|/);
    const report = reportWith({ comparison, calibration: sampleCalibration(), history: sampleHistory() });
    assert.deepEqual(reportSchema.parse(JSON.parse(JSON.stringify(report))), report);
  });

  it('of two services at once names their URLs and not two times', () => {
    const duet: RunComparison = {
      ...comparison,
      design: 'duet',
      a: { ...comparison.a, id: 'http://127.0.0.1:1', name: null },
      noise: null,
    };
    const text = terminal({ comparison: duet });
    assert.match(text, /http:\/\/127\.0\.0\.1:1 and 20261121-090240-c3d4 at the same time/);
    assert.doesNotMatch(text, /A: 2026-11-20/);
  });
});

describe('a calibration', () => {
  const calibration = sampleCalibration();

  it('says below which change nothing can be seen, and lists the load by endpoint', () => {
    for (const width of [60, 80, 120]) fits(terminal({ calibration }, width, true), width);
    const text = terminal({ calibration });
    assert.match(text, /Changes below 2\.14 % of p50, 3\.1 % of p95, 17 % of p99 cannot be seen here/);
    assert.match(text, /response p50 +12\.3 ms +2\.1 % +0\.9 % +±2\.14 % +4\.28 %/);
    assert.match(text, /2 of 12 runs were not valid and are left out\./);
    assert.doesNotMatch(text, /process\.memory/);
    assert.match(terminal({ calibration }, 80, true), /process\.memory/);
    assert.match(renderHtml(reportWith({ calibration })), /<h2 id="calibration">[\s\S]*process\.cpu\.time a request/);
    assert.match(renderMarkdown(reportWith({ calibration })), /\| GET \/a \| response p95 \| 12\.3 ms \|/);
  });
});

describe('a history', () => {
  it('is drawn in the width there is, also with more runs than columns and more changes than digits', () => {
    const many = Array.from({ length: 200 }, (_, i) => 1 + Math.floor(i / 15) + 0.01 * (i % 7));
    const changes = Array.from({ length: 13 }, (_, i) => 15 * (i + 1));
    for (const width of [60, 80, 120]) {
      const text = terminal({ history: sampleHistory([sampleSeries(many, changes)]) }, width);
      fits(text, width);
      assert.match(text, / 13 +run-195 /);
    }
    const text = terminal({ history: sampleHistory() });
    assert.match(text, /2\.1 s ┤/);
    assert.equal(text.match(/•/g)?.length, 8);
    assert.match(text, /1 +run-4 +1 s +2 s +2× slower +p 0\.005 +worse/);
    assert.match(text, /3 runs under another load are left out\./);
  });

  it('of one run, or of one value, is drawn too', () => {
    for (const values of [[3], [2, 2, 2, 2, 2, 2], [0, 0, 0]]) {
      const history = sampleHistory([sampleSeries(values, [])]);
      fits(terminal({ history }), 80);
      assert.match(terminal({ history }), /No change that chance does not explain\./);
      assert.match(renderHtml(reportWith({ history })), /<circle/);
    }
    assert.equal(changePointChart(sampleSeries([], []), 'x'), null);
  });

  it('marks changes in the picture and lists them below it', () => {
    const html = renderHtml(reportWith({ history: sampleHistory() }));
    assert.equal(html.match(/class="border"/g)?.length, 1);
    assert.equal(html.match(/class="span level"/g)?.length, 2);
    assert.equal(html.match(/<circle/g)?.length, 8);
    assert.match(html, /run-4[\s\S]*2× slower/);
    assert.match(renderMarkdown(reportWith({ history: sampleHistory() })), /\| GET \/a on web \| run-4 \|/);
    const wide = sampleHistory([sampleSeries([0.001, 0.002, 5, 6], [])]);
    assert.match(
      renderHtml(reportWith({ history: wide })),
      />1 ms</,
      'a logarithmic axis where values differ by orders of magnitude',
    );
  });
});
