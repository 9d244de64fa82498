import { resolve } from 'node:path';
import { getImage, SANDBOX_IMAGES, withRealConsul } from '../aws/images.js';
import type { SandboxImage } from '../interfaces.js';
import { SandboxError } from '../sandbox-error.js';
import { findConsul } from './binary.js';

/** Which Consul to run: a real one if there is one, simulated servers, the program at a path, or one for each image. */
export type ConsulChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'simulated' }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'images'; readonly paths: ReadonlyMap<string, string> };

/** The images are named without it. */
const PREFIX = 'consul-';
/** A path that looks like this can be given as `./v1=consul`. */
const IMAGE_PART = /^([a-z0-9-]+)=/;
const BETWEEN_PARTS = /,(?=[a-z0-9-]+=)/;
/** Whose program runs in an image that is not named. */
const DEFAULT_IMAGE = 'consul-v2';

/**
 * `auto`, `simulated`, `v1=PATH,v2=PATH`, or else the path of a program, from the working folder.
 *
 * @throws SandboxError `bad-consul-choice` for images that are unknown, named twice or without a path, or that leave out
 *   v1 or v2.
 */
export function parseConsulChoice(text: string): ConsulChoice {
  if (text === 'auto' || text === 'simulated') return { kind: text };
  if (!IMAGE_PART.test(text)) return { kind: 'path', path: resolve(text) };
  const paths = new Map<string, string>();
  for (const part of text.split(BETWEEN_PARTS)) {
    const [name, path] = parseImagePart(part);
    if (paths.has(name)) throw badChoice(`it names ${shorten(name)} twice`);
    paths.set(name, path);
  }
  const missing = ['consul-v1', DEFAULT_IMAGE].find((name) => !paths.has(name));
  if (missing !== undefined) throw badChoice(`it does not name ${shorten(missing)}`);
  return { kind: 'images', paths };
}

function parseImagePart(part: string): [image: string, path: string] {
  const short = IMAGE_PART.exec(part)?.[1] ?? '';
  const path = part.slice(short.length + 1);
  const known = SANDBOX_IMAGES.map(({ name }) => name);
  if (!known.includes(PREFIX + short)) {
    throw badChoice(`there is no image ${JSON.stringify(short)}; the images are ${known.map(shorten).join(', ')}`);
  }
  if (path === '') throw badChoice(`it has no path for ${short}`);
  return [PREFIX + short, resolve(path)];
}

const shorten = (name: string) => name.slice(PREFIX.length);

function badChoice(why: string): SandboxError {
  const next =
    'give both as in --consul v1=/opt/consul-1.8/consul,v2=/opt/consul-1.21/consul, or one path for all images';
  return new SandboxError('bad-consul-choice', `Invalid --consul: ${why}.`, next);
}

/**
 * The images of the sandbox with the Consul of a choice in each, found before anything is started. Images that the
 * choice does not name have the one of v2.
 *
 * @throws SandboxError `consul-not-found` or `not-consul`, for a choice that names a path or a CONSUL_BIN that is
 *   no Consul.
 */
export async function installConsul(choice: ConsulChoice, env: NodeJS.ProcessEnv): Promise<readonly SandboxImage[]> {
  if (choice.kind === 'simulated') return SANDBOX_IMAGES;
  if (choice.kind === 'images') return installInEach(choice.paths, env);
  const found = await findConsul(choice.kind === 'path' ? choice.path : undefined, env);
  return found === undefined ? SANDBOX_IMAGES : SANDBOX_IMAGES.map((image) => withRealConsul(image, found));
}

async function installInEach(
  paths: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
): Promise<readonly SandboxImage[]> {
  const programs = new Map<string, Awaited<ReturnType<typeof findConsul>>>();
  for (const [name, path] of paths) programs.set(name, await findConsul(path, env));
  return SANDBOX_IMAGES.map((image) => {
    const found = programs.get(image.name) ?? programs.get(DEFAULT_IMAGE);
    return found === undefined ? image : withRealConsul(image, found);
  });
}

/** Which Consul the servers of an image run; output always says which. */
export interface ConsulKind {
  /** Real `consul` processes, or simulated servers with the same answers. */
  readonly kind: 'process' | 'simulated';
  /** Without a leading `v`. */
  readonly version: string;
}

/** The Consul of the image of that name. */
export function describeConsul(images: readonly SandboxImage[], name: string): ConsulKind {
  const { consulPath, consulVersion } = images.find((image) => image.name === name) ?? getImage(name);
  return { kind: consulPath === undefined ? 'simulated' : 'process', version: consulVersion };
}
