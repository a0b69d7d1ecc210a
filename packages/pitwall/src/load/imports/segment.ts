import { looksPersonal, looksSecret } from './secrets.ts';

/** After one of these a path often goes on with a one-time secret: `/reset/Zk3…`. */
const BEFORE_SECRET =
  /^(?:password-?)?(?:reset|recover|invite|invitation|invites|activate|activation|confirm|confirmation|verify|verification|unsubscribe|magic|magic-?link|share|shared|token|tokens|download-?link|session|sessions)$/i;

const NUMBER = /^\d{1,20}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Object ids, digests, short commit ids. */
const HEX = /^(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,128}$/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
/** `ORD-10293`, `sku_00412`. */
const NUMBERED = /^[A-Za-z]{1,12}[-_.]?\d{4,18}$/;
/** Base64url, nanoid and the like: upper and lower case and digits, without the shape of words. */
const RANDOM = /^(?=[^\d]*\d)(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z0-9_-]{16,200}$/;

/** What a path segment is: `id` is one of many of its kind, `secret` must not be copied, `name` is part of the address. */
export type SegmentKind = 'name' | 'id' | 'secret';

/** `before` is the segment in front of it. Both are decoded. */
export function segmentKind(segment: string, before: string): SegmentKind {
  if (looksSecret(segment) || looksPersonal(segment)) return 'secret';
  if (NUMBER.test(segment)) return 'id';
  const isId =
    UUID.test(segment) || HEX.test(segment) || ULID.test(segment) || NUMBERED.test(segment) || RANDOM.test(segment);
  if (!isId) return 'name';
  return BEFORE_SECRET.test(before) ? 'secret' : 'id';
}

/** Files that a page loads, as opposed to what a person asked for. */
const STATIC =
  /\.(?:css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|eot|mp4|webm|mp3|wasm|webmanifest)$/i;

export function isStaticPath(path: string): boolean {
  return STATIC.test(path.slice(-16));
}
