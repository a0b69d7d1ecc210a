import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Where a server's programs are: Debian's packages, which bring HypoPG too, or else the npm packages that
 * `npm run setup -- --with-postgresql-versions` installs (contrib is there, HypoPG is not).
 */

const DEBIAN = '/usr/lib/postgresql';
const NPM = join(import.meta.dirname, '../../../../test/postgresql-versions/node_modules');
const INSTALL =
  'Debian: apt-get install postgresql, or npm run setup -- --with-services; elsewhere: npm run setup -- --with-postgresql-versions';

/** Major versions that the npm packages are installed for, newest first. */
function npmVersions(): number[] {
  return versionsIn(NPM, new RegExp(`^postgresql-(\\d+)-linux-${process.arch}$`));
}

function versionsIn(folder: string, name: RegExp): number[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .flatMap((one) => name.exec(one)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

/** Folder of the programs of the npm package of a major version; whether it is installed is another question. */
export function npmPrograms(version: number): string {
  return join(NPM, `postgresql-${version}-linux-${process.arch}`, 'native/bin');
}

/**
 * What was asked for by `PITWALL_TEST_POSTGRESQL`: a major version, such as `16`, or the folder with `initdb` and
 * `postgres`. Null: whichever is there.
 */
function wanted(): string | null {
  return process.env.PITWALL_TEST_POSTGRESQL || null;
}

/**
 * Folder of the programs to test with; null when there are none.
 * @param version a major version or a folder; left out: what PITWALL_TEST_POSTGRESQL says, or the newest of Debian's,
 *   else what is in the usual folders, else the newest of npm's
 */
function programs(version: string | null = wanted()): string | null {
  const any = version === null;
  const folders = any
    ? [
        ...versionsIn(DEBIAN, /^(\d+)$/).map((one) => join(DEBIAN, String(one), 'bin')),
        '/usr/local/bin',
        '/usr/bin',
        ...npmVersions().map(npmPrograms),
      ]
    : /^\d+$/.test(version)
      ? [join(DEBIAN, version, 'bin'), npmPrograms(Number(version))]
      : [version];
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/**
 * For a test's `skip`: why there is no PostgreSQL here, or false. Never a reason in CI, nor when PITWALL_TEST_POSTGRESQL
 * asks for a version: there the test fails, because a skipped test proves nothing.
 * @param version as for `programs`
 */
export function withoutPostgresql(version?: string): string | false {
  if (programs(version) !== null || process.env.CI || wanted() !== null) return false;
  return `PostgreSQL ${version ?? ''} is not installed (${INSTALL})`.replace('  ', ' ');
}

/**
 * For the `skip` of a test that needs an extension: why it is not here, or false. In CI a reason only for a server that
 * was asked for, which may be one of npm's: these come without HypoPG.
 */
export function withoutExtension(name: string): string | false {
  const folder = programs();
  if (folder === null) return withoutPostgresql();
  const version = new RegExp(`^${DEBIAN}/(\\d+)/bin$`).exec(folder)?.[1];
  const shares = version === undefined ? ['../share/postgresql', '../share'] : [`/usr/share/postgresql/${version}`];
  const there = shares.some((share) => existsSync(resolve(folder, share, `extension/${name}.control`)));
  if (there || (process.env.CI && wanted() === null)) return false;
  const how = name === 'pg_qualstats' ? '--with-peers' : '--with-services';
  return `the extension ${name} is not installed for ${folder} (npm run setup -- ${how})`;
}

/** For whoever starts a server: the folder of its programs. @throws Error that says what to install */
export function programsOrThrow(version?: string): string {
  const folder = programs(version);
  if (folder !== null) return folder;
  const asked = version ?? wanted();
  throw new Error(`PostgreSQL ${asked === null ? '' : `${asked} `}is not installed (${INSTALL})`);
}
