import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../model/report.ts';
import { hostileReport } from '../fixtures/hostile-report.ts';
import { sampleLoadReport, sampleOpenLoad } from '../fixtures/sample-load-report.ts';
import { sampleReport } from '../fixtures/sample-report.ts';
import { renderJunit } from './junit.ts';

const XMLLINT = '/usr/bin/xmllint';
/** What Jenkins' xUnit plugin and GitLab take, as a RELAX NG grammar of our own. */
const GRAMMAR = fileURLToPath(new URL('../fixtures/junit.rng', import.meta.url));

const load = sampleOpenLoad(4);
const report = sampleLoadReport(load);
const ended: Report = sampleLoadReport({
  ...load,
  valid: false,
  invalidBecause: ['only 62 % of the planned requests were sent'],
  partial: 'more than 5 % of the requests failed for 10 s',
  endedBy: 'abort-rule',
  steps: load.steps.map((step) => ({ ...step, checks: [{ name: 'never asked', passed: 0, failed: 0 }] })),
});
const bare: Report = { ...report, verdicts: [], load: null };

interface Suite {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly name: string;
    readonly className: string;
    readonly kind: string;
    readonly message: string;
  }[];
}

const unescaped = (text: string): string =>
  text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]!,
  );

const attributesOf = (tag: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...tag.matchAll(/ ([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name!, unescaped(value!)]));

/** Enough of a parser for what we write, so that the test does not need one installed. */
function suites(text: string): readonly Suite[] {
  return [...text.matchAll(/<testsuite( [^>]*)>([\s\S]*?)<\/testsuite>/g)].map(([, head, body]) => ({
    name: attributesOf(head!).name!,
    attributes: attributesOf(head!),
    cases: [...body!.matchAll(/<testcase( [^>]*)>([\s\S]*?)<\/testcase>/g)].map(([, tag, inner]) => {
      const [, kind = 'passed', rest = ''] = /^<(failure|error|skipped|system-out)( [^>]*)?>/.exec(inner!) ?? [];
      const said = kind === 'system-out' ? inner!.replace(/<[^>]+>/g, '') : (attributesOf(rest).message ?? '');
      return {
        name: attributesOf(tag!).name!,
        className: attributesOf(tag!).classname!,
        kind,
        message: unescaped(said),
      };
    }),
  }));
}

const kindsOf = (one: Report, suite: string): readonly (readonly [string, string])[] =>
  suites(renderJunit(one))
    .find(({ name }) => name === `vending: ${suite}`)!
    .cases.map(({ name, kind }) => [name, kind] as const);

describe('the report as JUnit XML', () => {
  it('fails what the exit code fails, and says the rest', () => {
    assert.deepEqual(kindsOf(sampleReport(), 'objectives'), [
      ['http.client.request.duration.p95 GET /api/orders?status=open', 'failure'],
      ['http.client.request.duration.p95 GET /api/devices', 'system-out'],
      ['http.client.request.duration.p95 GET /api/planograms/:id/slots', 'system-out'],
      ['http.client.request.duration.p95 GET /health', 'passed'],
      ['load.requests.rate', 'system-out'],
      ['host.cpu.utilization', 'passed'],
      ['host.memory.pressure', 'skipped'],
    ]);
    const [first, second] = suites(renderJunit(sampleReport()))[0]!.cases;
    assert.equal(first?.message, 'CRIT: 312 ms (target 20 ms, warning 100 ms, critical 250 ms).');
    assert.equal(first?.className, 'pitwall.objectives.web');
    assert.match(second?.message ?? '', /^WARN: 118 ms/);
    const error = { ...report.verdicts[0]!, status: 'error' as const, because: 'the collector failed' };
    assert.deepEqual(kindsOf({ ...report, verdicts: [error] }, 'objectives'), [['load.requests.rate', 'error']]);
  });

  it('has a case for every check of every step', () => {
    assert.deepEqual(kindsOf(report, 'checks'), [
      ['list orders: status is 200', 'passed'],
      ['open order: status is 200', 'passed'],
      ['place order: status is 201', 'failure'],
      ['place order: answers with an id', 'passed'],
    ]);
    const failed = suites(renderJunit(report))[1]!.cases[2];
    assert.equal(failed?.message, '12 responses of 320 failed it (3.75 %).');
    assert.equal(failed?.className, 'pitwall.checks.buy');
    assert.deepEqual(
      kindsOf(ended, 'checks').map(([, kind]) => kind),
      ['skipped', 'skipped', 'skipped'],
    );
  });

  it('names the tags of the steps', () => {
    const steps = load.steps.map((step, i) => (i === 2 ? { ...step, tags: { team: '<shop>', tier: 'gold' } } : step));
    const text = renderJunit({ ...report, load: { ...load, steps } });
    assert.match(text, /<property name="tags of place order" value="team=&lt;shop&gt; tier=gold">/);
    assert.equal(text.match(/"tags of /g)?.length, 1);
  });

  it('says whether the load was valid and ran to its end', () => {
    assert.deepEqual(kindsOf(report, 'load validity'), [
      ['the load is valid', 'passed'],
      ['the load ran to its end', 'system-out'], // saturated
    ]);
    assert.deepEqual(kindsOf(ended, 'load validity'), [
      ['the load is valid', 'error'],
      ['the load ran to its end', 'failure'],
    ]);
    assert.match(renderJunit(ended), /type="abort-rule" message="More than 5 % of the requests failed for 10 s\."/);
  });

  it('counts what it has', () => {
    for (const one of [report, ended, sampleReport(), hostileReport(report), bare]) {
      const text = renderJunit(one);
      const all = suites(text);
      const count = (of: readonly Suite[], kind: string): number =>
        of.flatMap(({ cases }) => cases).filter((one) => one.kind === kind).length;
      for (const suite of all) {
        assert.equal(Number(suite.attributes.tests), suite.cases.length);
        assert.equal(Number(suite.attributes.failures), count([suite], 'failure'));
        assert.equal(Number(suite.attributes.errors), count([suite], 'error'));
        assert.equal(Number(suite.attributes.skipped), count([suite], 'skipped'));
        assert.equal(suite.attributes.timestamp, '2026-11-20T09:12:04');
      }
      const root = attributesOf(/<testsuites( [^>]*)>/.exec(text)![1]!);
      assert.equal(
        Number(root.tests),
        all.reduce((sum, { cases }) => sum + cases.length, 0),
      );
      assert.equal(Number(root.failures), count(all, 'failure'));
      assert.equal(Number(root.errors), count(all, 'error'));
    }
  });

  it('keeps hostile names inside their attributes', () => {
    const hostile = renderJunit(hostileReport(report));
    assert.doesNotMatch(hostile, /<(script|img|!)/);
    assert.doesNotMatch(hostile, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
    assert.equal(
      suites(hostile).flatMap(({ cases }) => cases).length,
      suites(renderJunit(report)).flatMap(({ cases }) => cases).length,
    );
    const strange = { ...report.verdicts[0]!, indicator: 'a\ufffe\uffff\u0000b' };
    assert.match(renderJunit({ ...report, verdicts: [strange] }), /<testcase name="a b"/);
  });

  it('is valid against the grammar', {
    skip: existsSync(XMLLINT) || process.env.CI ? false : `${XMLLINT} is not installed`,
  }, () => {
    for (const one of [report, ended, sampleReport(), hostileReport(report), hostileReport(ended), bare]) {
      const { status, stderr } = spawnSync(XMLLINT, ['--noout', '--relaxng', GRAMMAR, '-'], {
        input: renderJunit(one),
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
    }
    const wrong = renderJunit(report).replace(' tests="', ' test="');
    assert.notEqual(spawnSync(XMLLINT, ['--noout', '--relaxng', GRAMMAR, '-'], { input: wrong }).status, 0);
  });
});
