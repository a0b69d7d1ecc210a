// Set-up for a bare clone, run before `npm test`, `npm run demo` and `npm run bench`. Plain JavaScript because it has to
// run on whatever Node (>= 20) the machine has: it is what brings Node 24. Does nothing, and needs no network, when the
// installed tree already matches package-lock.json.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules', '.pitwall-setup');

/** Debian packages that tests run the real thing of: command that proves presence → package. */
const services = {
  '/usr/sbin/nginx': 'nginx-light',
  '/usr/bin/chromium': 'chromium',
  '/usr/bin/openssl': 'openssl',
  '/usr/sbin/apache2': 'apache2-bin',
  '/usr/bin/python3': 'python3-minimal',
  // Its module sqlite3 is not in the minimal package. The folder between is the version.
  '/usr/lib/*/sqlite3/__init__.py': 'python3',
  '/usr/lib/python3/dist-packages/sqlalchemy/__init__.py': 'python3-sqlalchemy',
  '/usr/bin/promtool': 'prometheus',
  '/usr/bin/xmllint': 'libxml2-utils',
  // The folder between is the version.
  '/usr/lib/postgresql/*/bin/initdb': 'postgresql',
};
const benchPeers = {
  '/usr/bin/wrk': 'wrk',
  '/usr/bin/ab': 'apache2-utils',
  '/usr/bin/hey': 'hey',
  '/usr/bin/h2load': 'nghttp2-client',
  '/usr/bin/sqlite3': 'sqlite3',
};
/** Extensions of PostgreSQL: their packages carry the version of the server that they are for. */
const extensions = { hypopg: services, pg_qualstats: benchPeers };

/** `*` stands for any one folder (`globSync` came with Node 22). */
function present(file) {
  const [before, after] = file.split('/*/');
  if (after === undefined) return existsSync(file);
  return existsSync(before) && readdirSync(before).some((name) => existsSync(join(before, name, after)));
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

function fail(sentence) {
  process.stderr.write(`setup: ${sentence}\n`);
  process.exit(1);
}

/**
 * PostgreSQL 15 to 18 from npm, for the long tests: a lock of its own, so that nobody else downloads them. Install
 * scripts are not run; all that theirs do is to make the symbolic links that a tarball cannot hold.
 */
function installPostgresqlVersions() {
  const folder = join(root, 'test', 'postgresql-versions');
  const modules = join(folder, 'node_modules');
  const stamp = join(modules, '.pitwall-setup');
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('setup: installing PostgreSQL 15 to 18 for the long tests (npm ci)\n');
  const status = run('npm', [
    'ci',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  const names = existsSync(modules) ? readdirSync(modules).filter((name) => name.startsWith('postgresql-')) : [];
  const versions = new Set(names.map((name) => name.split('-')[1]));
  // npm calls it a success when an optional package (each is for one kind of machine) could not be had.
  const missing = ['15', '16', '17', '18'].filter((version) => !versions.has(version));
  if (status !== 0 || missing.length > 0) {
    rmSync(modules, { recursive: true, force: true });
    const why = `could not install PostgreSQL ${missing.join(', ')} from npm for ${process.platform} ${process.arch}`;
    if (process.env.CI) fail(`${why}, and CI must not skip tests.`);
    process.stderr.write(`setup: ${why}; the tests that need it are skipped\n`);
    return;
  }
  for (const name of names) {
    const native = join(modules, name, 'native');
    for (const { source, target } of JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'))) {
      const link = join(modules, name, target);
      mkdirSync(dirname(link), { recursive: true });
      rmSync(link, { force: true });
      symlinkSync(relative(dirname(link), join(modules, name, source)), link);
    }
  }
  writeFileSync(stamp, lock);
}

/** Adds the extensions for the newest server that there is, or that the distribution's `postgresql` would bring. */
function addExtensions() {
  const root = '/usr/share/postgresql';
  const there = existsSync(root) ? readdirSync(root).filter((name) => /^\d+$/.test(name)) : [];
  const offered =
    there.length > 0 ? '' : spawnSync('/usr/bin/apt-cache', ['depends', 'postgresql'], { encoding: 'utf8' }).stdout;
  const version = there.sort((a, b) => b - a)[0] ?? /Depends: postgresql-(\d+)/.exec(offered ?? '')?.[1];
  if (version === undefined) return;
  for (const [name, table] of Object.entries(extensions))
    table[`${root}/${version}/extension/${name}.control`] = `postgresql-${version}-${name.replaceAll('_', '-')}`;
}

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) fail(`Node ${process.versions.node} is too old to install with; use Node 20 or newer.`);

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const nodeBinary = join(root, 'node_modules', 'node', 'bin', 'node');
const installed = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted && existsSync(nodeBinary);
if (!installed) {
  process.stderr.write('setup: installing dependencies (npm ci)\n');
  if (run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']) !== 0) fail('npm ci failed, see above.');
  if (!existsSync(nodeBinary)) fail('the npm package "node" did not bring its binary; are install scripts disabled?');
  writeFileSync(stampFile, wanted);
}

if (process.argv.includes('--with-services')) {
  const missingPackages = () => {
    addExtensions();
    const wantedPackages = { ...services, ...(process.argv.includes('--with-peers') ? benchPeers : {}) };
    return Object.entries(wantedPackages).filter(([file]) => !present(file));
  };
  let missing = missingPackages();
  if (missing.length > 0) {
    const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
    if (canInstall) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      run('apt-get', ['update', '-qq'], { env });
      // Without lists nobody could say which version of PostgreSQL there would be.
      missing = missingPackages();
      const names = missing.map(([, name]) => name);
      process.stderr.write(`setup: installing ${names.join(', ')} (apt-get)\n`);
      // Tests start private instances; the package's own service must not be started.
      run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
        env: { ...env, RUNLEVEL: '1' },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
    const still = missing.filter(([file]) => !present(file)).map(([, name]) => name);
    // In CI a service that could not be had fails the run; on a laptop the tests that need it say so and are skipped.
    if (still.length > 0 && process.env.CI) fail(`could not install ${still.join(', ')}, and CI must not skip tests.`);
    if (still.length > 0)
      process.stderr.write(`setup: without ${still.join(', ')}; the tests that need it are skipped\n`);
  }
}

if (process.argv.includes('--with-postgresql-versions')) installPostgresqlVersions();
