import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Reason to skip browser tests, or false. In CI they are never skipped. */
export const skipBrowser: string | false =
  existsSync(EXECUTABLE) || process.env.CI === 'true' ? false : `${EXECUTABLE} is not installed`;

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: EXECUTABLE, headless: true, args: ARGS });
}

/** Everything a page says, asks for or throws, from the moment this is called. */
export function watch(page: Page): { readonly said: string[]; readonly requested: string[] } {
  const said: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    said.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requested.push(request.url()));
  return { said, requested };
}
