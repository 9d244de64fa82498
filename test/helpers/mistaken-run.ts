import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Config, Errors } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { vi } from 'vitest';
import hook from '../../src/hooks/command-not-found.js';
import { ROOT } from './root.js';

/** What an operator has beside the command line. */
export interface Circumstances {
  /** `ENDPOINT` in a value is that of `openShell`; undefined unsets the variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** In the working folder. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** What a run came to. */
export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands in this process: in a folder of their own, with the environment of an operator. */
export interface MistakenShell {
  run(words: readonly string[], circumstances?: Circumstances): Promise<Said>;
  /** Whether the command of a line exists, with every flag. */
  knows(words: readonly string[]): boolean;
  close(): void;
}

const ENVIRONMENT = {
  AWS_CONFIG_FILE: 'no-config',
  AWS_SHARED_CREDENTIALS_FILE: 'no-credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIA0',
  AWS_SECRET_ACCESS_KEY: 'secret',
  // Nothing listens there.
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
};

/** Opens it in a new folder, which has a folder named `folder`. */
export async function openShell(): Promise<MistakenShell> {
  const folder = mkdtempSync(join(tmpdir(), 'mistakes-'));
  mkdirSync(join(folder, 'folder'));
  const [server, config] = [await serveAws(), await Config.load(ROOT)];
  const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [former] = [process.cwd(), process.chdir(folder)];
  return {
    async run(words, { env = {}, files = {} } = {}) {
      for (const name of Object.keys(process.env)) if (/^(AWS|CONSUL|GITHUB)_/.test(name)) vi.stubEnv(name, undefined);
      for (const [name, value] of Object.entries({ ...ENVIRONMENT, HOME: folder, ...env }))
        vi.stubEnv(name, value?.replace('ENDPOINT', endpoint));
      for (const [name, content] of Object.entries(files)) writeFileSync(name, content);
      try {
        const { stdout, stderr, error } = await captureOutput(() => start(words, config));
        const exitCode = error === undefined ? 0 : (error.oclif?.exit ?? Number.NaN);
        return { exitCode, stdout, stderr: stderr.replaceAll(`${folder}/`, '') };
      } finally {
        for (const name of Object.keys(files)) rmSync(name, { force: true });
        vi.unstubAllEnvs();
      }
    },
    knows(words) {
      const { id, rest } = findCommand(words, config);
      const flags = rest.filter((word) => word.startsWith('--') && word !== '--help').map((flag) => flag.slice(2));
      const command = config.findCommand(id);
      const isHelp = command === undefined && words.includes('--help');
      if (isHelp) return id === '--help' || config.findTopic(id) !== undefined;
      return command !== undefined && flags.every((flag) => flag in command.flags);
    },
    close() {
      process.chdir(former);
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An AWS that refuses every call with the code that its path names; `/no-images` has no image. */
async function serveAws(): Promise<Server> {
  const server = createServer((request, response) => {
    const [, code = ''] = request.url?.split('/') ?? [];
    request.resume();
    response.statusCode = code === 'no-images' ? 200 : 403;
    response.end(
      code === 'no-images'
        ? '<DescribeImagesResponse><imagesSet/></DescribeImagesResponse>'
        : `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The command that a line begins with; its first words up to a flag where there is none. */
function findCommand(words: readonly string[], config: Config): { readonly id: string; readonly rest: string[] } {
  const flag = words.findIndex((word) => word.startsWith('-'));
  const named = flag < 1 ? words.slice(0, flag === 0 ? 1 : words.length) : words.slice(0, flag);
  const known = named
    .map((_, n) => named.slice(0, n + 1))
    .find((some) => config.findCommand(some.join(':')) !== undefined);
  const used = known ?? named;
  return { id: used.join(':'), rest: words.slice(used.length) };
}

/** Runs the sources, not what was compiled from them. */
async function start(words: readonly string[], config: Config): Promise<unknown> {
  const { id, rest } = findCommand(words, config);
  if (config.findCommand(id) === undefined)
    return hook.call(HOOK_CONTEXT, { id, argv: rest, config, context: HOOK_CONTEXT });
  const path = join(ROOT, 'src', 'commands', `${id.replace(':', '/')}.ts`);
  const { default: found }: { default: Runnable } = await import(/* @vite-ignore */ path);
  found.id = id;
  return found.run(rest, config);
}

type Runnable = typeof Command & { run(argv: string[], config: Config): Promise<unknown> };

const HOOK_CONTEXT = {
  exit: (code = 0) => {
    throw new Errors.ExitError(code);
  },
} as unknown as ThisParameterType<typeof hook>;
