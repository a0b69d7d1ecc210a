import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeFromCompressedBase64, HistogramLogReader, JsHistogram, listTags } from 'hdr-histogram-js';
import { PitwallError } from '../../errors.ts';
import { Histogram } from '../../stats/histogram.ts';
import { hostileReport } from '../fixtures/hostile-report.ts';
import { sampleLoadReport, sampleOpenLoad } from '../fixtures/sample-load-report.ts';
import { encodeHistogram } from './hdr-codec.ts';
import { renderHdrLog } from './hdr-log.ts';

type Interval = NonNullable<ReturnType<HistogramLogReader['nextIntervalHistogram']>>;

const PERCENTILES = [10, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

/** Numbers of 32 bits, the same on every call (xorshift32). */
function* random(seed: number): Generator<number> {
  for (let x = seed; ; ) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

/**
 * Counts, percentiles and maximum as the library sees them are ours; values as far as both put them into one bucket. The rank
 * of a percentile is given halfway to the one before, so that no rounding of per cent decides.
 */
function assertSame(theirs: unknown, ours: Histogram): void {
  assert.ok(theirs instanceof JsHistogram);
  for (const [index, count] of ours.snapshot().buckets) assert.equal(theirs.getCountAtIndex(index), count);
  assert.equal(theirs.totalCount, ours.count);
  assert.equal(theirs.numberOfSignificantValueDigits, 3);
  for (const percent of ours.count === 0 ? [] : PERCENTILES) {
    const exact = (100 * (Math.ceil((percent / 100) * ours.count - 1e-6) - 0.5)) / ours.count;
    const a: number = theirs.getValueAtPercentile(exact);
    const b = ours.percentile(exact);
    assert.equal(theirs.highestEquivalentValue(a), theirs.highestEquivalentValue(b), `p${percent}: ${a} and ${b}`);
  }
  assert.equal(theirs.maxValue, theirs.highestEquivalentValue(ours.max));
  assert.equal(theirs.minNonZeroValue, theirs.lowestEquivalentValue(ours.min));
}

const decodeText = (text: string): JsHistogram => {
  const decoded = decodeFromCompressedBase64(text, 64);
  assert.ok(decoded instanceof JsHistogram);
  return decoded;
};
const decode = (histogram: Histogram): JsHistogram => decodeText(encodeHistogram(histogram.snapshot()));

describe('the V2 encoding of a histogram', () => {
  it('is what hdr-histogram-js decodes to the same counts, percentiles and maximum', () => {
    const numbers = random(20_261_120);
    for (const bits of [8, 12, 20, 26, 31, 40]) {
      const histogram = new Histogram();
      for (let i = 0; i < 5_000; i++) histogram.record(Math.max(1, (numbers.next().value! / 2 ** 32) ** 3 * 2 ** bits));
      assertSame(decode(histogram), histogram);
    }
  });

  it('keeps every bucket where it was, at the edges of all powers of two', () => {
    for (let bits = 1; bits <= 41; bits++) {
      const histogram = new Histogram();
      for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 2 ** Math.max(0, bits - 11)]) histogram.record(value);
      assertSame(decode(histogram), histogram);
    }
  });

  it('holds counts that need more than 32 bits, single empty buckets and long runs of them', () => {
    const histogram = new Histogram();
    histogram.record(1, 1);
    histogram.record(3, 2 ** 33 + 5);
    histogram.record(4, 2 ** 44);
    histogram.record(2 ** 42 - 1, 7);
    assertSame(decode(histogram), histogram);
    assert.equal(decode(histogram).getCountAtIndex(3), 2 ** 33 + 5);
  });

  it('is of an empty histogram, too', () => {
    assert.equal(decode(new Histogram()).totalCount, 0);
  });

  it('leaves out what no histogram of ours holds', () => {
    const buckets = [
      [5, 2],
      [4, 9],
      [7.5, 1],
      [9, -1],
      [10, Number.NaN],
      [11, 3],
      [10 ** 9, 1],
    ] as const;
    const decoded = decodeText(encodeHistogram({ buckets }));
    assert.equal(decoded.totalCount, 5);
    assert.equal(decoded.maxValue, 11);
  });
});

const UNTAGGED = 'NO TAG';

/** All intervals of a log by their tag. */
function intervals(log: string): ReadonlyMap<string, Interval> {
  const reader = new HistogramLogReader(log, 64);
  const read = new Map<string, Interval>();
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram())
    read.set(next.tag ?? '', next);
  return read;
}

describe('the HdrHistogram log', () => {
  const report = sampleLoadReport(sampleOpenLoad(20));
  const load = report.load!;
  const log = renderHdrLog(report);

  it('has the head and the fields of format 1.3', () => {
    const lines = log.trimEnd().split('\n');
    assert.equal(lines[1], '#[Histogram log format version 1.3]');
    assert.equal(lines[2], '#[BaseTime: 1795165926.310 (seconds since epoch)]');
    assert.match(
      lines[3] ?? '',
      /^#\[StartTime: 1795165926\.310 \(seconds since epoch\), Fri, 20 Nov 2026 09:12:06 GMT\]$/,
    );
    assert.equal(lines[4], '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"');
    assert.match(lines[5] ?? '', /^0\.000,20\.000,\d+\.\d{6},HISTFA[A-Za-z0-9+/]+=*$/);
    assert.equal(lines.length, 5 + 3 * (1 + load.steps.length));
  });

  it('gives back what was recorded: all steps without a tag, and each under its own', () => {
    const read = intervals(log);
    for (const kind of ['response', 'service', 'slip'] as const) {
      const all = Histogram.fromDistributions(load.steps.map(({ distributions }) => distributions[kind]));
      assertSame(read.get(kind === 'response' ? UNTAGGED : kind), all);
      for (const { endpoint, distributions } of load.steps) {
        const tag = `${kind}:${endpoint.replaceAll(' ', '%20')}`;
        assertSame(read.get(tag), Histogram.fromDistributions([distributions[kind]]));
      }
    }
    assert.equal(read.get(UNTAGGED)?.startTimeStampMsec, 1_795_165_926_310);
  });

  it('leaves no name of a step out of its field', () => {
    const hostile = hostileReport(sampleLoadReport(sampleOpenLoad(2)));
    const text = renderHdrLog(hostile);
    for (const line of text.trimEnd().split('\n'))
      assert.match(line, /^(#\[|"Start|(Tag=[!-~]+,)?0\.000,2\.000,[\d.]+,[\w+/=]+$)/);
    const tags = listTags(text);
    assert.equal(tags.length, 3 * (1 + hostile.load!.steps.length));
    for (const tag of tags.filter((one) => one !== UNTAGGED)) assert.doesNotMatch(tag, /[,\s]/);
    assert.equal(
      intervals(text).get(tags.find((tag) => tag.startsWith('response:'))!)?.totalCount,
      hostile.load!.steps[0]!.distributions.response.count,
    );
  });

  it('says so when there is no load', () => {
    assert.throws(
      () => renderHdrLog({ ...report, load: null }),
      (error) =>
        error instanceof PitwallError && error.code === 'REPORT_WITHOUT_LOAD' && /has no load/.test(error.message),
    );
  });

  const JAR = '/usr/share/java/hdrhistogram.jar';
  const java = existsSync(JAR) && existsSync('/usr/bin/java');

  it('is read by the reference implementation', { skip: java ? false : `${JAR} is not installed` }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'pitwall-hlog-'));
    try {
      const file = join(folder, 'load.hlog');
      writeFileSync(file, log);
      const process = (tag: readonly string[]): readonly string[][] => {
        const args = ['-cp', JAR, 'org.HdrHistogram.HistogramLogProcessor', '-csv', '-i', file, ...tag];
        const { status, stdout, stderr } = spawnSync('/usr/bin/java', args, { encoding: 'utf8' });
        assert.equal(status, 0, stderr);
        return stdout.split('\n').map((line) => line.split(','));
      };
      const tags: readonly (readonly [readonly string[], Histogram])[] = [
        [[], Histogram.fromDistributions(load.steps.map(({ distributions }) => distributions.response))],
        [['-tag', 'service:place%20order'], Histogram.fromDistributions([load.steps[2]!.distributions.service])],
      ];
      for (const [tag, ours] of tags) {
        const rows = process(tag).filter(([value]) => /^[\d.]+$/.test(value ?? ''));
        assert.ok(rows.length > 20);
        for (const [value, percentile, total] of rows) {
          // Milliseconds to three digits after the point.
          assert.ok(
            Math.abs(Number(value) - ours.percentile(Number(percentile) * 100) / 1e6) <= Number(value) / 1_024 + 0.001,
          );
          assert.ok(Number(total) <= ours.count);
        }
        assert.equal(Number(rows.at(-1)?.[2]), ours.count);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
