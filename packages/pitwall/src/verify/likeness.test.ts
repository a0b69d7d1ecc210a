import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadKind } from '../model/comparison.ts';
import { likenessOf, loadRefusals, type RunConditions } from './likeness.ts';

const closed: LoadKind = {
  url: 'http://127.0.0.1:8080',
  protocol: 'http/1.1',
  shape: 'closed',
  scenario: null,
  users: 10,
  rate: null,
  duration: 10,
  endpoints: ['GET /', 'GET /a'],
};
const open: LoadKind = { ...closed, shape: 'constant-rate', rate: 100 };
const run: RunConditions = {
  id: 'r1',
  host: { name: 'pit', cpus: 2, kernel: '6.1' },
  pitwallVersion: '1.0.0',
  load: closed,
  partial: null,
  saturated: false,
  stealRatio: 0,
};
const with_ = (change: Partial<RunConditions>) => likenessOf(run, { ...run, id: 'r2', ...change });

test('alike: nothing to say', () => {
  assert.deepEqual(with_({}), { refusals: [], cautions: [] });
  assert.deepEqual(likenessOf({ ...run, load: null }, { ...run, load: null }), { refusals: [], cautions: [] });
});

test('another load is another experiment', () => {
  const cases: [Partial<LoadKind>, RegExp][] = [
    [{ users: 11 }, /users: 10 and 11/],
    [{ shape: 'constant-rate', rate: 5 }, /the shapes closed and constant-rate/],
    [{ scenario: 'shop' }, /the scenarios \(none\) and shop/],
    [{ protocol: 'h2' }, /the protocols http\/1\.1 and h2/],
    [{ endpoints: ['GET /b'] }, /nothing that both of them requested/],
  ];
  for (const [change, says] of cases) {
    const { refusals } = with_({ load: { ...closed, ...change } });
    assert.match(refusals.join('; '), says);
  }
  assert.match(with_({ load: null }).refusals.join(), /only r1 has a load/);
  assert.match(loadRefusals(open, { ...open, rate: 110 }).join(), /rates of 100 and 110/);
  assert.deepEqual(loadRefusals(open, { ...open, rate: 101, users: 99, duration: 77 }), [], 'as it turned out');
});

test('what may change between two runs of one experiment is told', () => {
  const cautions = (change: Partial<RunConditions>) => with_(change).cautions.join(' ');
  assert.match(cautions({ load: { ...closed, url: 'http://127.0.0.1:9' } }), /Different services were loaded/);
  assert.match(cautions({ load: { ...closed, duration: 30 } }), /not of the same length: 10 s and 30 s/);
  assert.equal(cautions({ load: { ...closed, duration: 10.3 } }), '');
  assert.match(
    cautions({ load: { ...closed, endpoints: ['GET /', 'GET /b'] } }),
    /Only one of the runs requested GET \/a, GET \/b/,
  );
  assert.match(cautions({ host: { ...run.host, name: 'other' } }), /different hosts, pit and other/);
  assert.match(cautions({ host: { ...run.host, cpus: 4 } }), /The host has changed/);
  assert.match(cautions({ pitwallVersion: '2.0.0' }), /different versions of Pitwall/);
  assert.match(cautions({ partial: 'interrupted.' }), /The load of r2 ended early: interrupted\./);
  assert.match(cautions({ stealRatio: 0.2 }), /During r2 the hypervisor gave 20\.0 % of the CPU time to others/);
  assert.equal(cautions({ stealRatio: 0.01 }), '');
  assert.match(
    likenessOf({ ...run, load: open }, { ...run, id: 'r2', load: open, saturated: true }).cautions.join(),
    /In r2 the service could not take the planned rate/,
  );
});
