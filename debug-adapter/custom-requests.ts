/**
 * The requests and events this adapter adds to DAP, types only: the one file of the adapter that the extension may import.
 * 64-bit values are strings (`0x…`), since DAP messages are JSON.
 */

/** Arguments and response body of each custom request. */
export interface CustomRequests {
  /** What the visible views show, in one answer: that of each of these requests, or why there is none. */
  'sdei/views': [{ parts: ViewPart[] }, { answers: ViewAnswer[] }];
  /** Everything the Events tree shows, in one answer. */
  'sdei/state': [{}, SdeiState];
  /** Raise an event as its source would: event 0 like SDEI_EVENT_SIGNAL, platform events like their platform. */
  'sdei/trigger': [{ event: number; pe: number }, { outcome: 'dispatches' | 'pending'; message: string }];
  /** Raise an event when a PE is about to execute the first code of a source's line, the next time or the `count`th. */
  'sdei/inject': [
    { event: number; source: { path?: string; name?: string; sourceReference?: number }; line: number; count?: number },
    { message: string },
  ];
  /** Does what the SDEI call of that name does, on behalf of the guest, without running guest code. */
  'sdei/setEnabled': [{ event: number; pe: number; enabled: boolean }, {}];
  'sdei/setMasked': [{ pe: number; masked: boolean }, {}];
  /** KVM's SDEI pseudo firmware registers of one PE (KVM_GET_ONE_REG for each). */
  'sdei/pseudoRegisters': [{ pe: number }, { registers: PseudoRegister[] }];
  /** KVM_SET_ONE_REG. `value`: `0x…` for up to 8 bytes, else the bytes in hexadecimal, first byte first. */
  'sdei/setPseudoRegister': [{ pe: number; id: string; value: string }, {}];
  /** Which system registers there are: the same for each PE, as long as the session lasts. */
  'sdei/systemRegisterTable': [{}, { registers: SystemRegister[] }];
  /** Their values, in the order of the table. Reading changes nothing. A register or field is set by `setExpression`: `$SCTLR_EL1.M`. */
  'sdei/systemRegisters': [{ pe: number }, { values: SystemRegisterValue[] }];
  /** Bytes typed at the guest's console, base64. Allowed while the guest runs. `end`: nothing more is typed, which semihosting tells the guest. */
  'sdei/consoleInput': [{ data: string; end?: boolean }, {}];
  /** Whether a step ends at the first instruction of a handler that is delivered to its PE; at first as "stepIntoHandlers" says. */
  'sdei/setStepIntoHandlers': [{ enabled: boolean }, {}];
  /** Back to the call of the function that runs; out of a handler, to where its event was dispatched. */
  'sdei/stepBackOut': [{ threadId: number }, {}];
  /** Back to the beginning of the line executed before, also in a function that has returned. */
  'sdei/stepBackInto': [{ threadId: number }, {}];
  /** Back to before the last write to a variable, register or expression. `name` and the others as in dataBreakpointInfo. */
  'sdei/lastWrite': [{ threadId: number; name: string; variablesReference?: number; frameId?: number }, {}];
  /** Lists all writes on record to what the arguments name in the Debug Console, each with a link to the moment before it. */
  'sdei/allWrites': [{ threadId: number; name: string; variablesReference?: number; frameId?: number }, {}];
  /** To a moment on record: the first with so many instructions, a bookmark's, or an instant's of the timeline. */
  'sdei/goTo': [{ threadId: number; instruction?: number; bookmark?: string; instant?: number }, {}];
  /** What has happened, in the order of time: the latest `count` instants, those whose text is or contains `text`. */
  'sdei/timeline': [{ count?: number; text?: string }, { instants: TimelineInstant[]; bookmarks: Bookmark[]; time?: TimeState }];
  /** The run so far as the contents of a .sdeitrace file, base64. */
  'sdei/saveTrace': [{}, { data: string }];
  /**
   * Futures of this run: the one that is on record, and those that edits in the past have taken the place of.
   * forgotten: names of those that there was no room for any more.
   */
  'sdei/branches': [{}, { current: string; branches: BranchInfo[]; forgotten: readonly string[] }];
  /** To the end of another future, which is the one on record then. */
  'sdei/goToBranch': [{ threadId: number; name: string }, {}];
  'sdei/renameBranch': [{ name: string; to: string }, {}];
  /** How a future ends (deliveries, SDEI, console, registers), as text to be compared with another's. */
  'sdei/branchReport': [{ name: string }, { text: string }];
  /** Gives the present moment a name, which it takes from another moment that had it. */
  'sdei/addBookmark': [{ name: string }, Bookmark];
  'sdei/removeBookmark': [{ name: string }, {}];
  /** Bookmarks in the order of time, and how far one can go. */
  'sdei/bookmarks': [{}, { bookmarks: Bookmark[]; time: TimeState }];
}

/** Requests that read what a view shows. */
export type ViewRequest = 'sdei/state' | 'sdei/timeline' | 'sdei/pseudoRegisters' | 'sdei/systemRegisterTable' | 'sdei/systemRegisters';
export interface ViewPart {
  request: ViewRequest;
  /** As if it were asked alone. */
  arguments?: object;
}
export type ViewAnswer = { body: CustomRequests[ViewRequest][1] } | { error: string };

/** A line of the guest's console, what a log point said, a delivery, or a stop. */
export interface TimelineInstant {
  id: number;
  kind: 'console' | 'log' | 'delivery' | 'stop';
  instruction: number;
  text: string;
  pe?: number;
}
export interface BranchInfo {
  name: string;
  /** Instructions at its end. */
  to: number;
}
export interface Bookmark {
  name: string;
  instruction: number;
  /** `on_event+0x24 (first-event.c:31)`: where the PE was that had stopped. */
  place: string;
}
/** Instructions since the start. */
export interface TimeState {
  /** As far as one can go back. */
  from: number;
  now: number;
  /** The present. */
  to: number;
  isInPast: boolean;
  /** In the event behind an edit in the past: the branch that begins there. */
  begins?: string;
}

export interface SdeiState {
  pes: PeState[];
  events: EventState[];
}
export interface PeState {
  pe: number;
  /** `PE0`, as thread names show it. */
  name: string;
  power: 'on' | 'off' | 'suspended';
  exceptionLevel: number;
  masked: boolean;
  /** With `"irqchip": "user"`: `0x1 (KVM_ARM_DEV_EL1_VTIMER)`, `0`. */
  deviceIrqLevel?: string;
  /** Running handlers, outermost first. */
  running: { event: number; priority: 'normal' | 'critical'; interruptedPc: string }[];
}
export interface EventState {
  number: number;
  type: 'private' | 'shared';
  priority: 'normal' | 'critical';
  source: 'software' | 'platform' | 'interrupt';
  intid?: number;
  /** The PE of a private event's instance; absent for a shared event. */
  pe?: number;
  state: 'unregistered' | 'registered' | 'enabled' | 'registeredRunning' | 'enabledRunning' | 'unregisterPending';
  pending: boolean;
  handler?: { address: string; name?: string; path?: string; line?: number };
  argument?: string;
  routing?: string;
  delivered: number;
}
export interface PseudoRegister {
  /** KVM register id, `0x` + 16 digits. */
  id: string;
  /** `KVM_REG_ARM_SDEI_EVENT_REGISTERED`. */
  name: string;
  bytes: number;
  /** `0x…` for up to 8 bytes, else the bytes in hexadecimal, first byte first; absent when `error` says why it cannot be read. */
  value?: string;
  error?: string;
  /** For bitmaps: what each defined bit stands for. */
  bits?: { bit: number; name: string; set: boolean }[];
  /** For structures (handlers, context): named parts. */
  fields?: { name: string; value: string; symbol?: string }[];
  writable: boolean;
}

export interface SystemRegister {
  /** `SCTLR_EL1` */
  name: string;
  /** As assemblers spell it without a name: `S3_0_C1_C0_0`. */
  encoding: string;
  /** The exception level in its name; without one, the lowest that gets at it. */
  level: number;
  /** `Control`, `Exception handling`, … */
  group: string;
  description: string;
  access: 'RW' | 'RO' | 'WO';
  /** Bits that a write changes, `0x…`; the others are RES0, RES1 or read-only. */
  writableBits: string;
  fields: SystemRegisterField[];
  /** Other fields, in states that {@link SystemRegisterValue.layout} tells. */
  layouts?: { fields: SystemRegisterField[] }[];
}
export interface SystemRegisterField {
  name: string;
  msb: number;
  lsb: number;
  /** Meaning of values, where they have names. */
  values?: Record<string, string>;
}
export interface SystemRegisterValue {
  name: string;
  /** `0x…`; absent when `unread` says why it is not read. */
  value?: string;
  unread?: string;
  /** Which of the register's `layouts` holds; absent: none, it has its usual fields. */
  layout?: number;
  /** In what state its fields are these, where they are others in another one: `HCR_EL2.E2H = 1`. */
  layoutText?: string;
  /** Why the value means nothing at present, where the Arm ARM calls it UNKNOWN. */
  unknown?: string;
  /** `vectors+0x80`, of registers that hold an address of code. */
  symbol?: string;
}

/** Events besides DAP's own. */
export interface CustomEvents {
  /** Guest console bytes (PL011), base64. */
  'sdei/console': { data: string };
  /** At each stop, and after an edit in the past; absent where no history is kept. */
  'sdei/time': TimeState;
  /** State shown by views changed without a stop (a trigger or an edit from the panel). */
  'sdei/changed': {};
}
