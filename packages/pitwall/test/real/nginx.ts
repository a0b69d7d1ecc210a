import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { type Application, run, serve, until } from './loop.ts';
import { bytesOf, textOf } from './material.ts';

const NGINX = '/usr/sbin/nginx';

/** Debian's nginx with a private configuration, serving files of several sizes and kinds from its defaults. */
export const nginx: Application = {
  id: 'nginx',
  needs: { [NGINX]: 'nginx' },
  version: async () => (await run(NGINX, ['-v'], { cwd: '/' })).stderr.trim().replace(/^.*: /, ''),

  async start(folder, started) {
    const root = join(folder, 'files');
    mkdirSync(root);
    const page =
      '<!doctype html><title>files</title><link rel="stylesheet" href="style.css"><script src="app.js"></script>' +
      `<img src="photo.jpg"><a href="big.txt">text</a><a href="data.json">data</a><p>${textOf(2_000)}`;
    const files: readonly (readonly [name: string, content: string | Buffer])[] = [
      ['index.html', page],
      ['style.css', textOf(20_000)],
      ['app.js', textOf(150_000)],
      ['data.json', JSON.stringify({ text: textOf(60_000) })],
      ['big.txt', textOf(1_000_000)],
      ['photo.jpg', bytesOf(300_000)],
    ];
    for (const [name, content] of files) writeFileSync(join(root, name), content);
    const port = await freePort();
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const lines = [
      'daemon off;',
      `pid ${join(folder, 'nginx.pid')};`,
      `error_log ${join(folder, 'error.log')};`,
      'events { worker_connections 256; }',
      'http {',
      '  include /etc/nginx/mime.types;',
      '  access_log off;',
      ...temporary.map((name) => `  ${name}_temp_path ${join(folder, `tmp-${name}`)};`),
      `  server { listen 127.0.0.1:${port}; root ${root}; }`,
      '}',
    ];
    const config = join(folder, 'nginx.conf');
    writeFileSync(config, `${lines.join('\n')}\n`);
    const child = serve(NGINX, ['-p', folder, '-c', config], folder);
    const url = `http://127.0.0.1:${port}`;
    started(() => (child.pid === undefined ? [] : [child.pid]));
    await until(async () => (await fetch(`${url}/style.css`)).ok, 'the start of nginx', 10);
    return { url, database: null, contents: { files: files.length }, queries: {}, endpoints: [], control: null };
  },
};
