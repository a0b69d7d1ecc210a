import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { PitwallError } from '../../errors.ts';
import { hostileReport } from '../fixtures/hostile-report.ts';
import { sampleLoadReport, sampleOpenLoad } from '../fixtures/sample-load-report.ts';
import { sampleReport } from '../fixtures/sample-report.ts';
import { parseReport, toJson } from '../json.ts';
import { renderCsv } from './csv.ts';

type Row = Readonly<Record<string, string>>;

/** Strict: a row with more or fewer cells than the head is an error. */
const read = (text: string): readonly Row[] => parse(text, { columns: true, record_delimiter: '\r\n' });

const report = sampleLoadReport(sampleOpenLoad(40));
const load = report.load!;

describe('the load as CSV', () => {
  it('is one table with the documented columns', () => {
    const [head] = renderCsv(report).split('\r\n');
    assert.equal(
      head,
      'load,window,step,flow,method,from,length,requests,ok,errors,requests_per_second,bytes,in_flight,' +
        ['response', 'service', 'slip', 'first_byte', 'server', 'database']
          .flatMap((kind) =>
            ['p50', 'p90', 'p95', 'p99', 'p999', 'p9999', 'max', 'mean'].map((key) => `${kind}_${key}`),
          )
          .join(',') +
        ',errors_by_kind,tags',
    );
  });

  it('has the whole run, its steps, its blocks and its seconds, with the numbers of the report', () => {
    const rows = read(renderCsv(report));
    const count = (window: string): number => rows.filter((row) => row.window === window).length;
    assert.equal(count('run'), 1 + 3);
    assert.equal(count('block'), 2 * 3);
    assert.equal(count('second'), 40);
    const all = rows[0]!;
    assert.equal(all.step, '');
    assert.equal(Number(all.requests), load.sent);
    assert.equal(Number(all.ok), load.ok);
    assert.equal(Number(all.response_p99), load.latency.response.p99);
    assert.equal(Number(all.server_mean), load.latency.server?.mean);
    assert.equal(all.errors_by_kind, 'check=12');
    const step = rows.find((row) => row.window === 'run' && row.step === 'place order')!;
    assert.deepEqual([step.flow, step.method, step.errors], ['buy', 'POST', '12']);
    assert.equal(Number(step.slip_max), load.steps[2]!.latency.slip.max);
    const second = rows.filter((row) => row.window === 'second')[7]!;
    const tick = load.timeline[7]!;
    assert.deepEqual([second.from, second.length, second.service_p50], ['7', '1', '']);
    assert.equal(Number(second.requests_per_second), tick.completed - tick.errors);
    assert.deepEqual([Number(second.response_p90), Number(second.in_flight)], [tick.p90, tick.inFlight]);
    const block = rows.filter((row) => row.window === 'block')[3]!;
    assert.deepEqual([block.step, block.from, block.length, block.flow], ['list orders', '20', '20', 'browse']);
  });

  it('tells the load before the changes apart', () => {
    const rows = read(renderCsv(sampleReport()));
    const both = rows.filter(({ window, step }) => window === 'run' && step === '');
    assert.deepEqual(
      both.map(({ load: name, requests }) => [name, requests]),
      [
        ['now', '8049'],
        ['before', '1072'],
      ],
    );
  });

  it('leaves empty what is not known', () => {
    const nothing = {
      ...load.timeline[0]!,
      completed: 0,
      errors: 0,
      p50: Number.NaN,
      p90: Number.NaN,
      p99: Number.NaN,
    };
    const rows = read(renderCsv(parseReport(toJson({ ...report, load: { ...load, timeline: [nothing] } }))));
    const second = rows.find((row) => row.window === 'second')!;
    assert.deepEqual([second.requests, second.response_p50, second.response_p99], ['0', '', '']);
  });

  it('has no percentile of too few requests, and the tags of the steps', () => {
    const few = (count: number) => ({ count, sum: count / 100, min: 0.01, max: 0.01 });
    const step = {
      ...load.steps[0]!,
      tags: { team: 'shop', tier: 'gold' },
      sent: 99,
      errors: {},
      distributions: { response: few(99), service: few(19), slip: few(1) },
    };
    const { at, duration, steps: blocks } = load.blocks[0]!;
    const rows = read(
      renderCsv({
        ...report,
        load: {
          ...load,
          steps: [step],
          blocks: [{ at, duration, steps: [{ ...blocks[0]!, endpoint: step.endpoint, completed: 20 }] }],
          timeline: [{ ...load.timeline[0]!, completed: 99 }],
        },
      }),
    );
    const known = (row: Row, kind: string): readonly string[] =>
      ['p50', 'p90', 'p95', 'p99', 'p999', 'max', 'mean'].filter((key) => row[`${kind}_${key}`] !== '');
    const [all, one, block, second] = rows;
    assert.deepEqual(known(one!, 'response'), ['p50', 'p90', 'p95', 'max', 'mean']);
    assert.deepEqual(known(one!, 'service'), ['p50', 'p90', 'max', 'mean']);
    assert.deepEqual(known(one!, 'slip'), ['max', 'mean']);
    assert.deepEqual(known(all!, 'response'), known(one!, 'response'));
    assert.deepEqual(known(block!, 'response'), ['p50', 'p90', 'p95', 'max', 'mean']);
    assert.deepEqual(known(second!, 'response'), ['p50', 'p90']);
    assert.deepEqual([all!.tags, one!.tags, block!.tags], ['', 'team=shop tier=gold', 'team=shop tier=gold']);
  });

  it('has no cell that a spreadsheet would run, and keeps every other text as it is', () => {
    const names = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '=HYPERLINK("http://x","y")',
      '|calc',
      '%0A',
      '\t=1',
      'a,b',
      'say "hi"',
      'two\r\nlines',
      "'quoted",
    ];
    const steps = names.map((endpoint) => ({ ...load.steps[0]!, endpoint }));
    const rows = read(renderCsv({ ...report, load: { ...load, steps, blocks: [], timeline: [] } }));
    assert.deepEqual(
      rows.slice(1).map(({ step }) => step),
      [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        `'=HYPERLINK("http://x","y")`,
        "'|calc",
        "'%0A",
        "'=1",
        'a,b',
        'say "hi"',
        'two lines',
        "'quoted",
      ],
    );
    for (const row of read(renderCsv(hostileReport(report)))) {
      for (const [column, cell] of Object.entries(row)) {
        if (/^[-+=@|%]/.test(cell)) assert.ok(Number.isFinite(Number(cell)), `${column}: ${cell}`);
        assert.doesNotMatch(cell, /[\u0000-\u001f\u007f-\u009f\u202e]/);
      }
    }
  });

  it('says so when there is no load', () => {
    assert.throws(
      () => renderCsv({ ...report, load: null }),
      (error) => error instanceof PitwallError && error.code === 'REPORT_WITHOUT_LOAD',
    );
  });
});
