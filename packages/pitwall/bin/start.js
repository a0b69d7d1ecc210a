import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

enableCompileCache();
const source = new URL('../src/cli/main.ts', import.meta.url);
const entry = existsSync(source) ? source : new URL('../dist/main.js', import.meta.url);
const { main } = await import(entry.href);
await main(process.argv.slice(2));
