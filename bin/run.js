#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.();

// The AWS SDK prints seven lines about older Node versions at every run; it works on them all the same.
if (Number.parseInt(process.versions.node, 10) < 22) {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}

const { execute } = await import('@oclif/core');
await execute({ dir: import.meta.url });
