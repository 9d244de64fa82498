#!/usr/bin/env node
// No import statement and old syntax only, so that an old Node gets as far as the message.
// biome-ignore-all lint/style/useTemplate: see above
// biome-ignore-all lint/suspicious/noVar: see above
// biome-ignore-all lint/complexity/useOptionalChain: see above
var nodeModule;
var cache;
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write('consul-roll needs Node 20.19 or later; this is Node ' + process.versions.node + '.\n');
  process.exitCode = 1;
} else {
  nodeModule = process.getBuiltinModule('module');
  // From Node 22.1 on. Node runs what it finds in the folder, whoever wrote it, and its own default is in /tmp.
  cache = nodeModule.enableCompileCache && makeOwnFolder(['.cache', 'consul-roll', 'compiled']);
  if (cache) nodeModule.enableCompileCache(cache);
  // The parser of HTTP is WebAssembly; to optimise it takes 35 MB and a tenth of a second, and a run makes few requests.
  process.getBuiltinModule('v8').setFlagsFromString('--liftoff-only');
  // New objects keep to the 1 MB that they begin with; it would grow to 16 and stay so (13 of 92 MB of `status`, no time).
  process.getBuiltinModule('v8').setFlagsFromString('--semi-space-growth-factor=1');
  // Eleven times the default: a run is over, or waits, before optimised code has paid for its compilation (5 MB, 6 % of `status`).
  // A later V8 has no such flag, and says so on standard error.
  if (version[0] === 20) process.getBuiltinModule('v8').setFlagsFromString('--interrupt-budget=1500000');
  import('../dist/cli/main.js');
}

/** A folder in the home folder that only this user may write, as every one on the way to it; undefined if it is not so. */
function makeOwnFolder(names) {
  var fs = process.getBuiltinModule('fs');
  var folder;
  var status;
  var n;
  try {
    folder = process.getBuiltinModule('os').homedir();
    for (n = 0; n <= names.length; n++) {
      if (n > 0) {
        folder = folder + '/' + names[n - 1];
        if (!fs.existsSync(folder)) fs.mkdirSync(folder, { mode: 0o700 });
      }
      status = fs.lstatSync(folder);
      if (!status.isDirectory() || status.uid !== process.getuid() || (status.mode & 0o022) !== 0) return undefined;
    }
    return folder;
  } catch (_unwritable) {
    return undefined;
  }
}
