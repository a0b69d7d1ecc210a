import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Explained, PlanStep } from '../model/database.ts';
import type { Report } from '../model/report.ts';
import { golden, UNSAFE } from './fixtures/golden.ts';
import { hostileReport } from './fixtures/hostile-report.ts';
import { sampleDatabase } from './fixtures/sample-database.ts';
import { renderHtml } from './html.ts';
import { parseReport, toJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { reportSchema } from './schema.ts';
import { renderTerminal } from './terminal.ts';
import { displayWidth } from './text.ts';

const plain = { color: false, width: 80 } as const;

/** The report with each number of its databases replaced. */
function withNumbers(value: number): Report {
  const replace = (part: unknown): unknown => {
    if (typeof part === 'number') return value;
    if (Array.isArray(part)) return part.map(replace);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, replace(inner)]));
  };
  const report = sampleDatabase();
  return { ...report, databases: replace(report.databases) as NonNullable<Report['databases']> };
}

describe('databases in a report', () => {
  it('look like the golden files (renew: UPDATE_GOLDEN=1)', () => {
    golden('sample-database-terminal.txt', renderTerminal(sampleDatabase(), plain));
    golden('sample-database.md', renderMarkdown(sampleDatabase()));
  });

  it('go through JSON and its schema without a loss', () => {
    assert.deepEqual(reportSchema.parse(JSON.parse(toJson(sampleDatabase()))), sampleDatabase());
    assert.deepEqual(parseReport(toJson(sampleDatabase())), sampleDatabase());
  });

  it('fit the width of the terminal, whatever the texts are', () => {
    for (const width of [60, 80, 120]) {
      for (const details of [false, true]) {
        for (const report of [sampleDatabase(), hostileReport(sampleDatabase())]) {
          for (const line of renderTerminal(report, { color: false, width, details }).split('\n'))
            assert.ok(displayWidth(line) <= width, `${displayWidth(line)} > ${width}: ${line}`);
        }
      }
    }
  });

  it('say the same with colours as without', () => {
    for (const report of [sampleDatabase(), hostileReport(sampleDatabase())]) {
      const colored = renderTerminal(report, { color: true, width: 80 });
      assert.match(colored, /\u001b\[/);
      assert.equal(stripVTControlCharacters(colored), renderTerminal(report, plain));
    }
  });

  it('let nothing through that a text could do to a terminal, a page or a Markdown viewer', () => {
    const hostile = hostileReport(sampleDatabase());
    assert.doesNotMatch(renderTerminal(hostile, { ...plain, details: true }), UNSAFE);
    const markdown = renderMarkdown(hostile);
    assert.doesNotMatch(markdown, UNSAFE);
    const prose = markdown.replace(/^ *(`{3,})\n[\s\S]*?^ *\1$/gm, '');
    assert.doesNotMatch(prose, /(?<!\\)<|(?<!\\)\]\(|(?<!\\)`/);
    const html = renderHtml(hostile);
    assert.doesNotMatch(html, UNSAFE);
    assert.doesNotMatch(html, /<(script|img|link|iframe|object|base)\b/);
    assert.doesNotMatch(html, /\s(src|on\w+)=["']/);
  });

  it('survive numbers that no database should give', () => {
    for (const value of [0, -1, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
      const report = withNumbers(value);
      for (const text of [renderTerminal(report, plain), renderMarkdown(report), renderHtml(report)])
        assert.doesNotMatch(text, /NaN|Infinity|undefined|\[object/, `with ${value}`);
    }
  });

  it('survive a plan that is deeper than any', () => {
    const report = sampleDatabase();
    const [, , last] = report.databases!;
    let { plan } = last!.explained!;
    for (let depth = 0; depth < 500; depth++) plan = { ...plan, children: [plan] };
    const deep = { ...report, databases: [{ ...last!, explained: { ...last!.explained!, plan } }] };
    for (const text of [renderTerminal(deep, plain), renderMarkdown(deep), renderHtml(deep)])
      assert.match(text, /what is below is not\s+shown/);
  });

  it('survive a plan that is wider than any: the first steps, and how many more there are', () => {
    const report = sampleDatabase();
    const [, , last] = report.databases!;
    const { plan } = last!.explained!;
    const children = Array.from({ length: 20_000 }, () => ({ ...plan, children: [] }));
    const wide = { ...last!, explained: { ...last!.explained!, plan: { ...plan, children } } };
    for (const render of [(of: Report) => renderTerminal(of, plain), renderMarkdown, renderHtml]) {
      const text = render({ ...report, databases: [wide] });
      assert.match(text, /… 19,601 more steps/);
      assert.ok(text.split('\n').length < 8000);
    }
  });
});

describe('what is said of a database', () => {
  it('is in full with details, and where indexes are asked for they come first', () => {
    const report = sampleDatabase();
    const only = { ...report, databases: [report.databases![1]!] };
    const short = renderTerminal(only, plain);
    assert.match(short, /--details lists them/);
    assert.match(short, /… 1 more; --details shows all/);
    assert.doesNotMatch(short, /ROWS A CALL/);
    const full = renderTerminal(only, { ...plain, details: true });
    assert.match(full, /ROWS A CALL/);
    assert.match(full, /\(deleted_at\)/);
  });

  it('is why there is nothing, without a way to apply nothing', () => {
    const report = sampleDatabase();
    const text = renderTerminal({ ...report, databases: [report.databases![2]!] }, plain);
    assert.match(text, /INDEXES of db {3}nothing to do/);
    assert.match(text, /No other index would help it\./);
    assert.doesNotMatch(text, /pitwall apply/);
  });

  it('is "not known" where nothing could be looked at, why, and which statements with what share of the time', () => {
    const report = sampleDatabase();
    const { advice, ...rest } = report.databases![2]!;
    const because = 'it is not understood: syntax error';
    const notConsidered = [
      { statement: 'a', text: `SELECT ${'x'.repeat(200)}`, because, unknown: true, share: 0.8 },
      ...[0.1, 0.05, 0.02, 0.00001].map((share) => ({
        statement: 'b',
        text: `b ${share}`,
        because: 'no table',
        share,
      })),
    ];
    const told = { ...advice!, proposals: [], notConsidered, nothingToDo: null, notKnown: ['no right', 'GRANT it'] };
    const one = { ...report, databases: [{ ...rest, advice: told }] };
    const text = renderTerminal(one, plain);
    assert.match(text, /INDEXES of db {3}not known\n {2}No right\.\n {2}GRANT it\.\n/);
    assert.match(text, /not understood: syntax error\. \(1 statement, 80 % of the time\)\n {9}80 % {2}SELECT x+…\n/);
    assert.match(text, /No table\. \(4 statements, 17 % of the time\)\n.* b 0\.1\n.*\n.*\n.*… 1 more statement/);
    assert.match(renderTerminal(one, { ...plain, details: true }), /< 0\.1 % {2}b 0\.00001/);
    assert.doesNotMatch(text, /nothing to do/);
    for (const other of [renderMarkdown(one), renderHtml(one)]) assert.match(other, /not known[\s\S]*GRANT it\./);
    const { notKnown: _, ...known } = told;
    const partly = renderTerminal({ ...report, databases: [{ ...rest, advice: known }] }, plain);
    assert.match(partly, /INDEXES of db {3}nothing to do, as far as it is known/);
  });

  it('is what the plan does not show, with what would spare it, and then no "nothing to do"', () => {
    const report = sampleDatabase();
    const { explained, advice, ...rest } = report.databases![2]!;
    const beyond = [
      { because: 'each row reads all of "child"', ddl: 'CREATE INDEX "i" ON "child" ("a");' },
      { because: 'each row reads all of other', ddl: 'CREATE INDEX "j" ON "other" ("b");\nCOMMIT;' },
      { because: 'each row runs 1 trigger: audit', ddl: null },
    ];
    const one = {
      ...report,
      databases: [{ ...rest, explained: { ...explained!, beyond }, advice: { ...advice!, nothingToDo: null } }],
    };
    assert.deepEqual(parseReport(toJson(one)), one);
    const text = renderTerminal(one, plain);
    assert.match(
      text,
      /\n {2}What the plan does not show\n {4}! Each row reads all of "child"\.\n {4}DDL {7}CREATE INDEX "i" ON "child" \("a"\);\n {4}! Each row/,
    );
    assert.match(text, /\("b"\);\n {14}COMMIT;\n {4}! Each row runs 1 trigger: audit\.\n\n {2}Parameters:/);
    assert.match(text, /INDEXES of db {3}nothing for what the plan shows\n/);
    assert.doesNotMatch(text, /nothing to do|No other index/);
    const markdown = renderMarkdown(one);
    assert.match(
      markdown,
      /### What the plan does not show\n\nEach row[^\n]*\n\n```\nCREATE INDEX "i" ON "child" \("a"\);\n```\n/,
    );
    assert.match(markdown, /COMMIT;\n```\n\nEach row runs 1 trigger: audit\.\n\n- /);
    const html = renderHtml(one);
    assert.match(
      html,
      /What the plan does not show<[\s\S]*<code>CREATE INDEX &quot;j&quot; ON &quot;other&quot; \(&quot;b&quot;\);\nCOMMIT;</,
    );
    const hostile = hostileReport(one);
    for (const width of [60, 80])
      for (const line of renderTerminal(hostile, { color: false, width }).split('\n'))
        assert.ok(displayWidth(line) <= width, line);
    for (const output of [renderTerminal(hostile, plain), renderMarkdown(hostile), renderHtml(hostile)])
      assert.doesNotMatch(output, UNSAFE);
    assert.doesNotMatch(renderHtml(hostile), /<(script|img|link|iframe|object|base)\b/);
    assert.doesNotMatch(renderMarkdown(hostile).replace(/^ *(`{3,})\n[\s\S]*?^ *\1$/gm, ''), /(?<!\\)<|(?<!\\)\]\(/);
    for (const none of [renderTerminal(report, plain), renderMarkdown(report), renderHtml(report)])
      assert.doesNotMatch(none, /does not show/);
  });

  it('is how the figures of a plan are meant: once, and only where they are told', () => {
    const report = sampleDatabase();
    const { explained, ...rest } = report.databases![2]!;
    const said = (more: Partial<Explained>) => {
      const one = { ...report, databases: [{ ...rest, explained: { ...explained!, ...more } }] };
      return renderTerminal(one, { ...plain, width: 120 });
    };
    const own = (text: string) => text.match(/Times are each step's own; .*/g) ?? [];
    assert.deepEqual(own(said({})), ["Times are each step's own; cost includes the steps below."]);
    const { plan } = explained!;
    const buffers = { ...plan, details: ['Shared Hit Blocks: 12'] };
    assert.deepEqual(own(said({ plan: buffers })), [
      "Times are each step's own; cost and buffers include the steps below.",
    ]);
    const untimed = (step: PlanStep): PlanStep => ({ ...step, seconds: null, children: step.children.map(untimed) });
    for (const none of [untimed(plan), { ...plan, children: [] }]) assert.deepEqual(own(said({ plan: none })), []);
    const notes = ['not run to its end: it gave no answer within 5 s'];
    const ended = said({ plan: untimed(plan), planSeconds: null, seconds: null, notes });
    assert.match(ended, /PLAN on db {3}not run to its end\n[\s\S]*Not run to its end: it gave no answer within 5 s\./);
  });

  it('is what a call reads, and what it touches as that: pages count each time', () => {
    const report = sampleDatabase();
    const said = renderMarkdown({ ...report, databases: [report.databases![0]!] });
    assert.match(said, /a call reads 569 KiB from outside the cache and touches 21\.6 MiB \(a page counts each time\)/);
    assert.doesNotMatch(said, /KiB of 21/);
  });

  it('is that nothing is known, or that nothing ran', () => {
    const report = sampleDatabase();
    const empty = { statements: [], total: { statements: 0, calls: 0, seconds: null }, sources: [], loops: [] };
    const said = (window: number | null) =>
      renderTerminal({ ...report, databases: [{ target: 'db', workload: { ...empty, window } }] }, plain);
    assert.match(said(null), /None are known\./);
    assert.match(said(2), /0 statements, 0 calls, over 2 s\n\n {2}None in this time\./);
  });
});
