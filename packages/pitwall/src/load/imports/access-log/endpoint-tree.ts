import type { Random } from '../../../stats/random.ts';
import { Endpoint, type EndpointHit } from './endpoint.ts';
import type { CleanTarget } from './target.ts';

/** More names than this side by side are values of something (slugs, user names, files), not parts of the address. */
const MOST_NAMES = 60;
/** Names that were requested this often, or make up this share of their siblings, stay names when the others become values. */
const KEEP_COUNT = 20;
const KEEP_SHARE = 0.01;
/** Combinations of method and query keys at one path. */
const MOST_VARIANTS = 32;
/** Bounds memory against a log that was written to fill it. Real services have some hundred. */
const MOST_NODES = 20_000;
const MOST_ENDPOINTS = 2000;

interface Node {
  readonly names: Map<string, Node>;
  /** For any segment that is an id, or one name of too many. */
  any: Node | null;
  collapsed: boolean;
  requests: number;
  readonly endpoints: Map<string, Endpoint>;
}

/** Why a request belongs to no endpoint. */
export type NoEndpoint = 'never-succeeded' | 'too-many';

/** A template: its segments (null: any value), and what is known of it. */
export interface Template {
  readonly segments: readonly (string | null)[];
  readonly endpoint: Endpoint;
}

/**
 * Groups paths into templates while they stream by, in bounded memory: a tree over the segments in which ids share one
 * branch, and a node with too many names gathers the rare ones in that branch too. A path that was only ever answered with
 * an error makes no branch: scanners ask for hundreds of files that are not there.
 */
export class EndpointTree {
  readonly #random: Random;
  readonly #root = newNode();
  #nodes = 1;
  #endpoints = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  add(method: string, target: CleanTarget, hit: EndpointHit): Endpoint | NoEndpoint {
    const ok = hit.status < 400;
    const path = [this.#root];
    let node = this.#root;
    for (const [index, segment] of target.segments.entries()) {
      const next = this.#step(node, segment, target.ids[index]!, ok);
      if (next === null) return ok ? 'too-many' : 'never-succeeded';
      path.push(next);
      node = next;
    }
    const endpoint = this.#endpointOf(node, method, target, ok);
    if (typeof endpoint === 'string') return endpoint;
    for (const passed of path) passed.requests++;
    endpoint.add(hit, this.#random);
    for (const passed of path) if (passed.names.size > MOST_NAMES && !passed.collapsed) this.#collapse(passed);
    return endpoint;
  }

  #step(node: Node, segment: string, isId: boolean, ok: boolean): Node | null {
    const known = isId ? node.any : (node.names.get(segment) ?? (node.collapsed ? node.any : null));
    if (known) return known;
    if (!ok || this.#nodes >= MOST_NODES) return null;
    this.#nodes++;
    const made = newNode();
    if (isId || node.collapsed) node.any = made;
    else node.names.set(segment, made);
    return made;
  }

  #endpointOf(node: Node, method: string, { query }: CleanTarget, ok: boolean): Endpoint | NoEndpoint {
    const keys = query.map(([key]) => key).sort();
    const id = JSON.stringify([method, ...keys]);
    const known = node.endpoints.get(id);
    if (known) return known;
    if (!ok) return 'never-succeeded';
    if (node.endpoints.size >= MOST_VARIANTS || this.#endpoints >= MOST_ENDPOINTS) return 'too-many';
    const endpoint = new Endpoint(method, keys);
    node.endpoints.set(id, endpoint);
    this.#endpoints++;
    return endpoint;
  }

  /** The endpoint that a target belongs to by now; null when it has none. */
  find(method: string, { segments, ids, query }: CleanTarget): Endpoint | null {
    let node = this.#root;
    for (const [index, segment] of segments.entries()) {
      const next = ids[index] ? node.any : (node.names.get(segment) ?? (node.collapsed ? node.any : null));
      if (!next) return null;
      node = next;
    }
    return node.endpoints.get(JSON.stringify([method, ...query.map(([key]) => key).sort()])) ?? null;
  }

  /** All templates, most requested first. */
  templates(): readonly Template[] {
    const found: Template[] = [];
    const walk = (node: Node, segments: readonly (string | null)[]): void => {
      for (const endpoint of node.endpoints.values()) found.push({ segments, endpoint });
      for (const [name, child] of node.names) walk(child, [...segments, name]);
      if (node.any) walk(node.any, [...segments, null]);
    };
    walk(this.#root, []);
    return found.sort((a, b) => b.endpoint.count - a.endpoint.count);
  }

  #collapse(node: Node): void {
    node.collapsed = true;
    const least = Math.max(KEEP_COUNT, node.requests * KEEP_SHARE);
    const rare = [...node.names].filter(([, child]) => child.requests < least);
    // All of them busy: then they are names indeed, and the next ones that come are values.
    for (const [name, child] of rare) {
      node.names.delete(name);
      if (node.any) this.#merge(node.any, child);
      else node.any = child;
    }
  }

  #merge(into: Node, from: Node): void {
    this.#nodes--;
    into.requests += from.requests;
    for (const [id, endpoint] of from.endpoints) {
      const known = into.endpoints.get(id);
      if (known) {
        known.absorb(endpoint, this.#random);
        this.#endpoints--;
      } else into.endpoints.set(id, endpoint);
    }
    if (from.collapsed) into.collapsed = true;
    for (const [name, child] of from.names) {
      const known = into.names.get(name);
      if (known) this.#merge(known, child);
      else into.names.set(name, child);
    }
    if (from.any && into.any) this.#merge(into.any, from.any);
    else into.any ??= from.any;
    if (into.names.size > MOST_NAMES) this.#collapse(into);
  }
}

function newNode(): Node {
  return { names: new Map(), any: null, collapsed: false, requests: 0, endpoints: new Map() };
}
