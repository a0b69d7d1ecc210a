import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareReport } from '../fixtures/sample-report.ts';
import { renderHtml } from '../html.ts';
import { renderMarkdown } from '../markdown.ts';
import { renderTerminal } from '../terminal.ts';

const because =
  'statements have been counted for 5 minutes, and to say how often each is called takes 10 minutes (minimumWindow)';
const report = {
  ...bareReport(),
  rules: [
    { rule: 'postgresql/missing-index', target: 'db', status: 'not-yet', because },
    { rule: 'postgresql/lock-wait', target: 'db', status: 'not-applicable', because: 'this is a replica' },
  ] as const,
};

test('a rule that waits for data stands apart from those that do not apply, with its whole sentence', () => {
  const text = renderTerminal(report, { color: false, width: 80, details: false });
  assert.match(
    text,
    /^ {2}Not known yet\n {4}postgresql\/missing-index \(db\): Statements[\s\S]*\n {2}Do not apply\n/m,
  );
  const [, waiting] = /Not known yet\n([\s\S]*?)\n {2}Do not apply/.exec(text)!;
  assert.match(waiting!.replace(/\s+/g, ' '), /takes 10 minutes \(minimumWindow\)\.$/);
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  assert.match(renderMarkdown(report), /\| Not known yet \| postgresql\/missing-index/);
  assert.match(renderHtml(report), /Not known yet/);
});
