import { crc32, deflateRawSync } from 'node:zlib';

/** A file of an archive; what is not given is as it should be. */
export interface ZipEntry {
  readonly name: string | Buffer;
  readonly content: string | Buffer;
  /** Unix mode with its file type. */
  readonly mode?: number;
  /** Bit 0 is encryption, bit 11 says that the name is UTF-8 (appnote 4.4.4). */
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  /** What the directory says that it unpacks to. */
  readonly bytes?: number;
  /** Sizes and place in the extra field of Zip64 (appnote 4.5.3). */
  readonly zip64?: boolean;
}

/** A zip archive, honest or not, by appnote 6.3.10. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = spell(entry, offset);
    bodies.push(local);
    directory.push(central);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}

function spell(entry: ZipEntry, offset: number): { local: Buffer; central: Buffer } {
  const name = Buffer.from(entry.name as string);
  const content = Buffer.from(entry.content as string);
  const { mode = 0o100644, flags = 0x800, method = 8, crc = crc32(content), bytes = content.length, zip64 } = entry;
  const packed = method === 8 ? deflateRawSync(content) : content;
  const common = Buffer.alloc(26);
  common.writeUInt16LE(zip64 ? 45 : 20, 0);
  common.writeUInt16LE(flags, 2);
  common.writeUInt16LE(method, 4);
  common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(zip64 ? 0xffffffff : packed.length, 14);
  common.writeUInt32LE(zip64 ? 0xffffffff : bytes, 18);
  common.writeUInt16LE(name.length, 22);
  const extra = zip64 ? zip64Extra(bytes, packed.length, offset) : Buffer.alloc(0);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((mode * 0x10000) >>> 0, 6);
  rest.writeUInt32LE(zip64 ? 0xffffffff : offset, 10);
  const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, name, packed]);
  common.writeUInt16LE(extra.length, 24);
  const madeByUnix = Buffer.from([0x50, 0x4b, 1, 2, 20, 3]);
  return { local, central: Buffer.concat([madeByUnix, common, rest, name, extra]) };
}

function zip64Extra(bytes: number, packed: number, offset: number): Buffer {
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(bytes), 4);
  extra.writeBigUInt64LE(BigInt(packed), 12);
  extra.writeBigUInt64LE(BigInt(offset), 20);
  return extra;
}
