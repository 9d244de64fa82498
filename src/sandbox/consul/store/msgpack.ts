/** What Consul's snapshots are made of. */
export type Packable = string | number | Buffer | null | boolean | { readonly [key: string]: Packable };

/** MessagePack as Consul's snapshots use it: strings and bytes are both raw, integers unsigned. */
export function encodeMsgpack(value: Packable): Buffer {
  if (value === null) return Buffer.from([0xc0]);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === 'number') return packUnsigned(value);
  if (typeof value === 'string') return packRaw(Buffer.from(value));
  if (Buffer.isBuffer(value)) return packRaw(value);
  const entries = Object.entries(value);
  const header = entries.length < 16 ? Buffer.from([0x80 | entries.length]) : sized(0xde, entries.length, 2);
  return Buffer.concat([header, ...entries.flatMap(([key, member]) => [encodeMsgpack(key), encodeMsgpack(member)])]);
}

function packRaw(bytes: Buffer): Buffer {
  const { length } = bytes;
  if (length < 32) return Buffer.concat([Buffer.from([0xa0 | length]), bytes]);
  return Buffer.concat([length < 0x1_0000 ? sized(0xda, length, 2) : sized(0xdb, length, 4), bytes]);
}

function packUnsigned(value: number): Buffer {
  if (value < 0x80) return Buffer.from([value]);
  if (value < 0x100) return sized(0xcc, value, 1);
  if (value < 0x1_0000) return sized(0xcd, value, 2);
  if (value < 0x1_0000_0000) return sized(0xce, value, 4);
  const packed = Buffer.alloc(9, 0xcf);
  packed.writeBigUInt64BE(BigInt(value), 1);
  return packed;
}

function sized(marker: number, value: number, bytes: 1 | 2 | 4): Buffer {
  const packed = Buffer.alloc(1 + bytes, marker);
  packed.writeUIntBE(value, 1, bytes);
  return packed;
}
