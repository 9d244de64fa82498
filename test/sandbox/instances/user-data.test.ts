import { describe, expect, it } from 'vitest';
import { renderDefaultBootScript } from '../../../src/lib/create/boot/script.js';
import { findBootScript, prefixScriptPaths } from '../../../src/sandbox/instances/user-data.js';
import { base64, specOf } from './context.js';

const scriptOf = (userData: string | undefined, bootstrapExpect?: number) =>
  findBootScript(
    specOf({ address: '127.9.1.4', bootstrapExpect }, { userData: userData && base64(userData) }),
    renderDefaultBootScript,
  );

describe('what an instance runs at boot', () => {
  it.each(['#!/bin/bash\n', '#!/bin/sh -e\n', '#!/usr/bin/env bash\n', '#! /bin/bash\n'])('%j', (script) => {
    expect(scriptOf(script)).toBe(script);
  });

  it.each(['#cloud-config\n', '#!/usr/bin/python3\n', 'echo\n', 'Content-Type: multipart/mixed\n'])(
    'nothing, of %j',
    (data) => expect(scriptOf(data)).toBeUndefined(),
  );

  it('without user data, uses the script of consul-roll user-data for its name', () => {
    expect(scriptOf(undefined, 3)).toContain('bootstrap_expect=3\n');
    expect(scriptOf(undefined)).toContain('"Name":"tag:Name","Values":["consul"]');
  });
});

describe('a script on a disk of its own', () => {
  it.each([
    ["data_dir='/var/lib/consul'", "data_dir='/R/var/lib/consul'"],
    ['cat /etc/consul/000-consul.json > /tmp/x', 'cat /R/etc/consul/000-consul.json > /R/tmp/x'],
    ['{"data_dir":"/opt/consul"}', '{"data_dir":"/R/opt/consul"}'],
    ['rm -rf /var/lib/consul/*', 'rm -rf /R/var/lib/consul/*'],
    ['PATH=/usr/local/bin:/usr/bin:$PATH', 'PATH=/R/usr/local/bin:/R/usr/bin:$PATH'],
    ['done </tmp/instances;ls /home', 'done </R/tmp/instances;ls /R/home'],
    ['curl http://169.254.169.254/latest/etc/x > /dev/null', 'curl http://169.254.169.254/latest/etc/x > /dev/null'],
    ['s/etc/x/; $dir/etc/consul /etcetera ./usr', 's/etc/x/; $dir/etc/consul /etcetera ./usr'],
    ['#!/bin/bash', '#!/bin/bash'],
  ])('%s', (script, rooted) => {
    expect(prefixScriptPaths(script, '/R')).toBe(rooted);
  });
});
