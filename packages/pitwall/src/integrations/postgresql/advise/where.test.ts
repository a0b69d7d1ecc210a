import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hypopgIn } from './where.ts';

/** Version of the extension, of the server, whether it is a standby, policy, attended → how it is used. */
type Row = readonly [hypopg: string | null, server: number, standby: boolean, policy: Policy, attended: boolean, Used];
type Policy = Parameters<typeof hypopgIn>[1];
type Used = 'all' | 'without INCLUDE' | RegExp;
const PRIMARY = false;
const STANDBY = true;
const UNSEEN = /a primary, and nobody attends.* unless it is allowed$/;
const UNKNOWN = /^HypoPG \S+ is not known to be good \(`whatIf: allowed` takes it nevertheless\)$/;

const TABLE: readonly Row[] = [
  // Versions, with somebody at the terminal of a primary.
  ['1.1.2', 150018, PRIMARY, 'auto', true, UNKNOWN],
  ['1.1.3', 130000, PRIMARY, 'auto', true, 'all'],
  ['1.1.4', 150018, PRIMARY, 'auto', true, 'all'],
  ['1.2.0', 150018, PRIMARY, 'auto', true, 'all'],
  ['1.3.1', 150018, PRIMARY, 'auto', true, 'all'],
  ['1.3.1', 170009, PRIMARY, 'auto', true, 'all'],
  ['1.4.0', 169999, PRIMARY, 'auto', true, 'all'],
  ['1.4.0', 170000, PRIMARY, 'auto', true, 'without INCLUDE'],
  ['1.4.1', 160010, PRIMARY, 'auto', true, 'all'],
  ['1.4.1', 170009, PRIMARY, 'auto', true, 'without INCLUDE'],
  ['1.4.2', 180001, PRIMARY, 'auto', true, 'without INCLUDE'],
  ['1.4', 150018, PRIMARY, 'auto', true, UNKNOWN],
  ['1.5.0', 150018, PRIMARY, 'auto', true, UNKNOWN],
  ['2.0.0', 150018, PRIMARY, 'auto', true, UNKNOWN],
  ['11.3.1', 150018, PRIMARY, 'auto', true, UNKNOWN],
  // Nobody there: not on a primary, unless it is allowed; a standby that is lost is started again.
  ['1.3.1', 150018, PRIMARY, 'auto', false, UNSEEN],
  ['1.4.0', 150018, PRIMARY, 'auto', false, UNSEEN],
  ['1.3.1', 150018, STANDBY, 'auto', false, 'all'],
  ['1.4.1', 170009, STANDBY, 'auto', false, 'without INCLUDE'],
  ['1.3.1', 150018, PRIMARY, 'allowed', false, 'all'],
  ['1.5.0', 180000, PRIMARY, 'allowed', false, 'all'],
  // What has crashed a server is never asked for.
  ['1.4.0', 170000, PRIMARY, 'allowed', true, 'without INCLUDE'],
  ['1.4.1', 170009, STANDBY, 'allowed', false, 'without INCLUDE'],
  // Where it is not to be, or is not.
  ['1.3.1', 150018, STANDBY, 'copy', true, /`whatIf` keeps it to a copy$/],
  ['1.3.1', 150018, STANDBY, 'off', true, /`whatIf` is off$/],
  [null, 150018, PRIMARY, 'allowed', true, /is not installed/],
  [null, 150018, PRIMARY, 'auto', false, /is not installed/],
];

for (const [hypopg, version, inRecovery, policy, attended, used] of TABLE) {
  const where = `${inRecovery ? 'standby' : 'primary'} of ${version}, ${attended ? 'attended' : 'unattended'}`;
  test(`HypoPG ${hypopg} on a ${where}, whatIf: ${policy}`, () => {
    const extension = hypopg === null ? null : { schema: 'public', version: hypopg };
    const way = hypopgIn({ hypopg: extension, pooled: false, version, inRecovery }, policy, attended);
    if (used instanceof RegExp) return assert.match('not' in way ? way.not : JSON.stringify(way), used);
    assert.equal('include' in way && way.include, used === 'all', JSON.stringify(way));
    assert.match('title' in way ? way.title : '', used === 'all' ? /^HypoPG [\d.]+$/ : /without INCLUDE/);
  });
}

test('behind a pooler it is not used, whatever is allowed', () => {
  const hypopg = { schema: 'public', version: '1.3.1' };
  const way = hypopgIn({ hypopg, pooled: true, version: 150018, inRecovery: true }, 'allowed', true);
  assert.match('not' in way ? way.not : '', /pooler/);
});
