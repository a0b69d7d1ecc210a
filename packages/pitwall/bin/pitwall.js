#!/usr/bin/env node
// The only file that has to parse on any Node: it says so when the Node is too old, and otherwise starts the program:
// the sources in a clone, the bundle in an installed package.
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write('pitwall needs Node 24 or newer, and this is Node ' + process.versions.node + '.\n');
  process.exit(2);
} else {
  import('./start.js');
}
