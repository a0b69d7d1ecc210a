import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  limitsProblem,
  parseOpenFiles,
  parsePortRange,
  readHostLimits,
  shortage,
  UNKNOWN_LIMITS,
} from './host-limits.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            1024                 524288               files
Max locked memory         8388608              8388608              bytes
`;

test('the soft limit of open files is read as proc(5) writes it', () => {
  assert.equal(parseOpenFiles(LIMITS), 1024);
  assert.equal(parseOpenFiles(LIMITS.replace('1024  ', 'unlimited')), Number.POSITIVE_INFINITY);
  assert.equal(parseOpenFiles('Max processes 10 10 processes\n'), null);
});

test('the range of local ports includes both ends', () => {
  assert.equal(parsePortRange('32768\t60999\n'), 28232);
  assert.equal(parsePortRange(''), null);
});

test('what does not fit is refused with the number that is missing; what is unknown refuses nothing', () => {
  const limits = { openFiles: 1024, localPorts: 500 };
  assert.equal(limitsProblem(400, false, limits), null);
  assert.match(limitsProblem(1000, false, limits)!, /1,000 connections need 1,100 open files.*1,024/);
  assert.match(limitsProblem(600, false, limits)!, /local ports, and there are 500/);
  assert.equal(limitsProblem(600, true, limits), null, 'a Unix socket needs no port');
  assert.equal(limitsProblem(1e6, false, { openFiles: null, localPorts: null }), null);
});

test('a connection that this host had no place for is not the service’s failure', () => {
  const limits = { openFiles: 256, localPorts: 20 };
  assert.match(
    shortage('connect EADDRNOTAVAIL 127.0.0.1:80 - Local (0.0.0.0:0)', limits)!,
    /^no local port was left .*\(EADDRNOTAVAIL; 20, net\.ipv4\.ip_local_port_range\).*TIME_WAIT\)$/,
  );
  assert.equal(
    shortage('connect EMFILE 127.0.0.1:80', limits),
    'this process may not open more files (EMFILE; 256, ulimit -n)',
  );
  assert.match(shortage('connect ENFILE x', UNKNOWN_LIMITS)!, /fs\.file-max/);
  for (const other of ['connect ECONNREFUSED 127.0.0.1:80', 'read ECONNRESET', ''])
    assert.equal(shortage(other, limits), null);
});

test('this host says what it allows', { skip: process.platform !== 'linux' }, () => {
  const { openFiles, localPorts } = readHostLimits();
  assert.ok(openFiles! >= 256 && localPorts! >= 1000, `${openFiles} files, ${localPorts} ports`);
});
