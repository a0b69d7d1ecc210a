import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { hostileReport } from '../../pitwall/src/report/fixtures/hostile-report.ts';
import { sampleReport } from '../../pitwall/src/report/fixtures/sample-report.ts';
import { toJson } from '../../pitwall/src/report/json.ts';
import { openBrowser, skipBrowser, watch } from '../../pitwall/test/browser/chromium.ts';
import { buildDashboard } from '../build.ts';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

describe('the built dashboard', { skip: skipBrowser }, () => {
  let folder: string;
  let server: Server;
  let origin: string;
  let browser: Browser;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pitwall-dashboard-'));
    await buildDashboard(folder);
    server = createServer(async (request, response) => {
      const name = basename(new URL(request.url!, 'http://x').pathname) || 'index.html';
      if (name === 'report.json') {
        response.end(toJson(sampleReport()));
        return;
      }
      try {
        const content = await readFile(join(folder, name));
        response.setHeader('content-type', TYPES[extname(name)] ?? 'application/octet-stream').end(content);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function withPage(address: string, look: (page: Page) => Promise<void>): Promise<void> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    try {
      const { said, requested } = watch(page);
      await page.goto(origin + address);
      await look(page);
      assert.deepEqual(
        said.filter((line) => !line.includes('404')),
        [],
      );
      assert.deepEqual(
        requested.filter((url) => !url.startsWith(origin) && url !== 'data:,'),
        [],
      );
    } finally {
      await page.close();
    }
  }

  const pick = (page: Page, text: string): Promise<void> =>
    page.setInputFiles('#file', { name: 'report.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  const rows = (page: Page): Promise<string[]> => page.$$eval('tbody tr', (all) => all.map((row) => row.textContent));
  const said = async (page: Page, sentence: RegExp): Promise<void> => {
    await page.waitForFunction(() => document.querySelector('#message')?.textContent !== '');
    assert.match((await page.textContent('#message')) ?? '', sentence);
    assert.deepEqual(await rows(page), []);
  };

  it('shows verdicts and outcomes of a report that is picked', async () => {
    await withPage('/', async (page) => {
      await pick(page, toJson(sampleReport()));
      await page.waitForSelector('tbody tr');
      const shown = await rows(page);
      const { verdicts, outcomes } = sampleReport();
      assert.equal(shown.length, verdicts.length + outcomes.length);
      assert.match(shown[0]!, /KEPT.*sqlite\/index.*84\.1 ms.*310 µs/);
      assert.match(shown[outcomes.length]!, /CRIT.*312 ms/);
      assert.ok(shown.some((row) => row.includes('NO DATA') && row.includes('—')));
      assert.equal(await page.title(), 'vending · Pitwall');
    });
  });

  it('takes a report that is dropped', async () => {
    await withPage('/', async (page) => {
      const transfer = await page.evaluateHandle((text) => {
        const made = new DataTransfer();
        made.items.add(new File([text], 'report.json', { type: 'application/json' }));
        return made;
      }, toJson(sampleReport()));
      await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
      await page.waitForSelector('tbody tr');
    });
  });

  it('loads the report that the address names, from its own server only', async () => {
    await withPage('/?report=report.json', async (page) => {
      await page.waitForSelector('tbody tr');
    });
    await withPage('/?report=//example.org/report.json', (page) => said(page, /not on this server/));
    await withPage('/?report=missing.json', (page) => said(page, /answered 404/));
  });

  it('says in a sentence what is wrong with a garbage file, and shows nothing of the one before', async () => {
    await withPage('/', async (page) => {
      await pick(page, toJson(sampleReport()));
      await page.waitForSelector('tbody tr');
      await pick(page, '\u0000garbage');
      await said(page, /^This file is not a report: it is not JSON\.$/);
    });
  });

  it('keeps hostile strings inert', async () => {
    await withPage('/', async (page) => {
      const before = await page.$$eval('script', (all) => all.length);
      await pick(page, toJson(hostileReport()));
      await page.waitForSelector('tbody tr');
      assert.equal(await page.$$eval('script', (all) => all.length), before);
      assert.equal(await page.$$eval('main img, main a, main style, main title', (all) => all.length), 0);
      assert.ok((await rows(page)).some((row) => row.includes('<script>alert(1)</script>')));
    });
  });
});
