/**
 * Makes what is published: `packages/pitwall/dist` (one bundled CLI entry, everything else in chunks that are loaded on
 * first use, the worker threads, the example service, the dashboard) and `packages/kit/dist` (modules and types).
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { buildDashboard } from '../packages/dashboard/build.ts';

const root = join(import.meta.dirname, '..');
const tool = join(root, 'packages', 'pitwall');
const kit = join(root, 'packages', 'kit');
const dist = join(tool, 'dist');

/** Clients that only some installations need, and install: imported on first use (fleet/client-library.ts). */
const OPTIONAL = ['pg', 'pg-boss'];

/** A bundle has no folder to scan: the registry's map is written out, one dynamic import an integration. */
const writtenOutRegistry: Plugin = {
  name: 'written-out-registry',
  setup({ onLoad }) {
    onLoad({ filter: /integrations[\\/]discover\.ts$/ }, () => {
      const folder = join(tool, 'src', 'integrations');
      const ids = readdirSync(folder, { withFileTypes: true })
        .filter(
          (entry) =>
            entry.isDirectory() && !entry.name.startsWith('_') && existsSync(join(folder, entry.name, 'index.ts')),
        )
        .map(({ name }) => name)
        .sort();
      const entries = ids.map((id) => `['${id}', async () => (await import('./${id}/index.ts')).default]`);
      return {
        contents: `export const discoverIntegrations = () => new Map([${entries.join(', ')}]);`,
        loader: 'js',
        resolveDir: folder,
      };
    });
  },
};

/** Worker files are named by URL in one place each (`new URL('./x.ts', import.meta.url)`): in dist they lie flat, as .js. */
const workerUrls: Plugin = {
  name: 'worker-urls',
  setup({ onLoad }) {
    onLoad({ filter: /packages[\\/]pitwall[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const { readFile } = await import('node:fs/promises');
      const text = await readFile(path, 'utf8');
      if (!/new URL\('\.\/[a-z-]+\.ts', import\.meta\.url\)/.test(text)) return undefined;
      const contents = text.replace(
        /new URL\('\.\/([a-z-]+)\.ts', import\.meta\.url\)/g,
        (_, name: string) => `new URL('./${workerName(path, name)}.js', import.meta.url)`,
      );
      return { contents, loader: 'ts' };
    });
  },
};

/** `src/load/engine.ts` + `worker` → `load-worker`: unique in the flat dist folder. */
function workerName(importer: string, name: string): string {
  const folder = join(importer, '..').slice(join(tool, 'src').length + 1);
  const prefix = folder.split(/[\\/]/).at(-1)!;
  return name.startsWith(prefix) ? name : `${prefix}-${name}`;
}

function workerEntries(): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const entry of readdirSync(join(tool, 'src'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && /(^|-)worker\.ts$/.test(entry.name)) {
      const file = join(entry.parentPath, entry.name);
      entries[workerName(file, entry.name.replace(/\.ts$/, ''))] = file;
    }
  }
  return entries;
}

rmSync(dist, { recursive: true, force: true });
rmSync(join(kit, 'dist'), { recursive: true, force: true });
const common = { bundle: true, platform: 'node', format: 'esm', target: 'node24', logLevel: 'warning' } as const;
const { metafile } = await build({
  ...common,
  metafile: true,
  entryPoints: { main: join(tool, 'src', 'cli', 'main.ts'), ...workerEntries() },
  outdir: dist,
  splitting: true,
  // Flat, beside the entry: `import.meta.url` must mean the same folder in every chunk.
  chunkNames: '[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [writtenOutRegistry, workerUrls],
  external: OPTIONAL,
  // yaml gives Node its CommonJS build; the ESM one is the one that can be bundled into ESM.
  alias: { yaml: join(root, 'node_modules', 'yaml', 'browser', 'index.js') },
});
await build({
  ...common,
  entryPoints: [join(root, 'examples', 'vending', 'control.ts')],
  outdir: join(dist, 'examples', 'vending'),
  splitting: true,
});
cpSync(join(root, 'examples', 'vending', 'pitwall.yaml'), join(dist, 'examples', 'vending', 'pitwall.yaml'));
await buildDashboard(join(dist, 'dashboard'));

// What is bundled is redistributed: its licences come along.
const bundled = new Set(
  Object.keys(metafile.inputs).flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
);
const notices = [...bundled].sort().map((name) => `${name}\n\n${licenceOf(name)}`);
writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), notices.join('\n\n'));

/** The text of a package's licence, however its file is called. */
function licenceOf(name: string): string {
  const folder = join(root, 'node_modules', name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  if (file === undefined) throw new Error(`${name} comes without the text of its licence`);
  return readFileSync(join(folder, file), 'utf8');
}

mkdirSync(join(kit, 'dist'), { recursive: true });
const tsconfig = join(kit, 'dist', 'tsconfig.build.json');
writeFileSync(
  tsconfig,
  JSON.stringify({
    extends: '../../../tsconfig.json',
    // Node's types are for making it: none of them is in the types of what it exports.
    compilerOptions: { noEmit: false, declaration: true, outDir: '.', rootDir: '../src', types: ['node'] },
    include: ['../src/**/*.ts'],
    exclude: ['../src/**/*.test.ts', '../src/**/testing.ts'],
  }),
);
execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', tsconfig], { stdio: 'inherit' });
rmSync(tsconfig);
for (const folder of [tool, kit]) cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
if (existsSync(join(root, 'README.md'))) cpSync(join(root, 'README.md'), join(tool, 'README.md'));
