import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recommendation } from '../model/recommendation.ts';
import type { Report } from '../model/report.ts';
import { sampleReport } from './fixtures/sample-report.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';

const TEXT = 'tried on 2026-11-01: 0.98× (95 %: 0.95–1.02), taken back';
const HOSTILE = 'SELECT 1 \u001b[31m<script>alert(1)</script> | x';

/** The sample, with its first recommendation as `status` and `past` say. */
function withPast(status: Recommendation['status'], newEvidence: readonly string[]): Report {
  const sample = sampleReport();
  const [first, ...rest] = sample.recommendations;
  const past = { at: '2026-11-01T10:00:00Z', decision: 'rolled-back', text: TEXT, newEvidence } as const;
  return { ...sample, recommendations: [{ ...first!, id: 'r-0123456789', status, past }, ...rest] };
}

const RENDERED = {
  terminal: (report: Report) => renderTerminal(report, { color: false, width: 100 }).replace(/\s+/g, ' '),
  markdown: (report: Report) => renderMarkdown(report).replace(/\s+/g, ' '),
  html: (report: Report) => renderHtml(report).replace(/\s+/g, ' '),
};

for (const [name, render] of Object.entries(RENDERED)) {
  test(`${name}: what was tried without gain is told quietly, and is no finding`, () => {
    const open = render(sampleReport());
    const closed = render(withPast('rolled-back', []));
    assert.ok(!/tried before/i.test(open));
    assert.match(closed, /tried before/i);
    assert.match(closed, /0\.98× \(95 %: 0\.95–1\.02\), taken back; not proposed again, because nothing has changed/);
    assert.match(closed, /r-0123456789/);
    const rule = sampleReport().recommendations[0]!.rules[0]!;
    const times = (text: string) => text.split(rule).length;
    assert.ok(times(closed) < times(open), 'the finding of this rule is gone');
  });

  test(`${name}: with new evidence it is a finding again, and says both`, () => {
    const again = render(withPast('open', ['rows of orders: 1,000 have become 2,000']));
    assert.ok(!/tried before/i.test(again));
    assert.match(again, /open; tried on 2026-11-01: 0\.98×[^;]*; since then: rows of orders: 1,000 have become 2,000/);
  });

  test(`${name}: planner, copy and place stand side by side; texts of statements are harmless`, () => {
    const sample = sampleReport();
    const [first, ...rest] = sample.outcomes;
    const effect = {
      statement: 'a',
      text: HOSTILE,
      planner: 0.1,
      copy: { ratio: 0.25, interval: [0.2, 0.3] },
      measuredBy: [],
      inPlace: { ratio: 0.5, interval: [0.4, 0.6], before: 2, after: 1, blocks: 6 },
      signRight: true,
    } as const;
    const unsure = { ...effect, text: 'SELECT 2', inPlace: null, signRight: null };
    const report: Report = { ...sample, outcomes: [{ ...first!, effects: [effect, unsure] }, ...rest] };
    const text = render(report);
    assert.match(text, /predicted and measured/i);
    assert.match(text, /the sign was right for 1 of 1 effect that is certain/);
    for (const figure of ['10× less cost', '4× faster', '2× faster']) assert.ok(text.includes(figure), figure);
    assert.match(text, /not certain/);
    assert.ok(!text.includes('\u001b') && (name === 'terminal' || !text.includes('<script>')));
  });
}
