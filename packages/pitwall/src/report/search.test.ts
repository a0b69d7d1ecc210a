import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Report } from '../model/report.ts';
import type { SearchEnd, SearchResult } from '../model/search.ts';
import { searchChart } from './charts/search.ts';
import { uslChart } from './charts/usl.ts';
import { planLines, stepLine } from './content/search/progress.ts';
import { answerText, searchSentences } from './content/search.ts';
import { golden } from './fixtures/golden.ts';
import { sampleReport } from './fixtures/sample-report.ts';
import { sampleSearch, sampleSearchReport } from './fixtures/sample-search.ts';
import { renderHtml } from './html.ts';
import { parseReport, toJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { searchSection } from './terminal/search.ts';
import { renderTerminal } from './terminal.ts';
import { displayWidth } from './text.ts';

const plain = { paint: (_: unknown, text: string) => text, width: 80, details: false };
const renderings = (report: Report): readonly string[] => [
  renderTerminal(report, { color: false, width: 80, details: true }).replace(/\s+/g, ' '),
  renderMarkdown(report).replaceAll('\\', ''),
  renderHtml(report).replaceAll('&gt;', '>'),
];

describe('the search in every rendering', () => {
  it('says the answer, what broke, what holds it back, and what to keep in mind', () => {
    for (const text of renderings(sampleSearchReport())) {
      assert.match(text, /351 to 367 requests\/s · 14 steps of 10 s or more/);
      assert.match(text, /at least 351\/s and below 367\/s \(4\.56 % apart\); each end was measured 3 times\./);
      assert.match(text, /What broke at 367\/s: load\.response\.duration\.p99/);
      assert.match(text, /What holds it back: The CPU of the service: at 367\/s the busiest process used 97 %/);
      assert.match(text, /contention σ [\d.]+ %/);
      assert.match(text, /passed 2 of 3 times/);
      for (const word of ['PASS', 'FAIL', 'NOT STEADY', 'NO VERDICT']) assert.match(text, new RegExp(word));
      assert.match(text, /NovaCron operations runbook/);
    }
  });

  it('is absent from reports without one', () => {
    assert.deepEqual(searchSection(sampleReport(), plain), []);
    assert.doesNotMatch(renderHtml(sampleReport()), /id="search"/);
    assert.doesNotMatch(renderMarkdown(sampleReport()), /## Search/);
  });

  it('looks like the golden file in the terminal (renew: UPDATE_GOLDEN=1)', () => {
    golden('sample-search-terminal.txt', `${searchSection(sampleSearchReport(), plain).join('\n')}\n`);
  });

  it('fits its width, and survives numbers that no search should give', () => {
    const replace = (part: unknown, value: number): unknown => {
      if (typeof part === 'number') return value;
      if (Array.isArray(part)) return part.map((inner) => replace(inner, value));
      if (typeof part !== 'object' || part === null) return part;
      return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, replace(inner, value)]));
    };
    for (const width of [60, 80, 120]) {
      for (const details of [false, true]) {
        const lines = renderTerminal(sampleSearchReport(), { color: false, width, details }).split('\n');
        for (const line of lines) assert.ok(displayWidth(line) <= width, `${displayWidth(line)} > ${width}: ${line}`);
      }
    }
    for (const value of [0, -1, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
      const report = sampleSearchReport(replace(sampleSearch(), value) as SearchResult);
      for (const text of renderings(report)) assert.doesNotMatch(text, /NaN|Infinity|undefined|\[object/, `${value}`);
    }
  });

  it('lets nothing through that a label or a reason could do', () => {
    const evil = '<img src=x onerror=alert(1)>\u001b[31m\u202egpj';
    const poison = (part: unknown): unknown => {
      if (typeof part === 'string') return /^(pass|fail|hold|invalid)$/.test(part) ? part : evil;
      if (Array.isArray(part)) return part.map(poison);
      if (typeof part !== 'object' || part === null) return part;
      return Object.fromEntries(
        Object.entries(part).map(([key, inner]) =>
          ['why', 'unit', 'direction', 'resource', 'end', 'steadiness', 'kind'].includes(key)
            ? [key, inner]
            : [key === 'endpoint' ? evil : key, poison(inner)],
        ),
      );
    };
    const report = sampleSearchReport(poison(sampleSearch()) as SearchResult);
    const terminal = renderTerminal(report, { color: false, width: 80, details: true });
    assert.doesNotMatch(terminal, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    assert.doesNotMatch(renderHtml(report), /<img/);
    assert.doesNotMatch(renderMarkdown(report), /(?<!\\)<img/);
  });

  it('is the same after it was written and read', () => {
    for (const search of [sampleSearch(), sampleSearch({ scalability: null, scalabilityBecause: 'few steps' })]) {
      const report = sampleSearchReport(search);
      assert.deepEqual(parseReport(toJson(report)), report);
    }
    const unknown = sampleSearch();
    const report = sampleSearchReport({
      ...unknown,
      steps: [{ ...unknown.steps[0]!, p50: Number.NaN, p99: Number.NaN, sent: 0 }],
    });
    assert.deepEqual(parseReport(toJson(report)), report);
  });
});

describe('what is said of how it ended', () => {
  const said = (end: SearchEnd, highestPassing: number | null, lowestFailing: number | null): string =>
    searchSentences(sampleSearch({ end, highestPassing, lowestFailing }))[0]!.text;

  it('names the open end', () => {
    assert.equal(
      said('top', 500, null),
      'At least 500/s keep the objectives: that is the highest rate that was asked for.',
    );
    assert.match(said('none', null, 10), /^Not even 10\/s kept the objectives, the first rate that was tried\.$/);
    assert.match(said('generator', 400, null), /^At least 400\/s .* because the generator was the limit: /);
    assert.match(said('generator', null, null), /^No rate was measured to the end\. More is not known/);
    assert.match(said('danger', 400, 800), /at least 400\/s and below 800\/s \(100 % apart\)\. It was stopped there/);
    assert.match(said('interrupted', 400, 800), /It was interrupted before it was done\.$/);
    assert.match(said('unsettled', 400, 800), /not settled within 60 steps/);
    assert.equal(answerText(sampleSearch({ highestPassing: null, lowestFailing: null })), 'no answer');
    assert.equal(answerText(sampleSearch({ highestPassing: null })), 'below 367 requests/s');
    assert.equal(answerText(sampleSearch({ lowestFailing: null })), 'at least 351 requests/s');
  });

  it('a line a step while it runs', () => {
    const { plan, objectives, steps } = sampleSearch();
    assert.equal(
      planLines(plan, objectives)[1],
      '  load.response.duration.p99 (GET /api/orders?status=open) ≤ 250 ms   (config)',
    );
    assert.equal(stepLine(steps[0]!), '     50/s  PASS        p50 5.25 ms  p99 21 ms  0 % errors');
    assert.match(stepLine(steps[3]!), /^ {4}400\/s {2}FAIL .* 0\.2 % errors {2}load\.response/);
  });
});

describe('the charts', () => {
  it('draw a mark a step: dots, crosses and rings', () => {
    const html = renderHtml(sampleSearchReport());
    const lanes = html.match(/<svg[^>]*aria-labelledby="search-(?:rate|p99)-title[\s\S]*?<\/svg><svg/g) ?? [];
    const count = (pattern: RegExp) => html.match(pattern)?.length ?? 0;
    assert.ok(lanes.length >= 1);
    assert.equal(count(/class="mark good"/g), 2 * 7);
    assert.equal(count(/class="cross"/g), 2 * 5);
    assert.equal(count(/class="mark open"/g), 2 * 2);
    // One dot a step on the curve.
    assert.equal(count(/ under way<\/title><\/circle>/g), sampleSearch().scalability!.points.length);
  });

  it('are left out when there is nothing to draw', () => {
    assert.equal(searchChart(sampleSearch({ steps: [] })), null);
    assert.equal(uslChart({ ...sampleSearch().scalability!, curve: [] }), null);
    assert.equal(uslChart({ ...sampleSearch().scalability!, points: [] }), null);
  });
});
