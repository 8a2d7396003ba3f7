/** The C types of a program, as DWARF describes them. Sizes in bytes. */
export type Type =
  | {
      readonly kind: 'base';
      readonly name: string;
      readonly size: number;
      readonly encoding: 'signed' | 'unsigned' | 'signed-char' | 'unsigned-char' | 'boolean' | 'float' | 'complex' | 'utf';
      /**
       * C++: a pointer to members of this type in a class (Itanium C++ ABI §2.3, AAPCS64 for the second word). To data: the offset there, -1 for none.
       * To functions: two words, an address, or the offset in the virtual table if bit 0 of the second is set, whose others adjust the object's address.
       */
      readonly pointsToMember?: { readonly owner: () => Type; readonly to: () => Type };
    }
  /** `isReference`: of C++, another name for what it points at. `isNull`: that of `nullptr`, whose value is not what stands in memory. */
  | {
      readonly kind: 'pointer';
      readonly size: number;
      readonly name?: string;
      readonly to: () => Type;
      readonly isReference?: boolean;
      readonly isRvalue?: boolean;
      readonly isNull?: boolean;
    }
  | {
      readonly kind: 'struct' | 'union' | 'class';
      /** With the scopes around it: `hw::uart::Port`. */
      readonly name?: string;
      /** Of a language where the name is the type (C++): it is not written with its keyword. */
      readonly isScoped?: boolean;
      readonly size: number;
      /** Where the source says it; absent: what its members want. */
      readonly alignment?: number;
      readonly members: () => readonly Member[];
      /** C++: absent in languages that have none. */
      readonly statics?: () => readonly StaticMember[];
      readonly methods?: () => readonly Method[];
    }
  /** `count` absent: flexible or unknown bound. Multi-dimensional arrays nest. `isVector`: of lanes, which are numbers and never text. */
  | { readonly kind: 'array'; readonly size?: number; readonly element: () => Type; readonly count?: number; readonly isVector?: boolean }
  | {
      readonly kind: 'enum';
      readonly name?: string;
      readonly isScoped?: boolean;
      /** What its enumerators' names stand in, where that has to be said: `hw::uart` or, of an `enum class`, `hw::uart::Mode`. */
      readonly enumeratorScope?: string;
      readonly size: number;
      readonly signed: boolean;
      readonly enumerators: () => readonly { readonly name: string; readonly value: bigint }[];
    }
  | { readonly kind: 'typedef'; readonly name: string; readonly alignment?: number; readonly to: () => Type }
  | { readonly kind: 'const' | 'volatile' | 'restrict' | 'atomic'; readonly to: () => Type }
  /** `isVariadic`: any number of arguments may follow those of `parameters` (`...`). */
  | {
      readonly kind: 'function';
      readonly returns: () => Type;
      readonly parameters: () => readonly Type[];
      readonly isVariadic?: () => boolean;
    }
  | { readonly kind: 'void' }
  /** Declared, never defined in this program; `name` with its keyword: `struct node`. */
  | { readonly kind: 'incomplete'; readonly name: string };

export interface Member {
  /** Absent: anonymous struct or union, whose members belong to the enclosing one. */
  readonly name?: string;
  readonly type: () => Type;
  readonly offset: number;
  /** Where the source says it; absent: that of the type. */
  readonly alignment?: number;
  /** A class that this one inherits from (DW_TAG_inheritance); `name` is its own. */
  readonly base?: true;
  /** Of a virtual base, for which `offset` says nothing: its address in the object at an address. `undefined`: it cannot be told. */
  readonly locate?: (object: bigint, memory: (address: bigint, length: number) => Uint8Array) => bigint | undefined;
  /** Of a variant record, as enums of Rust are: there only while the discriminant has such a value. */
  readonly variant?: Variant;
  /** Bit-fields: counted from the least significant bit of the byte at `offset`. */
  readonly bit?: { readonly offset: number; readonly size: number };
}

/** A variable that stands in a class; every object shares it. */
export interface StaticMember {
  readonly name: string;
  readonly type: () => Type;
  /** Before how many-th of the members that each object has it is declared. */
  readonly before: number;
}

/** A function that stands in a class. */
export interface Method {
  readonly name: string;
  /** `hw::uart::Port::write(int)` */
  readonly fullName: string;
  readonly type: () => Type;
  /** Works on no object. */
  readonly isStatic: boolean;
  /** Of a virtual one: which of the virtual table's. */
  readonly virtualIndex?: number;
}

/** DWARF 5 §5.7.10 */
export interface Variant {
  /** Where it is told which of the variants there is. */
  readonly discriminant: Member;
  readonly size: number;
  /** Of the discriminant; absent: any that no other variant has. */
  readonly value?: bigint;
  readonly others: readonly bigint[];
}
