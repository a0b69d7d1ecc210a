import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Report } from '../model/report.ts';
import { hostileReport } from './fixtures/hostile-report.ts';
import { sampleReport } from './fixtures/sample-report.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';
import { displayWidth } from './text.ts';

/** Compares with a file beside the sample report; `UPDATE_GOLDEN=1` renews it, and the diff is then reviewed. */
function golden(name: string, text: string): void {
  const file = new URL(`./fixtures/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}

const bare: Report = {
  ...sampleReport(),
  targets: [],
  indicators: [],
  verdicts: [],
  findings: [],
  rules: [],
  recommendations: [],
  outcomes: [],
  load: null,
  loadBefore: null,
  gaps: [],
  collectors: [],
};

const invalid: Report = {
  ...sampleReport(),
  loadBefore: null,
  load: { ...sampleReport().load!, valid: false, invalidBecause: ['only 62 % of the planned requests were sent'] },
};

/** Nothing below 0x20 but line breaks, no C1, no bidirectional overrides. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** The report with every measured number replaced. */
function withNumbers(value: number): Report {
  const replace = (part: unknown): unknown => {
    if (typeof part === 'number') return value;
    if (Array.isArray(part)) return part.map(replace);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, replace(inner)]));
  };
  return { ...(replace(sampleReport()) as Report), schemaVersion: 1 };
}

describe('every rendering', () => {
  it('survives numbers that no service should give', () => {
    for (const value of [0, -1, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
      const report = withNumbers(value);
      for (const text of [
        renderTerminal(report, { color: false, width: 80, details: true }),
        renderMarkdown(report),
        renderHtml(report),
      ]) {
        assert.doesNotMatch(text, /NaN|Infinity|undefined|\[object/, `with ${value}`);
      }
    }
  });

  it('shows recommendations that no finding of this run stands for', () => {
    const report: Report = { ...sampleReport(), findings: [] };
    for (const text of [
      renderTerminal(report, { color: false, width: 80 }),
      renderMarkdown(report),
      renderHtml(report),
    ]) {
      assert.match(text, /Readers wait for every writer/);
      assert.match(text, /tried and rolled back/);
    }
  });
});

describe('the terminal report', () => {
  it('looks like the golden file (renew: UPDATE_GOLDEN=1)', () => {
    golden('sample-terminal.txt', renderTerminal(sampleReport(), { color: false, width: 80 }));
  });

  it('fits its width, whatever the labels are', () => {
    for (const width of [60, 80, 120]) {
      for (const details of [false, true]) {
        for (const report of [sampleReport(), hostileReport(), bare, invalid]) {
          for (const line of renderTerminal(report, { color: false, width, details }).split('\n'))
            assert.ok(displayWidth(line) <= width, `${displayWidth(line)} > ${width}: ${line}`);
        }
      }
    }
  });

  it('says the same with colours as without', () => {
    for (const report of [sampleReport(), hostileReport()]) {
      const colored = renderTerminal(report, { color: true, width: 80 });
      assert.match(colored, /\u001b\[/);
      assert.equal(stripVTControlCharacters(colored), renderTerminal(report, { color: false, width: 80 }));
    }
  });

  it('lets no control character of a label through', () => {
    assert.doesNotMatch(renderTerminal(hostileReport(), { color: false, width: 80, details: true }), UNSAFE);
  });

  it('says more with details', () => {
    const full = renderTerminal(sampleReport(), { color: false, width: 80, details: true });
    assert.match(full, /so none of them can\s+go\./);
    assert.match(full, /DROP INDEX/);
    assert.match(full, /Gregg/);
  });

  it('says plainly that a load was invalid', () => {
    const text = renderTerminal(invalid, { color: false, width: 80 });
    assert.match(text, /INVALID: these figures do not describe the service\./);
    assert.match(text, /only 62 % of the planned requests were sent/i);
    assert.doesNotMatch(text, /before the changes/);
  });

  it('claims nothing about what was not looked at', () => {
    const text = renderTerminal(bare, { color: false, width: 80 });
    assert.doesNotMatch(text, /PASS|OBJECTIVES|FINDINGS|LOAD/);
    assert.match(text, /vending/);
  });

  it('says so when a run was judged again', () => {
    const again: Report = { ...bare, run: { ...bare.run, replayedFrom: 'seen.json' } };
    assert.match(renderTerminal(again, { color: false, width: 120 }), /saved\s+observation\s+seen\.json/);
  });
});

describe('the Markdown report', () => {
  it('looks like the golden file (renew: UPDATE_GOLDEN=1)', () => {
    golden('sample.md', renderMarkdown(sampleReport()));
  });

  it('escapes everything that a label could mean', () => {
    const text = renderMarkdown(hostileReport());
    assert.doesNotMatch(text, UNSAFE);
    const prose = text.replace(/^ *(`{3,})\n[\s\S]*?^ *\1$/gm, '');
    assert.doesNotMatch(prose, /(?<!\\)<|(?<!\\)\]\(|(?<!\\)`/);
  });

  it('has tables whose rows all have as many cells as their head', () => {
    for (const report of [sampleReport(), hostileReport(), invalid]) {
      const blocks = renderMarkdown(report)
        .split(/\n\n/)
        .filter((block) => block.startsWith('| '));
      assert.ok(blocks.length >= 3);
      for (const block of blocks) {
        const counts = new Set(
          block
            .trim()
            .split('\n')
            .map((line) => line.split(/(?<!\\)\|/).length),
        );
        assert.equal(counts.size, 1, block);
      }
    }
  });

  it('mentions nobody', () => {
    const report: Report = { ...bare, run: { ...bare.run, service: 'mail @octocat/team www.example.org' } };
    assert.match(renderMarkdown(report), /@\u200boctocat\/team www\\\.example/);
  });
});

describe('the HTML report', () => {
  it('is one file that may load nothing', () => {
    const html = renderHtml(hostileReport());
    assert.match(html, /default-src &#39;none&#39;/);
    assert.doesNotMatch(html, /<(script|img|link|iframe|object|base)\b/);
    assert.doesNotMatch(html, /\s(src|on\w+)=["']/);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
    assert.ok(links.length > 0 && links.every((href) => href.startsWith('#')));
  });

  it('names the service in its title, escaped', () => {
    assert.match(renderHtml(sampleReport()), /<title>vending: demo, 2026-11-20 09:12:04 UTC · Pitwall<\/title>/);
    assert.equal(
      renderHtml(hostileReport()).match(/<\/title>/g)?.length,
      renderHtml(sampleReport()).match(/<\/title>/g)?.length,
    );
  });
});
