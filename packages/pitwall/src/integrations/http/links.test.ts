import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harmlessPath, sameOriginLinks } from './links.ts';

const PAGE = new URL('http://127.0.0.1:8080/app/');

test('finds what a page refers to on its own origin', () => {
  const html = `<!doctype html><link rel="stylesheet" href="site.css"><link rel=canonical href="/canonical">
    <script type=module src='/static/app.js?v=3'></script><IMG alt="a b" SRC="/logo.png">
    <a href="/devices?page=2&amp;size=10">d</a> <a href=orders>o</a> <a href="https://elsewhere.example/x">e</a>
    <a href="/app/">self</a> <a href="mailto:a@b">m</a> <a href="#top">t</a>`;
  assert.deepEqual(sameOriginLinks(html, PAGE, 10), [
    { path: '/app/site.css', kind: 'style sheet or icon' },
    { path: '/static/app.js?v=3', kind: 'script' },
    { path: '/logo.png', kind: 'image' },
    { path: '/devices?page=2&size=10', kind: 'link' },
    { path: '/app/orders', kind: 'link' },
  ]);
});

test('a page with many assets keeps room for its links', () => {
  const assets = Array.from({ length: 30 }, (_, i) => `<script src="/s${i}.js"></script>`).join('');
  const links = Array.from({ length: 30 }, (_, i) => `<a href="/p${i}">p</a>`).join('');
  const found = sameOriginLinks(assets + links, PAGE, 10);
  assert.equal(found.length, 10);
  assert.equal(found.filter(({ kind }) => kind === 'link').length, 5);
  assert.equal(sameOriginLinks(assets, PAGE, 10).length, 10);
});

test('what acts, downloads, or carries a secret is left alone', () => {
  for (const target of [
    '/logout',
    '/users/sign_out',
    '/orders/7/delete',
    '/?action=remove',
    '/x?token=abc',
    '/x?PHPSESSID=1',
    '/x?id=0123456789abcdef0123',
    '/backup.tar.gz',
    `/x?a=$${'{env:HOME}'}`,
    'javascript:alert(1)',
    'data:text/html,x',
    '//other.example/x',
    'http://user@127.0.0.1:8080/x',
    'http://127.0.0.1:9090/x',
    `/${'a'.repeat(300)}`,
  ]) {
    assert.equal(harmlessPath(target, PAGE), null, target);
  }
});

test('a hostile page neither hangs nor gets control characters through', () => {
  const html = `${'<a '.repeat(100_000)}<a href="/\u0000\u001b[2J/x">x</a><a href="/${'%0d%0a'}x">y</a>`;
  for (const { path } of sameOriginLinks(html, PAGE, 10)) assert.match(path, /^\/[\u0021-\u007e]*$/);
});
