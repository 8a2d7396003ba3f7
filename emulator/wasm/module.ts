import { operator } from './opcodes.ts';

const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const END = 0x0b;
const CODE_SECTION = 10;

/** Bytes of a WebAssembly module or function body, growing. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
  }
  u8(value: number): void {
    if (this.length === this.bytes.length) this.grow(1);
    this.bytes[this.length++] = value;
  }
  append(other: Uint8Array): void {
    if (this.length + other.length > this.bytes.length) this.grow(other.length);
    this.bytes.set(other, this.length);
    this.length += other.length;
  }
  /** Unsigned LEB128. */
  u32(value: number): void {
    if (this.length + 5 > this.bytes.length) this.grow(5);
    const { bytes } = this;
    let rest = value >>> 0;
    while (rest >= 0x80) {
      bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.length++] = rest;
  }
  /** A byte and an unsigned LEB128, `value` not negative. */
  u8u32(byte: number, value: number): void {
    if (this.length + 6 > this.bytes.length) this.grow(6);
    const { bytes } = this;
    bytes[this.length++] = byte;
    let rest = value;
    while (rest >= 0x80) {
      bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.length++] = rest;
  }
  /** A byte and a signed LEB128. */
  u8s32(byte: number, value: number): void {
    if (value >= -64 && value < 64) {
      this.u8u32(byte, value & 0x7f);
      return;
    }
    this.u8(byte);
    this.s32(value);
  }
  /** Signed LEB128. */
  s32(value: number): void {
    this.signed(value | 0, value >> 31);
  }
  s64(value: bigint): void {
    const low = Number(BigInt.asIntN(32, value));
    this.signed(low, Number(BigInt.asIntN(32, value >> 32n)));
  }
  /** Signed LEB128 of two 32-bit halves. */
  private signed(low: number, high: number): void {
    if (this.length + 10 > this.bytes.length) this.grow(10);
    const { bytes } = this;
    let rest = low;
    let top = high;
    for (;;) {
      const part = rest & 0x7f;
      rest = (rest >>> 7) | (top << 25);
      top >>= 7;
      if (part & 0x40 ? rest === -1 && top === -1 : rest === 0 && top === 0) {
        bytes[this.length++] = part;
        return;
      }
      bytes[this.length++] = part | 0x80;
    }
  }
  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
  }
  get contents(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
  private grow(atLeast: number): void {
    const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + atLeast));
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
  }
}

export type WasmType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
const typeByte: Record<WasmType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const EMPTY_BLOCK = 0x40;

export interface Signature {
  readonly parameters: readonly WasmType[];
  readonly results: readonly WasmType[];
}

/** A function body under construction: locals are numbered after the parameters. */
export class FunctionBody {
  readonly signature: Signature;
  readonly code = new ByteWriter(4096);
  private readonly locals: WasmType[] = [];

  constructor(signature: Signature) {
    this.signature = signature;
  }
  local(type: WasmType): number {
    this.locals.push(type);
    return this.signature.parameters.length + this.locals.length - 1;
  }
  private prefixed(code: number): void {
    if (code < 0x200) this.code.u8u32(0xfc, code - 0x100);
    else this.code.u8u32(0xfd, code - 0x200);
  }
  private opcode(code: number): void {
    if (code < 0x100) this.code.u8(code);
    else this.prefixed(code);
  }
  op(name: string): void {
    const { code } = operator(name);
    if (code < 0x100) this.code.u8(code);
    else this.prefixed(code);
  }
  /** An instruction with what belongs to it: a constant's value, a local's index, a lane, or an access's offset (default 0). */
  instruction(name: string, immediate: bigint | number | undefined, bytes?: readonly number[]): void {
    const { code, immediate: kind, alignment } = operator(name);
    switch (kind) {
      case 'none':
        return code < 0x100 ? this.code.u8(code) : this.prefixed(code);
      case 'index':
        return this.code.u8u32(code, immediate as number);
      case 'memory':
        this.opcode(code);
        return this.code.u8u32(alignment as number, (immediate as number | undefined) ?? 0);
      case 'i32':
        return this.i32Const(immediate as number);
      case 'i64':
        return this.i64Const(immediate as bigint | number);
      case 'v128':
        return this.v128Const(immediate as bigint);
      case 'shuffle':
        return this.bytes16(name, bytes as readonly number[]);
      case 'lane':
        this.opcode(code);
        return this.code.u8(immediate as number);
    }
  }
  localGet(index: number): void {
    this.code.u8u32(LOCAL_GET, index);
  }
  localSet(index: number): void {
    this.code.u8u32(LOCAL_SET, index);
  }
  opU32(name: string, immediate: number): void {
    this.code.u8u32(operator(name).code, immediate);
  }
  /** `v128.const` or `i8x16.shuffle` with its 16 bytes. */
  private bytes16(name: string, bytes: readonly number[]): void {
    this.op(name);
    for (const byte of bytes) this.code.u8(byte);
  }
  v128Const(value: bigint): void {
    this.bytes16(
      'v128.const',
      Array.from({ length: 16 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn)),
    );
  }
  i32Const(value: number): void {
    this.code.u8s32(I32_CONST, value);
  }
  i64Const(value: bigint | number): void {
    if (typeof value === 'number' && value === (value | 0)) return this.code.u8s32(I64_CONST, value);
    this.code.u8(I64_CONST);
    this.code.s64(BigInt(value));
  }
  /** A load or store with its memarg. */
  access(name: string, offset: number): void {
    const { code, alignment } = operator(name);
    this.opcode(code);
    this.code.u8u32(alignment ?? 0, offset);
  }
  /** `block`, `loop` or `if`, without or with one result. */
  block(kind: 'block' | 'loop' | 'if', result?: WasmType): void {
    this.op(kind);
    this.code.u8(result ? typeByte[result] : EMPTY_BLOCK);
  }
  brTable(labels: readonly number[], fallback: number): void {
    this.op('br_table');
    this.code.u32(labels.length);
    for (const label of labels) this.code.u32(label);
    this.code.u32(fallback);
  }
  callIndirect(typeIndex: number): void {
    this.op('call_indirect');
    this.code.u32(typeIndex);
    this.code.u32(0);
  }

  encode(): Uint8Array {
    const out = new ByteWriter(this.code.length + 64);
    const runs: [WasmType, number][] = [];
    for (const type of this.locals) {
      const last = runs[runs.length - 1];
      if (last && last[0] === type) last[1] += 1;
      else runs.push([type, 1]);
    }
    out.u32(runs.length);
    for (const [type, count] of runs) {
      out.u32(count);
      out.u8(typeByte[type]);
    }
    out.append(this.code.contents);
    out.u8(END);
    return out.contents;
  }
}

export interface ImportedFunction {
  readonly name: string;
  readonly signature: Signature;
}

/**
 * One module with an imported memory `env.memory`, imported functions, own functions, and one own table.
 * Function indices: imports first, then {@link add} order.
 */
export class ModuleBuilder {
  private readonly types: Signature[] = [];
  private readonly typeIndices = new Map<Signature, number>();
  private readonly bodies: FunctionBody[] = [];
  private readonly exported: { name: string; index: number }[] = [];
  private readonly imports: readonly ImportedFunction[];
  private tableFunctions: readonly number[] = [];
  private hasGlobal = false;
  private ownGlobals = 0;
  private readonly memoryPages: number;

  /** @param memoryPages minimum size in 64 KiB pages of the imported memory */
  constructor(memoryPages: number, imports: readonly ImportedFunction[]) {
    this.memoryPages = memoryPages;
    this.imports = imports;
  }
  typeIndex(signature: Signature): number {
    let index = this.typeIndices.get(signature);
    if (index === undefined) this.typeIndices.set(signature, (index = this.findType(signature)));
    return index;
  }
  private findType(signature: Signature): number {
    const key = JSON.stringify(signature);
    const found = this.types.findIndex((type) => JSON.stringify(type) === key);
    return found >= 0 ? found : this.types.push({ parameters: signature.parameters, results: signature.results }) - 1;
  }
  /** @returns the function's index */
  add(body: FunctionBody): number {
    this.bodies.push(body);
    return this.imports.length + this.bodies.length - 1;
  }
  export(name: string, index: number): void {
    this.exported.push({ name, index });
  }
  /** The functions that `call_indirect` reaches, by table index; the table is exported as `table`, and may grow. */
  table(functions: readonly number[]): void {
    this.tableFunctions = functions;
  }
  /** One mutable i32, exported as `global`, initially 0; its index is 0. */
  exportGlobal(): void {
    this.hasGlobal = true;
  }

  /** One more mutable i32, initially 0. Its index counts from the exported one on. */
  addGlobal(): void {
    this.ownGlobals += 1;
  }

  encode(): Uint8Array<ArrayBuffer> {
    return withBodies(this.head(), this.bodies);
  }
  /** All that comes before the bodies: the same for modules that differ in nothing but the code and locals of theirs. */
  head(): Uint8Array {
    const importTypes = this.imports.map(({ signature }) => this.typeIndex(signature));
    const bodyTypes = this.bodies.map(({ signature }) => this.typeIndex(signature));
    const out = new ByteWriter(1024);
    for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.u8(byte);
    section(out, 1, this.types, (section, { parameters, results }) => {
      section.u8(0x60);
      section.u32(parameters.length);
      for (const type of parameters) section.u8(typeByte[type]);
      section.u32(results.length);
      for (const type of results) section.u8(typeByte[type]);
    });
    section(out, 2, [undefined, ...this.imports], (section, imported, index) => {
      section.name('env');
      if (!imported) {
        section.name('memory');
        section.u8(0x02);
        section.u8(0x00);
        section.u32(this.memoryPages);
        return;
      }
      section.name(imported.name);
      section.u8(0x00);
      section.u32(importTypes[index - 1]);
    });
    section(out, 3, bodyTypes, (section, type) => section.u32(type));
    if (this.tableFunctions.length) {
      section(out, 4, [this.tableFunctions.length], (section, size) => {
        section.u8(0x70);
        section.u8(0x00);
        section.u32(size);
      });
    }
    const globals = (this.hasGlobal ? 1 : 0) + this.ownGlobals;
    if (globals > 0) {
      section(out, 6, new Array<number>(globals).fill(0), (section, initial) => {
        section.u8(typeByte.i32);
        section.u8(0x01);
        section.u8(I32_CONST);
        section.s32(initial);
        section.u8(END);
      });
    }
    const exported: { name: string; kind: number; index: number }[] = this.exported.map((item) => ({ ...item, kind: 0x00 }));
    if (this.tableFunctions.length) exported.push({ name: 'table', kind: 0x01, index: 0 });
    if (this.hasGlobal) exported.push({ name: 'global', kind: 0x03, index: 0 });
    section(out, 7, exported, (section, { name, kind, index }) => {
      section.name(name);
      section.u8(kind);
      section.u32(index);
    });
    if (this.tableFunctions.length) {
      section(out, 9, [this.tableFunctions], (section, functions) => {
        section.u32(0);
        section.u8(I32_CONST);
        section.s32(0);
        section.u8(END);
        section.u32(functions.length);
        for (const index of functions) section.u32(index);
      });
    }
    return out.contents;
  }
}

/** A module of a {@link ModuleBuilder.head} and as many bodies as it was made for. */
export function withBodies(head: Uint8Array, bodies: readonly FunctionBody[]): Uint8Array<ArrayBuffer> {
  const code = new ByteWriter(bodies.reduce((sum, { code }) => sum + code.length + 64, 16));
  code.u32(bodies.length);
  for (const body of bodies) {
    const encoded = body.encode();
    code.u32(encoded.length);
    code.append(encoded);
  }
  const out = new ByteWriter(head.length + code.length + 16);
  out.append(head);
  out.u8u32(CODE_SECTION, code.length);
  out.append(code.contents);
  return out.contents.slice() as Uint8Array<ArrayBuffer>;
}

function section<T>(out: ByteWriter, id: number, items: readonly T[], write: (section: ByteWriter, item: T, index: number) => void): void {
  const contents = new ByteWriter(1024);
  contents.u32(items.length);
  items.forEach((item, index) => {
    write(contents, item, index);
  });
  out.u8(id);
  out.u32(contents.length);
  out.append(contents.contents);
}
