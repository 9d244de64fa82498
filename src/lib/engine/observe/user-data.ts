import { gunzipSync } from 'node:zlib';

/** EC2 accepts 16 KB; a script that unpacks to more than this is not read. */
const MAX_BYTES = 1024 * 1024;
/** How deep one encoding may be in another: gzip in base64 in a part of a MIME message in gzip. */
const MAX_DEPTH = 4;
const MAX_TEXTS = 256;

/** Lines of base64, of which the last is shorter, or a word of it: `-bootstrap` has 14 characters. */
const BASE64 = /(?:[A-Za-z0-9+/]{16,}\\?\s+)+[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9+/]{12,}={0,2}/g;
/** What text has none of, and other bytes have many of. */
const NOT_TEXT = /[^\P{Cc}\t\n\r]|\ufffd/gu;
const MOST_NOT_TEXT = 0.1;

interface UnpackedUserData {
  readonly texts: readonly string[];
  /** False if there are more encodings in it, or in each other, than are read. */
  readonly isWhole: boolean;
  readonly hasArchive: boolean;
}

/**
 * The texts in user data as cloud-init would unpack them: itself, and whatever is in it as base64 or gzip: parts of a
 * MIME message, files of a cloud-config, what a script decodes. Undefined if it is not text, or is too large.
 */
export function unpackUserData(base64: string): UnpackedUserData | undefined {
  const whole = toText(Buffer.from(base64, 'base64'));
  if (whole === undefined) return undefined;
  const first = decodeEscapes(whole);
  const texts = new Set([first]);
  let layer: readonly string[] = [first];
  let isWhole = true;
  for (let depth = 1; layer.length > 0 && isWhole; depth += 1) {
    const inner = layer.flatMap(decodeWords).filter((text) => !texts.has(text));
    const room = depth < MAX_DEPTH ? MAX_TEXTS - texts.size : 0;
    isWhole = inner.length <= room;
    layer = inner.slice(0, room);
    for (const text of layer) texts.add(text);
  }
  return {
    texts: [...texts].map((text) => decodeEscapes(decodeQuotedPrintable(text))),
    isWhole,
    hasArchive: [...texts].some(hasArchive),
  };
}

/** The texts that are in a text as base64, alone or in lines. */
export function decodeWords(text: string): readonly string[] {
  return (text.match(BASE64) ?? []).flatMap((found) => {
    const words = found.split(/\\?\s+/);
    // A word before or after the lines may look like one of them.
    const lines = [words, words.slice(0, -1), words.slice(1), words.slice(1, -1)].map((some) => some.join(''));
    const whole = lines.flatMap((some) => decode(some) ?? [])[0];
    return whole === undefined ? words.flatMap((word) => decode(word) ?? []) : [whole];
  });
}

function decode(word: string): string | undefined {
  const text = toText(Buffer.from(word, 'base64'));
  if (!text) return undefined;
  return (text.match(NOT_TEXT) ?? []).length > MOST_NOT_TEXT * text.length ? undefined : text;
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

/** A tar in gzip, xz, bzip2 and zip, in base64. What is in such a file is not read. */
const ARCHIVE = /(?<![A-Za-z0-9+/])(?:H4sI|\/Td6WFoA|Qlpo|UEsDB)[A-Za-z0-9+/]{12,}/g;

function hasArchive(text: string): boolean {
  return (text.match(ARCHIVE) ?? []).some((word) => !word.startsWith('H4sI') || !decodesAt(text, word));
}

function decodesAt(text: string, word: string): boolean {
  const from = text.indexOf(word);
  return decodeWords(text.slice(from)).length > 0;
}

/** What Ignition has as `data:,bootstrap%20%3D%20true`, and letters as JSON may write them. */
function decodeEscapes(text: string): string {
  const plain = text.replace(/\\u00([2-7][0-9a-f])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return plain.replace(/\bdata:[^\s"']{0,65536}/g, (address) =>
    address.replace(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  );
}
