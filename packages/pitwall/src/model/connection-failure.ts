/**
 * Why no connection came about, in words: what Node's net, tls and dns throw says it in names of C constants and in OpenSSL's.
 * Each is the end of a sentence and has no full stop. Where the words leave something open, the system's code is in them.
 */

/** Of the network; null when it was something else. `authority`: `host:port`, or the path of a socket. */
export function connectionFailure(code: string, authority: string): string | null {
  if (code === 'ECONNREFUSED') return `the connection was refused: nothing listens on ${authority}`;
  if (code === 'ENOENT') return `there is no socket ${authority}`;
  if (code === 'ENOTSOCK') return `${authority} is not a socket`;
  if (/^(ENOTFOUND|EAI_AGAIN|EAI_FAIL|EAI_NODATA|EAI_NONAME)$/.test(code)) {
    return `the name ${authority.replace(/:\d+$/, '')} cannot be resolved (${code})`;
  }
  if (/^E(HOST|NET)(UNREACH|DOWN)$|^EADDRNOTAVAIL$|^EACCES$|^EPERM$/.test(code)) {
    return `there is no way to ${authority} (${code})`;
  }
  return code === 'ETIMEDOUT' ? `${authority} did not answer (${code})` : null;
}

const ALTNAME = 'ERR_TLS_CERT_ALTNAME_INVALID';
const TRUST: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a self-signed certificate that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is unknown or the chain is incomplete',
  UNABLE_TO_GET_ISSUER_CERT: 'its issuer is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is unknown',
  [ALTNAME]: 'it is for another name',
};

/** How everything begins that is said of a certificate that is not trusted. */
const UNTRUSTED = 'its certificate is not trusted';

/** Whether it was the certificate, of all that these sentences say. */
export const isUntrusted = (reason: string): boolean => reason.startsWith(UNTRUSTED);

/** Of the TLS handshake. `message`: as it was thrown. */
export function tlsFailure(code: string, message: string): string {
  const trust = TRUST[code];
  const names = /(?:altnames|CN): (.+)$/s.exec(message)?.[1];
  if (code === ALTNAME && names) return `${UNTRUSTED}: it is for another name (${names})`;
  if (trust) return `${UNTRUSTED}: ${trust} (${code})`;
  if (/wrong version number|packet length too long|http request/i.test(message)) {
    return 'the server does not speak TLS: the address should perhaps begin with http://';
  }
  if (/certificate required|handshake failure|bad certificate/i.test(`${code} ${message}`) && /alert/i.test(message)) {
    return `the server refused the handshake: ${reasonIn(message)}; does it demand a client certificate? (${code})`;
  }
  if (code === 'ECONNRESET') return 'the connection was closed during the TLS handshake';
  return code === ''
    ? `the TLS handshake failed: ${message}`
    : `the TLS handshake failed: ${reasonIn(message)} (${code})`;
}

/** OpenSSL's own text: `…:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../deps/…`. */
function reasonIn(message: string): string {
  return /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message;
}
