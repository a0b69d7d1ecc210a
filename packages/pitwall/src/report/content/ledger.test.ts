import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServerTruth, TruthMoment } from '../../model/ledger.ts';
import type { Report } from '../../model/report.ts';
import { Histogram } from '../../stats/histogram.ts';
import { sampleLedger } from '../fixtures/sample-ledger.ts';
import { sampleLoadReport, sampleOpenLoad } from '../fixtures/sample-load-report.ts';
import { renderHtml } from '../html.ts';
import { renderMarkdown } from '../markdown.ts';
import { renderTerminal } from '../terminal.ts';
import { costSentences } from './ledger.ts';
import { truthSentences } from './server-truth.ts';

const renderings = (report: Report): readonly string[] => [
  renderTerminal(report, { color: false, width: 80 }).replace(/\s+/g, ' '),
  renderMarkdown(report).replaceAll('\\', '').replace(/\s+/g, ' '),
  renderHtml(report)
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' '),
];

describe('what a request cost', () => {
  it('is said in the terminal, in Markdown and in HTML', () => {
    for (const text of renderings(sampleLoadReport())) {
      assert.match(text, /cost per request/i);
      assert.match(text, /over 47,900 requests that ended in the measured part/);
      assert.match(text, /CPU time[ |*]+2\.13 ms[ |*]+102 s/);
      assert.match(text, /Context switches, to wait[ |*]+6\.4[ |*]+306,560/);
      assert.match(text, /Written to storage[ |*]+8\.22 KiB[ |*]+385 MiB/);
      assert.match(text, /Stalled for a CPU \(PSI\)[ |*]+240 µs/);
      assert.match(text, /Time in statements[ |*]+1\.87 ms[ |*]+89\.6 s[ |*]+± 1\.2 %/);
      assert.match(text, /Rows returned \(orders\)[ |*]+41[ |*]+1,963,900/);
      assert.doesNotMatch(text, /± 0\.8 %/);
      assert.match(
        text,
        /place order.{1,60}14\.7 ms.{1,20}5\.29 ms.{1,20}2\.6 ms.{1,20}(1\.8 ms to 3\.4 ms|± 30\.8 %)/,
      );
      assert.match(text, /12 lines of the log were not ours and were left out\./);
    }
  });

  it('fits 80 columns with every column in use', () => {
    const lines = renderTerminal(sampleLoadReport(), { color: false, width: 80 }).split('\n');
    const from = lines.findIndex((line) => line.startsWith('COST PER REQUEST'));
    assert.ok(lines.slice(from).some((line) => /^ {2}TARGET +WHAT +EACH +TOTAL +± UP TO$/.test(line)));
    assert.ok(lines.slice(from).some((line) => /^ {2}STEP +BYTES +SERVER +DATABASE +CPU +95 %$/.test(line)));
    assert.ok(lines.slice(from).some((line) => /^ {2}STEP +FROM +CLIENT +SERVER +BETWEEN +P50 +P99$/.test(line)));
    assert.ok(lines.every((line) => line.length <= 80));
  });

  it('is nothing where nothing is known', () => {
    const { ledger: _, ...bare } = sampleLoadReport();
    for (const text of renderings(bare)) assert.doesNotMatch(text, /cost per request/i);
  });

  it('says why steps are not told apart, and what then helps', () => {
    const ledger = sampleLedger();
    const steps = ledger.steps.map((step) => ({ ...step, shares: [] }));
    const report = sampleLoadReport();
    const said = costSentences({
      ...report,
      ledger: { ...ledger, steps, notToldApart: 'their mix was the same' },
    }).join(' ');
    assert.match(
      said,
      /What the processes used cannot be told apart by step: their mix was the same\. To see what one step costs, load it alone\./,
    );
    assert.doesNotMatch(said, /CPU by step is worked out/);
  });

  it('does not claim that the generator is in the figures of a host that it did not run on', () => {
    const load = sampleOpenLoad(3);
    const on = (sharedCores: boolean) =>
      costSentences({ ...sampleLoadReport(), load: { ...load, generator: { ...load.generator, sharedCores } } }).join(
        ' ',
      );
    assert.match(on(true), /host hold the load generator/);
    assert.doesNotMatch(on(false), /host hold the load generator/);
  });
});

describe('what lies between the client and the service', () => {
  const calm = {
    ...sampleOpenLoad(3).generator,
    lateness: { ...sampleOpenLoad(3).generator.lateness, p99: 0.0002 },
    loopUtilisation: 0.2,
    cpuUtilisation: 0.2,
  };
  function said(
    client: number,
    server: number,
    more: Partial<ServerTruth> & {
      over?: readonly TruthMoment[];
      generator?: Partial<typeof calm>;
      gaps?: readonly number[];
    } = {},
  ): string {
    const { over = [], generator = {}, gaps, ...truth } = more;
    const gap = client - server;
    const isLog = (truth.source ?? 'access-log') === 'access-log';
    const one: ServerTruth = {
      step: 'GET /',
      source: 'access-log',
      client: 1000,
      server: 1000,
      clientMean: client,
      serverMean: server,
      between: { mean: gap, p50: isLog ? Number.NaN : gap, p99: isLog ? Number.NaN : gap },
      resolution: 0,
      ...truth,
    };
    const report = sampleLoadReport();
    const between = new Histogram();
    for (const each of gaps ?? Array.from({ length: 1000 }, () => gap)) between.record(each * 1e9);
    const said = { server: between.count, database: 0, service: client, between: between.toDistribution() };
    const steps = [{ ...report.load!.steps[0]!, endpoint: one.step, said }];
    const load = { ...report.load!, steps, generator: { ...calm, ...generator } };
    return truthSentences({
      ...report,
      load,
      ledger: { ...sampleLedger(), serverTruth: [one], truthOverTime: over },
    }).join(' ');
  }

  it('is only told where it is small', () => {
    assert.equal(
      said(0.0124, 0.0121),
      "The service's log says 12.1 ms, the client saw 12.4 ms (means of 1,000 requests): 300 µs lie between them (network, accept queue, generator).",
    );
    assert.doesNotMatch(said(0.0005, 0.0001), /suspect|way/i);
    assert.doesNotMatch(said(0.1, 0.09), /suspect|way/i);
  });

  it('speaks against the generator when that was late itself', () => {
    const generator = { lateness: { ...calm.lateness, p99: 0.03 } };
    assert.match(said(0.05, 0.01, { generator }), /Suspect the generator: its requests were late, too \(p99 30 ms\)\./);
    assert.match(
      said(0.05, 0.01, { generator: { loopUtilisation: 0.95 } }),
      /Suspect the generator: 95 % of its time was taken\./,
    );
  });

  it('speaks against a queue when it grew while the service was calm', () => {
    const over = Array.from({ length: 9 }, (_, at) => ({ at, client: 0.012 + at * 0.01, server: 0.01 }));
    assert.match(
      said(0.05, 0.01, { over }),
      /grew from 12 ms to 72 ms while the service stayed calm: suspect the accept queue/,
    );
    const busy = over.map((moment) => ({ ...moment, server: moment.client - 0.002 }));
    assert.doesNotMatch(said(0.05, 0.01, { over: busy }), /grew/);
  });

  it('speaks against a queue when it comes and goes', () => {
    const gaps = Array.from({ length: 1000 }, (_, i) => (i % 20 === 0 ? 0.4 : 0.0004));
    assert.match(
      said(0.03, 0.01, { gaps, source: 'server-timing' }),
      /400 µs for half of them and 400 ms at p99.*suspect its accept queue/,
    );
  });

  it('is a long way, or a proxy, when it is the same for all', () => {
    assert.match(said(0.032, 0.012, { source: 'server-timing' }), /about the same for all of them/);
  });

  it('is one or the other where requests cannot be paired', () => {
    assert.match(
      said(0.032, 0.012),
      /A log does not say which of its lines is which request, so whether .* is not known/,
    );
    assert.doesNotMatch(said(0.032, 0.012), /about the same|for half of them/);
    const gaps = Array.from({ length: 99 }, () => 0.02);
    assert.match(said(0.032, 0.012, { source: 'server-timing', gaps }), /too few requests for a p99/);
  });

  it('weighs the means of a log by what each side saw', () => {
    const row = (client: number, clientMean: number): ServerTruth => ({
      step: `${clientMean}`,
      source: 'access-log',
      client,
      server: 100,
      clientMean,
      serverMean: 0.01,
      between: { mean: clientMean - 0.01, p50: Number.NaN, p99: Number.NaN },
      resolution: 0,
    });
    const ledger = { ...sampleLedger(), serverTruth: [row(300, 0.02), row(100, 0.04)], truthOverTime: [] };
    assert.match(truthSentences({ ...sampleLoadReport(), ledger }).join(' '), /the client saw 25 ms/);
  });

  it('is not said again of headers, which the load tells of, unless something follows from it', () => {
    assert.equal(said(0.0124, 0.0121, { source: 'server-timing' }), '');
    assert.equal(said(0.01, 0.02, { source: 'server-timing' }), '');
    assert.match(said(0.032, 0.012, { source: 'server-timing' }), /^The service says 12 ms, .*about the same for all/);
  });

  it('is not a negative time', () => {
    assert.match(said(0.01, 0.012), /its clock counts something else/);
    assert.match(said(0.01, 0.0105, { resolution: 0.001 }), /0 s lie between them/);
  });

  it('says how coarse a log is', () => {
    assert.match(said(0.0124, 0.0121, { resolution: 0.001 }), /in steps of 1 ms: only means say less than that\./);
  });

  it('has percentiles of headers alone: not of a log, also when an earlier version subtracted some', () => {
    const ledger = sampleLedger();
    const [log, header] = [ledger.serverTruth[0]!, ledger.serverTruth.at(-1)!];
    const old = { ...log, between: { mean: 0.0002, p50: 0.0004, p99: 0.0777 } };
    for (const text of renderings({ ...sampleLoadReport(), ledger: { ...ledger, serverTruth: [old, header] } })) {
      assert.match(text, /header .{1,60}7\.9 ms[ |*]+4\.74 ms[ |*]+71\.1 ms/);
      assert.match(text, /p99/i);
      assert.doesNotMatch(text, /77\.7 ms/);
    }
    const bare = renderings({ ...sampleLoadReport(), ledger: { ...ledger, serverTruth: [old] } });
    for (const text of bare)
      assert.match(text, /Between[ |:-]+(Requests|list)|STEP +FROM +CLIENT +SERVER +BETWEEN +list/i);
  });
});
