#!/usr/bin/env node
// No import statement and old syntax only, so that an old Node gets as far as the message.
// biome-ignore-all lint/style/useTemplate: see above
// biome-ignore-all lint/suspicious/noVar: see above
// biome-ignore-all lint/complexity/useOptionalChain: see above
var nodeModule;
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write('consul-roll needs Node 20.19 or later; this is Node ' + process.versions.node + '.\n');
  process.exitCode = 1;
} else {
  nodeModule = process.getBuiltinModule('module');
  // From Node 22.1 on.
  if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();
  // The parser of HTTP is WebAssembly; to optimise it takes 35 MB and a tenth of a second, and a run makes few requests.
  process.getBuiltinModule('v8').setFlagsFromString('--liftoff-only');
  import('../dist/cli/main.js');
}
