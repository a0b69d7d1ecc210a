// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'import',
  positionals: 'FORMAT FILE…',
  minPositionals: 2,
  maxPositionals: 1000,
  description:
    'Writes a scenario for `pitwall load --scenario` out of what you have: a recording of a browser (har), an OpenAPI 3 document (openapi), curl command lines (curl), or access logs of nginx, Apache, Caddy or in JSON lines (access-log; several files, oldest first, also packed). FORMAT may be auto. Says what could not be carried over, on stderr and at the head of the file. Secrets are not copied: they become ${env:NAME}. Sends nothing.',
  examples: [
    ['pitwall import har visit.har -o visit.yaml', 'a visit, with its pauses, and ids taken from responses'],
    ['pitwall import openapi openapi.yaml -o api.yaml', 'one flow an operation; those that change data are comments'],
    ['pitwall import curl requests.sh', 'as "Copy as cURL (bash)" of browsers gives them; to stdout'],
    ['pitwall import access-log access.log.1 access.log -o mix.yaml', 'endpoints as they were requested, with rates'],
    [
      'pitwall import access-log access.log --as trace -o day.jsonl -o day.yaml',
      'arrival times for the shape trace, and the scenario that they belong to',
    ],
  ],
  options: {
    out: {
      value: 'FILE',
      short: 'o',
      multiple: true,
      help: 'write there instead of stdout; with --as trace, what ends in .jsonl is the trace',
    },
    force: { help: 'replace files that exist' },
    as: {
      value: 'KIND',
      help: 'har, curl: flow (default: all in order) or mix (each its own flow); access-log: mix (default), sessions (flows from what follows what) or trace',
    },
    host: { value: 'HOST', help: 'import only requests to this host (default: the first page, or the most frequent)' },
    format: {
      value: 'FORMAT',
      help: "of access-log lines: combined, common, vhost_combined, caddy, json, json:FIELD=KEY,…, a log_format ('$remote_addr …') or a LogFormat ('%h …')",
    },
    top: { value: 'N', help: 'access-log: write the N most requested endpoints (default 50)' },
    'with-writes': { help: 'openapi: also run operations that change data' },
    static: {
      value: 'WHERE',
      help: 'har: files that pages load: flow (default: one of their own), inline, or none',
    },
    name: { value: 'NAME', help: 'name of the scenario (default: that of the file)' },
  },
  without: { config: 'it reads recordings alone, and writes a scenario that a configuration may name' },
};
