import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** The import rule of docs/ARCHITECTURE.md, as a test: model ← stats ← each stage ← engine ← cli. */
const src = join(import.meta.dirname, '..', 'src');
const root = join(import.meta.dirname, '..', '..', '..');

const STAGES = ['config', 'load', 'fleet', 'observe', 'judge', 'diagnose', 'tune', 'verify', 'store', 'report'];
/** Nothing here may touch files, network, clock or process: same input, same output, on any machine. */
const PURE = ['model', 'stats', 'judge', 'diagnose', 'verify'];
const IMPURE_MODULES = /^node:(?!assert)/;
const IMPURE_GLOBALS = /\b(Date\.now|new Date\(\)|Math\.random|process\.|performance\.|setTimeout|setInterval|fetch\()/;

interface Source {
  readonly path: string;
  readonly area: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function isUnitTest(path: string): boolean {
  return /\.test\.ts$|(^|\/)(fixtures|conformance)(\.ts$|\/)/.test(path);
}

function sources(): Source[] {
  return globSync('**/*.ts', { cwd: src }).map((path) => {
    const text = readFileSync(join(src, path), 'utf8');
    const imports = [
      ...text.matchAll(
        /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
      ),
    ]
      .map((m) => m[1] ?? m[2] ?? m[3]!)
      .map((specifier) => (specifier.startsWith('.') ? relative(src, join(src, dirname(path), specifier)) : specifier));
    return { path, area: path.includes('/') ? path.split('/')[0]! : path, text, imports };
  });
}

function allowed(from: Source, to: string): boolean {
  if (!to.endsWith('.ts')) return true; // packages; judged below
  const area = to.includes('/') ? to.split('/')[0]! : to;
  if (area === 'errors.ts' || area === 'errors' || area === 'model') return from.area !== 'model' || area === 'model';
  if (from.area === 'model') return false;
  if (area === 'stats') return true;
  if (from.area === 'stats') return false;
  if (from.area === area && area !== 'integrations') return true;
  if (STAGES.includes(from.area)) return false;
  if (from.area === 'integrations') {
    const [, fromFolder] = from.path.split('/');
    const [, toFolder] = to.split('/');
    if (from.path === 'integrations/registry.ts') return to === 'integrations/discover.ts';
    return fromFolder === toFolder || toFolder!.startsWith('_');
  }
  if (from.area === 'engine') {
    return STAGES.includes(area) || to === 'integrations/registry.ts' || to.startsWith('integrations/_');
  }
  if (from.area === 'cli')
    return area === 'engine' || area === 'report' || to === 'integrations/registry.ts' || area === 'config';
  return false;
}

test('every import goes in the allowed direction', () => {
  const all = sources();
  assert.ok(all.length > 50, `only ${all.length} files found: the test looks in the wrong place`);
  const wrong = all
    .filter((source) => !isUnitTest(source.path))
    .flatMap((source) =>
      source.imports.filter((to) => !allowed(source, to)).map((to) => `${source.path} imports ${to}`),
    );
  assert.deepEqual(wrong, []);
});

test('model, stats, judge, diagnose and verify are pure', () => {
  const wrong = sources()
    .filter((source) => PURE.includes(source.area) && !isUnitTest(source.path))
    .flatMap((source) => {
      const code = source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      const problems = source.imports
        .filter((to) => IMPURE_MODULES.test(to))
        .map((to) => `${source.path} imports ${to}`);
      const global = IMPURE_GLOBALS.exec(code);
      return global ? [...problems, `${source.path} uses ${global[0]}`] : problems;
    });
  assert.deepEqual(wrong, []);
});

test('only tune/ calls write and undo of a tunable', () => {
  const wrong = sources()
    .filter((source) => source.area !== 'tune' && !isUnitTest(source.path))
    .filter((source) => /tunable\??\.(write|undo)\(/.test(source.text))
    .map((source) => source.path);
  assert.deepEqual(wrong, []);
});

test('no integration is imported by name', () => {
  const wrong = globSync('packages/*/{src,test}/**/*.ts', { cwd: root })
    .filter((path) => !path.includes('/src/integrations/') && !path.includes('/test/'))
    .filter((path) =>
      /from '[^']*integrations\/[a-z]/.test(
        readFileSync(join(root, path), 'utf8').replaceAll(/integrations\/(registry|_\w+)/g, ''),
      ),
    )
    .map(String);
  assert.deepEqual(wrong, []);
});

test('no source file is longer than 400 lines; names are kebab-case', () => {
  const files = globSync(
    ['packages/*/{src,test,bin}/**/*.{ts,js}', 'scripts/*.{ts,mjs}', 'examples/**/*.ts', 'bench/**/*.ts'],
    {
      cwd: root,
      exclude: ['**/node_modules/**', '**/dist/**'],
    },
  );
  const long = files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 401);
  assert.deepEqual(long, []);
  const oddlyNamed = files.filter((file) => !/^[a-z0-9_./-]+$/.test(file));
  assert.deepEqual(oddlyNamed, []);
});
