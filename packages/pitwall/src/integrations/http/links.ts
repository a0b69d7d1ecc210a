/** Paths that a GET may act on: nobody wants to be logged out, or to lose a row, by being measured. */
const ACTS = /(log|sign)[-_]?(out|off)|delete|remove|destroy|unsubscribe|reset|revoke|confirm|approve|checkout/i;
/** Downloads say nothing about the service's speed and cost a lot. */
const DOWNLOAD =
  /\.(zip|gz|tgz|bz2|xz|zst|7z|rar|tar|iso|img|dmg|exe|msi|deb|rpm|apk|mp4|mkv|webm|mov|avi|mp3|flac|wav|pdf|docx?|xlsx?|pptx?)$/i;
const SECRET_NAME = /token|key|sig|auth|session|sid|code|csrf|nonce|password|secret|hash/i;
/** Longer query values are identifiers or signatures rather than a version or a page number. */
const MAX_QUERY_VALUE = 16;
/** Bytes of HTML looked at; the head and the first screen are at the beginning. */
const MAX_HTML = 512 * 1024;

const TAG = /<(a|link|script|img)\b([^<>]{0,2000})>/gi;
const ATTRIBUTE = /\b(href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;
const KIND: Readonly<Record<string, string>> = {
  a: 'link',
  link: 'style sheet or icon',
  script: 'script',
  img: 'image',
};

export interface Link {
  /** Path with query, percent-encoded. */
  readonly path: string;
  /** What it was in the page. */
  readonly kind: string;
}

/**
 * What an HTML page refers to on its own origin and may be requested without harm: no query that looks like a secret,
 * nothing that acts, no downloads. In the order of the page, each path once; style sheets, scripts and images before
 * links when `limit` does not suffice for all. Pure; the page is not trusted.
 */
export function sameOriginLinks(html: string, page: URL, limit: number): Link[] {
  const assets = new Map<string, Link>();
  const links = new Map<string, Link>();
  for (const [, tag = '', attributes = ''] of html.slice(0, MAX_HTML).matchAll(TAG)) {
    const name = tag.toLowerCase();
    // `rel=canonical`, `alternate` and `next` are links to pages; only these are fetched by a browser.
    if (
      name === 'link' &&
      !/\brel\s*=\s*["']?[^"'>]*(stylesheet|icon|preload|modulepreload|manifest)/i.test(attributes)
    )
      continue;
    const match = ATTRIBUTE.exec(attributes);
    const target = (match?.[2] ?? match?.[3] ?? match?.[4] ?? '').replaceAll('&amp;', '&').trim();
    const path = target === '' ? null : harmlessPath(target, page);
    if (path === null || path === page.pathname + page.search) continue;
    const into = name === 'a' ? links : assets;
    if (!into.has(path)) into.set(path, { path, kind: KIND[name] ?? name });
  }
  // A few of each: a page's assets must not crowd out the pages that do the work.
  const fewAssets = [...assets.values()].slice(0, Math.max(Math.ceil(limit / 2), limit - links.size));
  return [...fewAssets, ...links.values()].slice(0, limit);
}

/** Path with query if a GET of it is harmless, else null. */
export function harmlessPath(target: string, page: URL): string | null {
  if (!URL.canParse(target, page.href)) return null;
  const url = new URL(target, page.href);
  if (url.origin !== page.origin || url.username !== '') return null;
  if (ACTS.test(url.pathname) || DOWNLOAD.test(url.pathname)) return null;
  for (const [name, value] of url.searchParams) {
    if (SECRET_NAME.test(name) || ACTS.test(name) || ACTS.test(value) || value.length > MAX_QUERY_VALUE) return null;
  }
  const path = url.pathname + url.search;
  // `${…}` is a reference to a secret in the configuration file.
  if (path.includes('${')) return null;
  return path.length <= 200 && /^[\u0021-\u007e]+$/.test(path) ? path : null;
}
