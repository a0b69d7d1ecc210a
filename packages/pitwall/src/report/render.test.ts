import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Report } from '../model/report.ts';
import { golden, UNSAFE } from './fixtures/golden.ts';
import { hostileReport } from './fixtures/hostile-report.ts';
import { sampleLoadReport, sampleOpenLoad } from './fixtures/sample-load-report.ts';
import { bareReport, sampleReport } from './fixtures/sample-report.ts';
import { renderHtml } from './html.ts';
import { parseReport } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';
import { displayWidth } from './text.ts';

const bare = bareReport();

const invalid: Report = {
  ...sampleReport(),
  loadBefore: null,
  load: { ...sampleReport().load!, valid: false, invalidBecause: ['only 62 % of the planned requests were sent'] },
};

/** Of the version before: less is known. */
const old = parseReport(readFileSync(new URL('./fixtures/report-0.1.0.json', import.meta.url), 'utf8'));

/** A load that ended early, shared by several machines of which one was lost. */
const shared: Report = sampleLoadReport({
  ...sampleOpenLoad(12),
  partial: 'the agent pit-03 was lost',
  endedBy: 'target-lost',
  agents: [
    {
      name: 'a',
      host: 'pit-02',
      clockOffset: -0.0012,
      clockUncertainty: 0.0003,
      workers: 2,
      sent: 4_800,
      state: 'done',
    },
    { name: 'b', host: 'pit-03', clockOffset: null, clockUncertainty: null, workers: 2, sent: null, state: 'lost' },
  ],
});

/** The report with every measured number replaced. */
function withNumbers(value: number, report: Report): Report {
  const replace = (part: unknown): unknown => {
    if (typeof part === 'number') return value;
    if (Array.isArray(part)) return part.map(replace);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, replace(inner)]));
  };
  return { ...(replace(report) as Report), schemaVersion: 1 };
}

describe('every rendering', () => {
  it('survives numbers that no service should give', () => {
    const small = sampleLoadReport(sampleOpenLoad(3));
    const values = [0, -1, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY];
    for (const [value, from] of values.flatMap((value) => [
      [value, sampleReport()] as const,
      [value, small] as const,
    ])) {
      const report = withNumbers(value, from);
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

describe('what is said of a load', () => {
  const renderings = (report: Report): readonly string[] => [
    renderTerminal(report, { color: false, width: 80 }).replace(/\s+/g, ' '),
    renderMarkdown(report).replaceAll('\\', ''),
    renderHtml(report),
  ];

  it('is that it ended early, was saturated and lost an agent', () => {
    for (const text of renderings(shared)) {
      assert.match(text, /ENDED EARLY, after 12 s: the agent pit-03 was lost\./i);
      assert.match(text, /SATURATED/);
      assert.match(text, /LOST/);
      assert.match(text, /not counted/);
      assert.match(text, /−1\.2 ms ± 300 µs/);
    }
  });

  it('is what waiting hid, and how much of the time the server accounts for', () => {
    for (const text of renderings(sampleLoadReport())) {
      assert.match(text, /p99 of the response time is 31\.4 times that of the service time/);
      assert.match(text, /would have said 44\.9 ms instead of 1\.41 s/);
      assert.match(text, /the server says it took 6\.84 ms; 11 ms passed outside it/);
      assert.match(text, /status-5xx/);
      assert.match(text, /3 of 4 checks held/);
      assert.match(text, /TLS_AES_256_GCM_SHA384/);
    }
  });

  it('is who was late, where response and service times still agree', () => {
    const load = sampleOpenLoad(12);
    const slip = { ...load.latency.slip, p99: 0.0129 };
    const late = { ...load.generator, queued: 0, lateness: { ...load.generator.lateness, p99: 0.0128 } };
    const said = (over: Partial<typeof load>): string => renderings(sampleLoadReport({ ...load, ...over }))[0]!;
    const latency = { ...load.latency, slip };
    assert.match(said({ latency }), /left 12\.9 ms or more after they were due, because every connection was/);
    assert.match(said({ latency, generator: late }), /after they were due, because the generator was late/);
    assert.match(said({}), /Requests left when they were due: 99 % of them within 118 µs\./);
  });

  it('is not that all of something happened when one was missing', () => {
    const load = sampleOpenLoad(2);
    const checks = [{ name: 'ok', passed: 99_999, failed: 1 }];
    const report = sampleLoadReport({
      ...load,
      planned: 100_000,
      sent: 99_999,
      steps: [{ ...load.steps[0]!, checks }],
    });
    for (const text of renderings(report)) {
      assert.equal(text.match(/(>|&gt;) 99\.9 %/g)?.length, 2);
      assert.doesNotMatch(text, /planned[^.]*\(100 %\)/);
    }
  });

  it('is not more than an earlier version measured', () => {
    for (const text of renderings({ ...old, loadBefore: null })) {
      assert.doesNotMatch(text, /→ first byte|Handshake|connections? over|Ceiling|Steal/);
      assert.match(text, /20 of 20/);
    }
  });

  it('is no percentile that fewer measurements than it needs stand for', () => {
    const few = sampleLoadReport(sampleOpenLoad(2)); // 800 requests
    const row = renderTerminal(few, { color: false, width: 80 })
      .split('\n')
      .find((line) => line.startsWith('  response'));
    assert.match(row ?? '', /response( +[\d.]+ m?s){4} +— +— +[\d.]+ m?s$/);
  });
});

describe('the terminal report', () => {
  it('looks like the golden file (renew: UPDATE_GOLDEN=1)', () => {
    golden('sample-terminal.txt', renderTerminal(sampleReport(), { color: false, width: 80 }));
    golden('sample-load-terminal.txt', renderTerminal(sampleLoadReport(), { color: false, width: 80 }));
  });

  it('fits its width, whatever the labels are', () => {
    for (const width of [60, 80, 120]) {
      for (const details of [false, true]) {
        const loads = [sampleLoadReport(), hostileReport(sampleLoadReport()), shared, hostileReport(shared), old];
        for (const report of [sampleReport(), hostileReport(), bare, invalid, ...loads]) {
          for (const line of renderTerminal(report, { color: false, width, details }).split('\n'))
            assert.ok(displayWidth(line) <= width, `${displayWidth(line)} > ${width}: ${line}`);
        }
      }
    }
  });

  it('says the same with colours as without', () => {
    for (const report of [sampleReport(), hostileReport(), shared]) {
      const colored = renderTerminal(report, { color: true, width: 80 });
      assert.match(colored, /\u001b\[/);
      assert.equal(stripVTControlCharacters(colored), renderTerminal(report, { color: false, width: 80 }));
    }
  });

  it('lets no control character of a label through', () => {
    for (const report of [hostileReport(), hostileReport(shared)])
      assert.doesNotMatch(renderTerminal(report, { color: false, width: 80, details: true }), UNSAFE);
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
    assert.match(text, /Generator: 8,049 of 8,049 planned requests sent/);
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
    golden('sample-load.md', renderMarkdown(sampleLoadReport()));
  });

  it('escapes everything that a label could mean', () => {
    for (const report of [hostileReport(), hostileReport(shared)]) {
      const text = renderMarkdown(report);
      assert.doesNotMatch(text, UNSAFE);
      const prose = text.replace(/^ *(`{3,})\n[\s\S]*?^ *\1$/gm, '');
      assert.doesNotMatch(prose, /(?<!\\)<|(?<!\\)\]\(|(?<!\\)`/);
    }
  });

  it('has tables whose rows all have as many cells as their head', () => {
    for (const report of [sampleReport(), hostileReport(), invalid, shared, hostileReport(shared)]) {
      const blocks = renderMarkdown(report)
        .split(/\n\n/)
        .filter((block) => block.startsWith('| '));
      assert.ok(blocks.length >= 2);
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
    const html = renderHtml(hostileReport()) + renderHtml(hostileReport(shared));
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

  it('folds what passed, with its count, and leaves open what has to be looked at', () => {
    const report = sampleReport();
    const html = renderHtml(report);
    const passed = report.verdicts.filter(({ status }) => status === 'pass').length;
    assert.ok(passed > 1 && passed < report.verdicts.length);
    const at = html.indexOf(`<details><summary>${passed} objectives passed</summary>`);
    assert.ok(at > 0, html.slice(html.indexOf('id="objectives"')).slice(0, 500));
    const folded = html.slice(at, html.indexOf('</details>', at));
    const badges = (text: string, word: string) => text.split(`>${word}</span>`).length - 1;
    assert.equal(badges(folded, 'PASS'), passed);
    assert.equal(badges(html, 'PASS'), passed);
    for (const word of ['CRIT', 'WARN', 'MISS', 'NO DATA']) assert.equal(badges(folded, word), 0);
    const all = { ...report, verdicts: report.verdicts.filter(({ status }) => status === 'pass') };
    assert.doesNotMatch(renderHtml(all), /<table role="table" aria-label="Objectives"/);
  });
});

describe('long names and evidence on a terminal', () => {
  const subject = 'public.pitwall_tasks_deleted_at_owner_id_priority_id_desc';
  const evidence = Array.from({ length: 12 }, (_, i) => ({ label: `what was seen of number ${i}`, value: `is ${i}` }));
  const [first] = sampleReport().findings;
  const report: Report = { ...bare, findings: [{ ...first!, subject, evidence, changes: [] }] };

  it('are wrapped, never cut: the figure that matters may be the last', () => {
    for (const width of [60, 80, 120]) {
      const text = renderTerminal(report, { color: false, width });
      const lines = text.split('\n');
      assert.ok(lines.every((line) => displayWidth(line) <= width));
      assert.ok(text.replace(/\s+/g, '').includes(subject), text);
      for (let i = 0; i < 12; i++) assert.match(text.replace(/\s+/g, ' '), new RegExp(`number ${i}: is ${i}\\b`));
    }
  });
});

describe('before and after of a statement', () => {
  const SQL = 'SELECT id, note FROM orders WHERE customer_id = $1 AND at > $2 ORDER BY at DESC LIMIT 10';
  const sample = sampleReport();
  const [first, ...rest] = sample.outcomes;
  const labels = { statement: '4b63f1158d812fee' };
  const affected = first!.comparisons.findIndex((one) => one.affected);
  const comparisons = first!.comparisons.map((one, i) => (i === affected ? { ...one, labels } : one));
  const change = { ...first!.change, titles: { [labels.statement]: SQL } };
  const report: Report = { ...sample, outcomes: [{ ...first!, change, comparisons }, ...rest] };

  it('shows its text beside its fingerprint in every rendering', () => {
    const text = renderTerminal(report, { color: false, width: 80 });
    assert.match(text, /· 4b63f1158d812fee .*\n +SELECT id, note FROM orders WHERE .*…\n/);
    assert.match(renderHtml(report), /4b63f1158d812fee<\/div><div class="small"><code>SELECT id, note FROM orders/);
    assert.match(renderMarkdown(report), /4b63f1158d812fee \(SELECT id, note FROM orders/);
    assert.ok(parseReport(JSON.stringify(report)).outcomes[0]!.change.titles);
  });
});

describe('a change that nothing measured could prove', () => {
  it('is advice in the report, not a change', () => {
    const sample = sampleReport();
    const finding = sample.findings.find(({ changes }) => (changes?.length ?? 0) > 0)!;
    const changes = [{ ...finding.changes![0]!, affects: [] }];
    const report: Report = { ...bare, findings: [{ ...finding, changes }] };
    const text = renderTerminal(report, { color: false, width: 80 });
    assert.match(text, /Advice {4}\S+ .*by hand/s);
    assert.doesNotMatch(text, /^ {6}Change/m);
  });
});
