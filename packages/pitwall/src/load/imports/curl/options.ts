/** What an option of curl does to an import. */
type CurlMeaning =
  /** Says something about the request: see import.ts. */
  | 'request'
  /** Says where output goes or how much is printed: nothing is lost without it. */
  | 'output'
  /** Changes how the request is sent, in a way that a scenario does not have: it is reported. */
  | 'reported';

interface CurlOption {
  readonly long: string;
  readonly argument: boolean;
  readonly meaning: CurlMeaning;
}

/** `-X`/`--request`: short name, long name, `=` for an argument. From curl 8.x's manual (https://curl.se/docs/manpage.html). */
const REQUEST =
  'X request=|H header=|d data=|- data-ascii=|- data-raw=|- data-binary=|- data-urlencode=|- json=|F form=|- form-string=|u user=|b cookie=|G get|I head|A user-agent=|e referer=|- url=|- url-query=|- compressed|- oauth2-bearer=|T upload-file=|: next|g globoff|r range=|K config=';

const OUTPUT =
  'o output=|O remote-name|- remote-name-all|J remote-header-name|- output-dir=|- create-dirs|s silent|S show-error|v verbose|i include|- show-headers|# progress-bar|- no-progress-meter|w write-out=|D dump-header=|- trace=|- trace-ascii=|- trace-time|- trace-ids|- trace-config=|- stderr=|f fail|- fail-with-body|- fail-early|c cookie-jar=|N no-buffer|- libcurl=|R remote-time|- styled-output|- no-styled-output|j junk-session-cookies|- etag-save=|- skip-existing|- parallel|Z parallel|- parallel-max=|- parallel-immediate|- no-clobber|- xattr|- raw|q disable|- suppress-connect-headers|h help=|V version|M manual|- ca-native|- keepalive-time=|- no-keepalive';

const REPORTED =
  'k insecure|L location|- location-trusted|m max-time=|- connect-timeout=|- retry=|- retry-delay=|- retry-max-time=|- retry-all-errors|- retry-connrefused|x proxy=|U proxy-user=|- proxy-header=|- proxy-insecure|p proxytunnel|- preproxy=|- noproxy=|- socks4=|- socks4a=|- socks5=|- socks5-hostname=|- resolve=|- connect-to=|E cert=|- cert-type=|- key=|- key-type=|- pass=|- cacert=|- capath=|- ciphers=|- tls13-ciphers=|- curves=|- pinnedpubkey=|- cert-status|- crlfile=|- tlsv1.0|- tlsv1.1|- tlsv1.2|- tlsv1.3|1 tlsv1|2 sslv2|3 sslv3|- tls-max=|- ssl-reqd|- ssl|- http1.0|0 http1.0|- http1.1|- http2|- http2-prior-knowledge|- http3|- http3-only|- http0.9|- unix-socket=|- abstract-unix-socket=|- interface=|- local-port=|4 ipv4|6 ipv6|- digest|- ntlm|- negotiate|- basic|- anyauth|- aws-sigv4=|- delegation=|- service-name=|n netrc|- netrc-file=|- netrc-optional|- limit-rate=|- rate=|Y speed-limit=|y speed-time=|- max-filesize=|- max-redirs=|- post301|- post302|- post303|- path-as-is|C continue-at=|z time-cond=|- etag-compare=|- expect100-timeout=|- tr-encoding|- happy-eyeballs-timeout-ms=|- dns-servers=|- doh-url=|- doh-insecure|- dns-interface=|- dns-ipv4-addr=|- dns-ipv6-addr=|- haproxy-protocol|- haproxy-clientip=|- request-target=|- disallow-username-in-url|- tcp-nodelay|- tcp-fastopen|- no-alpn|- alpn|- no-npn|- no-sessionid|- false-start|- ignore-content-length|- proto=|- proto-default=|- proto-redir=|- engine=|- egd-file=|- random-file=|a append|- crlf|- remove-on-error|- variable=|- ech=|- compressed-ssh|- hostpubmd5=|- form-escape|- ip-tos=|- vlan-priority=|- mptcp|l list-only|t telnet-option=|P ftp-port=|Q quote=|B use-ascii';

interface OptionTable {
  readonly long: ReadonlyMap<string, CurlOption>;
  readonly short: ReadonlyMap<string, CurlOption>;
}

function table(): OptionTable {
  const long = new Map<string, CurlOption>();
  const short = new Map<string, CurlOption>();
  const read = (list: string, meaning: CurlMeaning): void => {
    for (const item of list.split('|')) {
      const [letter, name] = item.split(' ') as [string, string];
      const option = { long: name.replace('=', ''), argument: name.endsWith('='), meaning };
      long.set(option.long, option);
      if (letter !== '-') short.set(letter, option);
    }
  };
  read(REQUEST, 'request');
  read(OUTPUT, 'output');
  read(REPORTED, 'reported');
  return { long, short };
}

/** Options of curl that take part here; `--no-NAME` of a switch is the switch taken back. */
const CURL_OPTIONS: OptionTable = table();

export interface GivenOption {
  readonly option: CurlOption;
  /** '' for a switch. */
  readonly value: string;
}

export interface ParsedCurl {
  readonly options: readonly GivenOption[];
  readonly urls: readonly string[];
  /** Options that curl's manual does not have. */
  readonly unknown: readonly string[];
}

/** The words after `curl`, taken apart as curl does: `-XPOST`, `-sSL`, `--data x`; one part for each `--next`. */
export function parseCurl(words: readonly string[]): readonly ParsedCurl[] {
  const parts: ParsedCurl[] = [];
  let options: GivenOption[] = [];
  let urls: string[] = [];
  let unknown: string[] = [];
  const cut = (): void => {
    if (options.length + urls.length + unknown.length > 0) parts.push({ options, urls, unknown });
    [options, urls, unknown] = [[], [], []];
  };
  let onlyUrls = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const take = (option: CurlOption, attached: string | null): void => {
      if (option.long === 'next') cut();
      else if (!option.argument) options.push({ option, value: '' });
      else {
        const value = attached ?? words[++i];
        if (option.long === 'url') urls.push(value ?? '');
        else options.push({ option, value: value ?? '' });
      }
    };
    if (onlyUrls || !word.startsWith('-') || word === '-') urls.push(word);
    else if (word === '--') onlyUrls = true;
    else if (word.startsWith('--')) {
      const name = word.slice(2);
      const option = CURL_OPTIONS.long.get(name);
      if (option) take(option, null);
      else if (CURL_OPTIONS.long.has(name.replace(/^no-/, ''))) continue;
      else {
        unknown.push(word);
        // Nobody knows whether it takes a value; what does not look like a URL or an option is one.
        const next = words[i + 1];
        if (
          next !== undefined &&
          !next.startsWith('-') &&
          !/^https?:|^[\w.-]+\.[a-z]{2,}(?:[:/]|$)|^localhost/i.test(next)
        )
          i++;
      }
    } else i += shortOptions(word, words[i + 1], options, unknown, cut);
  }
  cut();
  return parts;
}

/** `-sSXPOST`: letters until one takes a value, which is the rest of the word or the next one. Returns how many words more. */
function shortOptions(
  word: string,
  next: string | undefined,
  options: GivenOption[],
  unknown: string[],
  cut: () => void,
): number {
  for (let at = 1; at < word.length; at++) {
    const option = CURL_OPTIONS.short.get(word[at]!);
    if (!option) unknown.push(`-${word[at]}`);
    else if (option.long === 'next') cut();
    else if (!option.argument) options.push({ option, value: '' });
    else {
      const attached = word.slice(at + 1);
      options.push({ option, value: attached === '' ? (next ?? '') : attached });
      return attached === '' ? 1 : 0;
    }
  }
  return 0;
}
