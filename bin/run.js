#!/usr/bin/env node
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache?.();

// The AWS SDK prints seven lines about older Node versions at every run; it works on them all the same.
if (Number.parseInt(process.versions.node, 10) < 22) {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}

const { execute } = await import('@oclif/core');
// A plugin that a user installed, or that another user wrote into the data folder, would run with the rights of a roll.
await execute({
  dir: import.meta.url,
  loadOptions: { root: fileURLToPath(import.meta.url), userPlugins: false, devPlugins: false },
});
