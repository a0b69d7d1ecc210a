/** How values are written into paths and forms. Lone surrogates become U+FFFD, as in browsers. */

/** RFC 3986 §2.1: all but unreserved characters, so that a value stays one segment or one parameter. */
export function encodePath(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** application/x-www-form-urlencoded, https://url.spec.whatwg.org/#concept-urlencoded-serializer. */
export function encodeForm(value: string): string {
  return encodePath(value).replace(/[!'()~]|%20/g, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
