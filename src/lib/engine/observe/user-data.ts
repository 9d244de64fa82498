import { gunzipSync } from 'node:zlib';

/** EC2 accepts 16 KB; a script that unpacks to more than this is not read. */
const MAX_BYTES = 1024 * 1024;
/** How deep one encoding may be in another: gzip in base64 in a part of a MIME message in gzip. */
const MAX_DEPTH = 4;
const MAX_TEXTS = 64;

/** Whole lines of base64, or a word of it. */
const BASE64 = /(?:[A-Za-z0-9+/]{40,}\s+)*[A-Za-z0-9+/]{16,}={0,2}/g;

/**
 * The texts in user data as cloud-init would unpack them: itself, and whatever is in it as base64 or gzip: parts of a
 * MIME message, files of a cloud-config, what a script decodes. Undefined if it is not text, or is too large.
 */
export function unpackUserData(base64: string): readonly string[] | undefined {
  const first = toText(Buffer.from(base64, 'base64'));
  if (first === undefined) return undefined;
  const texts = [first];
  let layer: readonly string[] = [first];
  for (let depth = 1; depth < MAX_DEPTH && layer.length > 0; depth += 1) {
    const inner = layer.flatMap((text) => text.match(BASE64) ?? []).flatMap((word) => decode(word) ?? []);
    layer = inner.slice(0, MAX_TEXTS - texts.length);
    texts.push(...layer);
  }
  return texts.map(decodeQuotedPrintable);
}

function decode(word: string): string | undefined {
  const text = toText(Buffer.from(word, 'base64'));
  return text === undefined || !/^[\t\n\r\x20-\x7e]+$/.test(text) ? undefined : text;
}

function toText(bytes: Buffer): string | undefined {
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    const plain = isCompressed ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes;
    return plain.length > MAX_BYTES || plain.includes(0) ? undefined : plain.toString('utf8');
  } catch {
    return undefined;
  }
}

/** Only of a MIME message that uses it: elsewhere `=3D` is text. */
function decodeQuotedPrintable(text: string): string {
  if (!/^content-transfer-encoding:\s*quoted-printable/im.test(text)) return text;
  const joined = text.replace(/=\r?\n/g, '');
  return joined.replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
