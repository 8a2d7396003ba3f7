/** Every error a person can see, one named function each: what happened, with the value, then what to do. */

/** Somebody outside the adapter can mend it: shown as it is. */
export class UserError extends Error {}

/** The client asked for something in the wrong state; `message` is DAP's own word where it has one (`notStopped`, `cancelled`). */
export class StateError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A value as a message shows it, in so many characters at most. */
export function quoted(value: unknown, most = 80): string {
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? String(value);
  return text.length > most ? `${text.slice(0, most - 3)}…` : text;
}
/** So much of what a person has written that they see which it is. */
export const abbreviated = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
const listed = (all: readonly string[]): string => (all.length > 5 ? [...all.slice(0, 5), '…'] : all).join(', ');
export const hexadecimal = (value: bigint | number): string => (value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`);

// The protocol

export const unknownRequest = (command: string): UserError =>
  new UserError(`Unknown request "${command}": this adapter does not implement it.`);
export const wrongArguments = (command: string, problem: string): UserError => new UserError(`Wrong arguments of ${command}: ${problem}.`);
export const sourceNotNamed = (command: string): UserError =>
  wrongArguments(command, '"source" names no source: its "path", "name" or "sourceReference" is needed');
export const internalFault = (command: string, fault: unknown): Error =>
  new Error(
    `Internal error in ${command}: ${fault instanceof Error ? fault.message : String(fault)}. Please report it with what led to it.`,
  );
export const cancelled = (): StateError => new StateError('cancelled', 'Cancelled.');
export const notStopped = (): StateError => new StateError('notStopped', 'The guest is running. Pause it first.');
export const nothingLaunched = (command: string): UserError =>
  new UserError(`${command} needs a guest, and none has been launched. Send "launch" first.`);
export const alreadyLaunched = (): UserError =>
  new UserError('This session has launched a guest already. Use "restart", or end the session first.');
/** @param guestHas what it has done; absent: the client has ended it */
export const sessionEnded = (command: string, guestHas: string | undefined): UserError =>
  new UserError(
    guestHas === undefined
      ? `${command} cannot be done: the session has ended. Start a new one.`
      : `${command} cannot be done: the guest has ${guestHas}. Restart it.`,
  );
export const nothingToAttach = (): UserError =>
  new UserError(
    'There is nothing to attach to: a guest runs in the embedded machine, and none was left there by a disconnect. Use "request": "launch" with "program".',
  );

// Launch keys

export function unknownLaunchKey(key: string, nearest: string | undefined): UserError {
  return new UserError(`Unknown launch key "${key}". ${nearest === undefined ? 'Remove it.' : `Did you mean "${nearest}"?`}`);
}
export const wrongLaunchType = (key: string, value: unknown, expected: string, nearest?: string): UserError =>
  new UserError(
    `Launch key "${key}" is ${quoted(value)}, expected ${expected}.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`,
  );
export const missingLaunchKey = (key: string, mend: string): UserError => new UserError(`Launch key "${key}" is missing. ${mend}`);
export const cannotListen = (port: number, cause: unknown): UserError =>
  new UserError(`Cannot listen on port ${port}: ${cause instanceof Error ? cause.message : String(cause)}. Choose another port.`);
export const noGdbServerHere = (): UserError =>
  new UserError('Launch key "gdbServer" needs TCP, which a browser does not have. Leave it out, or debug in VS Code on the desktop.');
export const gdbRuns = (): UserError =>
  new UserError('gdb is attached and runs the guest. Go on there, or "detach" it; Pause works here too.');
export const launchKeyConflict = (key: string, value: unknown, why: string, mend: string): UserError =>
  new UserError(`Launch key "${key}" is ${quoted(value)}, but ${why}. ${mend}`);

/** `problem` is the dispatcher's own sentence: key, value, rule and mend. */
export const impossibleSdei = (problem: string): UserError => new UserError(`Launch key ${problem}`);

// Files and images

export function cannotReadFile(key: string, path: string, reason: string): UserError {
  const mend = /ENOENT|not ?found|no such/i.test(reason)
    ? `There is no such file. Set "${key}" to the path of an existing file.`
    : /EISDIR/.test(reason)
      ? `It is a folder. Set "${key}" to the path of a file.`
      : `${reason}.`;
  return new UserError(`Cannot read "${key}": "${path}". ${mend}`);
}
export const bootNotKept = (reason: unknown): UserError =>
  new UserError(
    `How the guest begins cannot be kept in the cache folder: ${reason instanceof Error ? reason.message : String(reason)}. Make room there, or make it writable.`,
  );
export const fileChanged = (path: string): UserError =>
  new UserError(`"${path}" has changed since it was opened, so what it says is not about this guest any more. Restart the session.`);
export const noFoldersHere = (key: string, path: string): UserError =>
  new UserError(`Launch key "${key}" is the folder "${path}", which cannot be listed here. Name the .ko files.`);
export const moduleFound = (name: string, path: string): string =>
  `The kernel has loaded the module ${name}; its symbols are those of "${path}".`;
export const moduleWithout = (name: string, problem: string): string =>
  `The kernel has loaded the module ${name}, but not its symbols: ${problem}`;
export const otherKernel = (path: string, { elf, image }: { readonly elf: string; readonly image: string }): string =>
  `"${path}" is not of the kernel that boots, so its lines and variables are wrong. It says "${elf}", the kernel says "${image}". Take the vmlinux of the same build.`;
export const damagedDebugInformation = (path: string, warning: string): string => `"${path}": ${warning}`;
export const moreDamage = (path: string): string =>
  `"${path}": more of its debug information cannot be used. Build or copy it again; until then some of its lines and variables are missing.`;
export const kernelFound = (name: string, offset: bigint): string =>
  offset === 0n
    ? `The kernel of "${name}" runs where it was linked.`
    : `The kernel of "${name}" runs ${offset < 0n ? `0x${(-offset).toString(16)} below` : `0x${offset.toString(16)} above`} where it was linked (KASLR).`;
/** gdb asks for offsets when it attaches, and not again. */
export const gdbFollows = (path: string, offset: bigint): string =>
  `gdb does not learn of that by itself: "symbol-file", then "add-symbol-file ${path} -o ${offset < 0n ? '-' : ''}0x${(offset < 0n ? -offset : offset).toString(16)}" in gdb.`;
/** `reason` is the reader's own sentence, which names the file and the mend. */
export const cannotLoadImage = (key: string, reason: string): UserError =>
  new UserError(key === 'program' ? reason : `Launch key "${key}": ${reason.replace('"program"', `"${key}"`)}`);
/** `reason`: as above, of a kernel's reader. */
export const cannotBootKernel = (reason: string): UserError => new UserError(`Launch key "kernel": ${reason}`);
/** @param offset by which it would be in RAM, if the program runs anywhere */
export const segmentOutsideRam = (
  path: string,
  low: bigint,
  high: bigint,
  ram: { base: bigint; size: bigint },
  offset: bigint | undefined,
): UserError =>
  new UserError(
    `Cannot load "program": "${path}" has a segment at ${hexadecimal(low)}-${hexadecimal(high)}, outside RAM (${hexadecimal(ram.base)}-${hexadecimal(ram.base + ram.size)}). ` +
      (offset === undefined
        ? `Link it into RAM, or set "memory" to a larger size.`
        : `It is position-independent: load it into RAM with "program": "${path}@${hexadecimal(offset)}".`),
  );
export const nothingToLoad = (path: string): UserError =>
  new UserError(`Cannot load "program": "${path}" has no PT_LOAD segment. Link it as an executable (ET_EXEC).`);
export const unknownEntry = (value: string, nearest: string | undefined): UserError =>
  new UserError(
    `Launch key "entry" is "${value}", which is neither an address nor a symbol of "program".${nearest === undefined ? ' Give an address such as "0x40080000", or a symbol.' : ` Did you mean "${nearest}"?`}`,
  );
export const entryOutsideRam = (entry: bigint, key: string): UserError =>
  new UserError(`The entry point ${hexadecimal(entry)} (${key}) is outside RAM. Set "entry" to the guest's first instruction.`);

export const bootArgumentsTooLong = (length: number, longest: number): UserError =>
  new UserError(`Launch key "bootArguments" has ${length} characters, of which a kernel keeps ${longest}. Make it shorter.`);
export const misalignedEntry = (entry: bigint, key: string): UserError =>
  new UserError(`The entry point ${hexadecimal(entry)} (${key}) is not a multiple of 4. Set "entry" to the guest's first instruction.`);

export const kernelOutsideRam = (needed: bigint, ram: { size: bigint }): UserError =>
  new UserError(
    `"kernel" with its device tree and "initrd" needs ${megabytes(needed)} MB of RAM, and "memory" is ${megabytes(ram.size)} MB. ` +
      `Set "memory" to a larger size.`,
  );
const megabytes = (bytes: bigint): bigint => (bytes + 0xf_ffffn) >> 20n;

export const sourceEdited = (path: string): string =>
  `"${path}" is not the file that was compiled: lines may be wrong. Build the program again.`;
export const sourceMissing = (path: string, recorded: string): string =>
  `There is no source "${path}"${path === recorded ? '' : ` (compiled as "${recorded}")`}. If it is elsewhere, "sourceMap" in launch.json says where what ${path === recorded ? 'its path' : 'the compiled path'} begins with is. The Disassembly View needs no sources.`;

// Breakpoints, injection

export const noSourceOfProgram = (path: string): string =>
  `No code of the loaded images comes from "${path}". Build the program with -g, or check the path it was built with.`;
export const severalSources = (name: string, paths: readonly string[]): string =>
  `The loaded images have ${paths.length} sources of the name "${name}": ${listed(paths)}. Give the path of one.`;
export const noCodeOnLine = (line: number): string => `No code on line ${line} or after it in this file.`;
export const noSuchLine = (line: number, first: number): UserError =>
  new UserError(`There is no line ${line}: lines are counted from ${first}.`);
export const unalignedInstruction = (address: bigint): string =>
  `No instruction starts at 0x${address.toString(16)}: addresses of A64 instructions are multiples of 4.`;
export const noSuchSource = (file: string): string => `No code of a source "${file}" in the loaded images.`;
export const noSuchFunction = (name: string, nearest: string | undefined, file?: string): string =>
  `No function "${name}" in ${file === undefined ? 'the loaded images' : `"${file}"`}.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`;
export const pendingUntilLaunch = (): string => 'Waits for the program to be loaded.';
export const pendingUntilModule = (problem: string): string => `${problem} It is looked for again in each module that the kernel loads.`;
export const unknownBreakpointMode = (mode: string): string =>
  `There is no breakpoint mode "${mode}" for this kind of breakpoint. Modes are "virtual", "EL0", "EL1" and "EL2", and "physical" for instruction breakpoints.`;
export const badAddress = (what: string, value: string): UserError =>
  new UserError(`${what} "${value}" is not an address. Write it as 0x… or in decimal.`);
export const nothingThere = (place: string): UserError => new UserError(`Nothing is mapped, and no memory, at ${place}.`);
export const addressInSpace = (what: string, value: string): UserError =>
  new UserError(`${what} "${value}" names no memory. Write the address alone, or "PA:", "EL0:", "EL1:", "EL2:" or "EL1@PE0:" before it.`);
export const tooMuchToWatch = (label: string, length: number, most: number): string =>
  `${label} has ${length} bytes, and ${most} are the most that is watched at once: watch a part of it.`;
export const lastByteOutside = (label: string, length: number): string =>
  `${label}: the last of ${length} bytes is outside the 64-bit address space.`;
export const badAccessType = (type: string): string => `There is no access "${abbreviated(type)}". Write "read", "write" or "readWrite".`;
export const badDataId = (id: string): string =>
  `Data id "${id}" names nothing that can be watched here. Ask dataBreakpointInfo for one: "pe0/memory/0x40103000/8", "pe0/cell/SCTLR_EL1.M".`;
export const notMapped = (address: bigint): string =>
  `Nothing is mapped at 0x${address.toString(16)} at present. It is watched as soon as a run begins with the address mapped.`;
export const badHitCondition = (text: string): string =>
  `Hit condition "${text}" is not understood. Write a number, "== 3", ">= 3", "> 3", "< 3", "<= 3" or "% 2".`;
/** @param counts how often the place is reached */
export const hitConditionNever = (text: string, counts: string): string =>
  `Hit condition "${abbreviated(text)}" never holds: hits count ${counts}.`;
export const badInjection = (text: string, problem: string): UserError =>
  new UserError(`Injection "${abbreviated(text)}" cannot be used: ${problem} Write EVENT@SYMBOL+OFFSET#N, for example "0@main+0x8#3".`);
export const injectionMissed = (text: string, reached: number, times: number): string =>
  `Injection ${text}: the event was not raised, for no PE came to the place${reached === 0 ? '' : ` more than ${reached} of ${times} times`}.`;
export const injectionInPast = (): UserError =>
  new UserError('What is on record happens again as it was: go to its end first ("goto end"), or trigger the event here and now.');
export const injectionPlanned = (event: number, place: string, count: number): string =>
  `Event ${event} is raised at ${place}, ${count === 1 ? 'the next time a PE comes there' : `when a PE has come there ${count} times`}.`;
export const injectionsForgotten = (texts: readonly string[]): string =>
  texts.length === 0 ? 'No injection was waiting.' : `Forgotten: ${texts.join(', ')}.`;
export const unknownExceptionFilter = (filter: string, known: readonly string[]): string =>
  `Unknown exception filter "${filter}". Known are ${known.map((name) => `"${name}"`).join(', ')}.`;
export const badFilterCondition = (filter: string, text: string, fields: readonly string[], nearest?: string): string =>
  `Condition "${text}" of "${filter}" is not understood. ${nearest === undefined ? '' : `Did you mean "${nearest}"? `}Compare ${fields.join(', ')}, for example "${fields[0]} == 0 and pe != 1"; commas part alternatives.`;

// Stopped state

export const unknownThread = (id: number, count: number): UserError =>
  new UserError(`There is no thread ${id}: this machine has threads 1 to ${count} (PE0 is 1).`);
export const staleFrame = (id: number): UserError =>
  new UserError(`Frame ${id} belongs to an earlier stop. Ask for the stack trace again.`);
export const unknownFrame = (id: number): UserError => new UserError(`There is no frame ${id}.`);
export const labelFrame = (): UserError =>
  new UserError('This line of the stack is a label: it has no variables. Select the frame above or below it.');
export const noHistory = (): UserError =>
  new UserError('No history is kept: there is no way back. Remove "history": false from the launch configuration.');
export const noMoment = (): UserError => new UserError('Where to go is not said: give "instruction", "bookmark" or "instant".');
export const branchBeforeHistory = (name: string, parting: number, from: number): UserError =>
  new UserError(
    `Branch "${name}" parts from this one at instruction ${parting}, and what is on record begins at instruction ${from}: there is no way there any more. Give "history" more memory.`,
  );
export const forgottenBranch = (name: string): UserError =>
  new UserError(`Branch "${name}" is forgotten: branches may use as much memory as "history" says. Give "history" more.`);
export const branchesForgotten = (forgottenNames: readonly string[]): string =>
  `Branches may use as much memory as "history" says: ${listed(forgottenNames.map((name) => `"${name}"`))} ${forgottenNames.length === 1 ? 'is' : 'are'} forgotten.`;
export const unknownBranch = (name: string, known: readonly string[]): UserError =>
  new UserError(`There is no branch "${name}" to be had. There are: ${known.join(', ')}.`);
export const badTrace = (path: string, why: string): UserError => new UserError(`Cannot open "${path}" ("trace"): ${why}.`);
export const traceDiffers = (path: string, instruction: number, actual: string, expected: string): UserError =>
  new UserError(
    `Cannot open "${path}" ("trace"): repeated here, the run is another one (the machine's hash after ${instruction} instructions is ${actual} instead of ${expected}). Open it with the version of the debugger that made it.`,
  );
export const traceNotCompared = (instruction: number, end: number): string =>
  `The trace is open up to instruction ${instruction}. It was saved at ${end}: only there it can be compared with the run that was saved.`;
export const badConsoleWord = (text: string, usage: string, example?: string): UserError =>
  new UserError(`"${abbreviated(text)}" is not understood. Write "${usage}"${example === undefined ? '' : `, for example "${example}"`}.`);
export const bareConsoleWord = (name: string, usage: string, example: string | undefined): UserError =>
  new UserError(`"${name}" is not all of a command. Write "${usage}"${example === undefined ? '' : `, for example "${example}"`}.`);
export const badByteCountShown = (count: string, most: number): UserError =>
  new UserError(`COUNT is ${abbreviated(count)}, and 1 to ${most} bytes are shown at once.`);
export const unknownPlace = (text: string): UserError => new UserError(`There is no source for where the guest is at "${text}".`);
export const unknownInstant = (id: number): UserError =>
  new UserError(`Instant ${id} is not on the timeline: another future has begun before it, or it is too long ago.`);
export const notOnRecord = (instruction: number | string, from: number, to: number): UserError =>
  new UserError(`Instruction ${abbreviated(String(instruction))} is not on record. One can go to instructions ${from} to ${to}.`);
export const unknownBookmark = (name: string, known: readonly string[]): UserError =>
  new UserError(
    `There is no bookmark "${abbreviated(name)}". ${known.length === 0 ? 'There are none yet.' : `There are: ${listed(known)}.`}`,
  );
export const badBookmark = (name: string, problem: string): UserError =>
  new UserError(`A bookmark cannot be called "${abbreviated(name)}": ${problem}. Give it another name.`);
export const noWriteSince = (label: string, instruction: number): string =>
  `${label} has not been written since instruction ${instruction}, where history begins.`;
export const writesFound = (label: string, count: number, shown: number, instruction: number): string =>
  `${label} was written ${count === 1 ? 'once' : `${count.toLocaleString('en')} times`} since instruction ${instruction}, where history begins` +
  `${count > shown ? `; these are the last ${shown}` : ''}:`;
export const historyIsFull = (from: number): string =>
  `History has used its memory ("history" in the launch configuration): the oldest of it goes. One can go back to instruction ${from} now.`;
export const historyIsTooSmall = (from: number): string =>
  `History has too little memory for what the guest writes ("history" in the launch configuration): one can go back to instruction ${from} now, and elsewhere perhaps not at all. Give "history" more memory.`;
export const noCaller = (): UserError => new UserError('This is the outermost frame: there is nothing to step out to.');
export const peNotRunnable = (pe: number, power: string): UserError =>
  new UserError(`PE${pe} is ${power} and cannot be stepped. Continue until it is switched on (PSCI CPU_ON).`);
export const unknownTarget = (id: number): UserError =>
  new UserError(`There is no target ${id}, or the guest has run since it was offered. Ask for the targets again.`);
export const cannotRestart = (name: string, why: string): UserError => new UserError(`${name} cannot be restarted: ${why}.`);
export const unknownSource = (reference: number): UserError => new UserError(`There is no source with reference ${reference}.`);
export const unreadableSource = (path: string, reason: string): UserError => new UserError(`Cannot read the source "${path}": ${reason}.`);
export const badBase64 = (): UserError => new UserError('"data" is not base64.');
export const notWritable = (address: bigint): UserError => new UserError(`Cannot write at ${hexadecimal(address)}: there is no RAM.`);
export const badByteCount = (): UserError => new UserError('"bytes" is 0: at least one byte can be watched.');
export const tooMuchAtOnce = (count: number, most: number): UserError =>
  new UserError(`"count" is ${count}, and there is so much memory: at most ${most} bytes are read at once.`);
export const tooManyInstructions = (count: number, most: number): UserError =>
  new UserError(`"instructionCount" is ${count}: at most ${most} instructions are disassembled at once.`);
export const addressOutOfRange = (address: bigint): UserError =>
  new UserError(`Address ${hexadecimal(address)} is outside the 64-bit address space.`);

export const unknownLocation = (reference: number): UserError => new UserError(`There is no location with reference ${reference}.`);
export const nothingToExplain = (): UserError =>
  new UserError('This PE was not stopped by an exception filter or a fault: there is nothing to explain.');

// SDEI requests

export const eventOutOfRange = (event: number): UserError =>
  new UserError(`There is no event ${event}: event numbers are 0 to 0x7fffffff.`);
export const triggerRefused = (message: string): UserError => new UserError(message);
export const callFailed = (call: string, event: number | undefined, error: string): UserError =>
  new UserError(`${call}${event === undefined ? '' : `(${event})`} returned ${error}.`);
export const unknownPe = (pe: number, count: number): UserError =>
  new UserError(`There is no PE ${pe}: this machine has PE 0 to ${count - 1}.`);
export const unknownViewPart = (name: string, known: readonly string[]): UserError =>
  new UserError(`"${name}" is not a request of views. Use one of ${known.join(', ')}.`);
export const badRegisterId = (id: string): UserError =>
  new UserError(`"${id}" is not the id of a pseudo firmware register. Take one from sdei/pseudoRegisters.`);
export const badRegisterValue = (value: string, bytes: number): UserError =>
  new UserError(
    `"${value}" is not a value of ${bytes} bytes. Write 0x… for up to 8 bytes, else ${bytes * 2} hexadecimal digits, first byte first.`,
  );
