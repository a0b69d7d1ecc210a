import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePort } from '../support/free-port.ts';
import { type Application, must, until } from './loop.ts';

const MINIDLNA = '/usr/sbin/minidlnad';
const CONTROL = '/sbin/start-stop-daemon';
const SONGS = 24_000;
const SONGS_PER_ALBUM = 12;

/** MiniDLNA: a media server with an HTTP and SOAP interface that keeps its SQLite database open. */
export const minidlna: Application = {
  id: 'minidlna',
  needs: { [MINIDLNA]: 'minidlna', [CONTROL]: 'dpkg' },
  version: async () => (await must(MINIDLNA, ['-V'], { cwd: '/' })).trim(),

  async start(folder, started) {
    const [media, state, config, pidFile] = ['media', 'state', 'minidlna.conf', 'minidlna.pid'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    writeSongs(media);
    mkdirSync(state);
    const port = await freePort();
    const settings = {
      port,
      // Announcements stay on loopback.
      network_interface: 'lo',
      media_dir: `A,${media}`,
      db_dir: state,
      log_dir: state,
      inotify: 'no',
      friendly_name: 'pitwall',
    };
    writeFileSync(
      config,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    const start = [CONTROL, '--start', '--pidfile', pidFile, '--exec', MINIDLNA, '--', '-f', config, '-P', pidFile];
    const stop = [CONTROL, '--stop', '--pidfile', pidFile, '--retry', '10'];
    const seen = new Set<number>();
    const pids = () => {
      if (existsSync(pidFile)) seen.add(Number(readFileSync(pidFile, 'utf8')));
      return [...seen];
    };
    started(pids);
    await must(start[0]!, start.slice(1), { cwd: folder });
    const url = `http://127.0.0.1:${port}`;
    // It fills its database itself, by a scan of the files; the status page counts them.
    const scanned = async () => {
      pids();
      return (await (await fetch(url)).text()).includes(`Audio files</td><td>${SONGS}<`);
    };
    const finished = async () => /Finished parsing playlists/.test(readFileSync(join(state, 'minidlna.log'), 'utf8'));
    await until(async () => (await finished()) && (await scanned()), 'the scan of the songs', 300);
    const database = join(state, 'files.db');
    return {
      url,
      database,
      contents: rowsOf(database, ['OBJECTS', 'DETAILS']),
      queries: QUERIES,
      endpoints: ENDPOINTS,
      control: { stop, start },
    };
  },
};

function rowsOf(file: string, tables: readonly string[]): Record<string, number> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return Object.fromEntries(
      tables.map((table) => [table, Number(database.prepare(`SELECT count(*) AS rows FROM "${table}"`).get()?.rows)]),
    );
  } finally {
    database.close();
  }
}

/** Files of four silent frames (MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes each) with an ID3v1 tag. */
function writeSongs(root: string): void {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0xc4]);
  const sound = Buffer.concat([frame, frame, frame, frame]);
  const field = (text: string, length: number) => Buffer.from(text.padEnd(length, '\0').slice(0, length), 'latin1');
  for (let song = 0; song < SONGS; song++) {
    const album = Math.floor(song / SONGS_PER_ALBUM);
    const artist = Math.floor(album / 4);
    const track = (song % SONGS_PER_ALBUM) + 1;
    const folder = join(root, `artist${artist}`, `album${album}`);
    if (track === 1) mkdirSync(folder, { recursive: true });
    const tag = [
      field('TAG', 3),
      field(`Song ${(song * 7919) % SONGS}`, 30),
      field(`Artist ${artist}`, 30),
      field(`Album ${album}`, 30),
      field(String(1960 + (album % 60)), 4),
      field('', 28),
      Buffer.from([0, track, song % 80]),
    ];
    writeFileSync(join(folder, `${String(track).padStart(2, '0')}.mp3`), Buffer.concat([sound, ...tag]));
  }
}

/** As MiniDLNA 1.3.0 writes them to its log at the level `debug`. */
const COLUMNS =
  'o.OBJECT_ID, o.PARENT_ID, o.REF_ID, o.DETAIL_ID, o.CLASS, d.SIZE, d.TITLE, d.DURATION, d.BITRATE, d.SAMPLERATE, d.ARTIST, d.ALBUM, d.GENRE, d.COMMENT, d.CHANNELS, d.TRACK, d.DATE, d.RESOLUTION, d.THUMBNAIL, d.CREATOR, d.DLNA_PN, d.MIME, d.ALBUM_ART, d.ROTATION, d.DISC from OBJECTS o left join DETAILS d on (d.ID = o.DETAIL_ID)';
const QUERIES: Readonly<Record<string, string>> = {
  'status-audio': "SELECT count(*) from DETAILS where MIME glob 'a*'",
  'status-video': "SELECT count(*) from DETAILS where MIME glob 'v*'",
  'browse-songs': `SELECT ${COLUMNS} where PARENT_ID = '1$4'  limit 0, 20`,
  'browse-songs-by-title': `SELECT ${COLUMNS} where PARENT_ID = '1$4' order by d.TITLE limit 0, 20`,
  'search-artist': `SELECT ${COLUMNS} where OBJECT_ID glob '*$*' and (o.CLASS like "item.audioItem%" and d.ARTIST = "Artist 7") group by DETAIL_ID  order by d.TITLE limit 0, 20`,
  'search-album': `SELECT ${COLUMNS} where OBJECT_ID glob '*$*' and (d.ALBUM = "Album 77") group by DETAIL_ID   limit 0, 20`,
  'search-title': `SELECT ${COLUMNS} where OBJECT_ID glob '*$*' and (o.CLASS like "item.audioItem%" and d.TITLE like "%Song 12%") group by DETAIL_ID   limit 0, 20`,
};

/** UPnP ContentDirectory:1, the interface that players use. */
const SERVICE = 'urn:schemas-upnp-org:service:ContentDirectory:1';

function action(name: string, verb: 'Browse' | 'Search', what: string, sort: string): object {
  const page = '<Filter>*</Filter><StartingIndex>0</StartingIndex><RequestedCount>20</RequestedCount>';
  return {
    name,
    method: 'POST',
    path: '/ctl/ContentDir',
    headers: { 'Content-Type': 'text/xml; charset="utf-8"', SOAPACTION: `"${SERVICE}#${verb}"` },
    body:
      '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
      `<s:Body><u:${verb} xmlns:u="${SERVICE}">${what}${page}<SortCriteria>${sort}</SortCriteria></u:${verb}></s:Body></s:Envelope>`,
  };
}

const ENDPOINTS: readonly object[] = [
  { name: 'status', path: '/' },
  action('browse-songs', 'Browse', '<ObjectID>1$4</ObjectID><BrowseFlag>BrowseDirectChildren</BrowseFlag>', ''),
  action(
    'search-artist',
    'Search',
    '<ContainerID>0</ContainerID><SearchCriteria>upnp:class derivedfrom &quot;object.item.audioItem&quot; and upnp:artist = &quot;Artist 7&quot;</SearchCriteria>',
    '+dc:title',
  ),
];
