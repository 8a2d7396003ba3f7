/** What is answered to each packet (GDB manual, "Remote Protocol"), on first-event at its first instruction. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { gdbRegisters } from '../../debug-adapter/gdb-server/registers.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { withServer } from './support/server.ts';

/** As packets write it. */
const numberOf = (target: Target, name: string): string =>
  gdbRegisters(target)
    .findIndex((register) => register.name === name)
    .toString(16);

/** First instruction of first-event, and a place in its RAM that nothing uses. */
const rows: readonly (readonly [packet: string, answer: string | RegExp])[] = [
  ['?', /^T05thread:1;1d:0{16};1f:0{16};20:0000104000000000;$/],
  ['!', 'OK'],
  [
    'qSupported:multiprocess+;swbreak+;hwbreak+',
    /^PacketSize=4000;QStartNoAckMode\+;qXfer:features:read\+;.*;vContSupported\+;ReverseStep\+;ReverseContinue\+$/,
  ],
  ['vMustReplyEmpty', ''],
  ['vContinue', ''],
  ['qCRC:0,4', ''],
  ['vCont?', 'vCont;c;C;s;S;t;r'],
  ['qC', 'QC1'],
  // Nothing is elsewhere than it was linked.
  ['qOffsets', ''],
  ['qAttached', '1'],
  ['qAttached:1', '1'],
  ['qHostInfo', `triple:${Buffer.from('aarch64--').toString('hex')};ptrsize:8;endian:little;watchpoint_exceptions_received:before;`],
  ['qWatchpointSupportInfo:', 'num:256;'],
  // The process of qC, on the machine of qHostInfo.
  ['qProcessInfo', `pid:1;triple:${Buffer.from('aarch64--').toString('hex')};ptrsize:8;endian:little;`],
  ['qMemoryRegionInfo:40100010', `start:40000000;size:200000;permissions:rwx;name:${Buffer.from('RAM').toString('hex')};`],
  ['qMemoryRegionInfo:9000000', `start:9000000;size:1000;permissions:rw;name:${Buffer.from('PL011').toString('hex')};`],
  ['qMemoryRegionInfo:0', 'start:0;size:4000000;'],
  ['qMemoryRegionInfo:ffffffffffffffff', 'start:40200000;size:ffffffffbfdfffff;'],
  ['qMemoryRegionInfo:', 'E.Packet "qMemoryRegionInfo:" is malformed.'],
  // gdb refuses to read outside of such a map, and asks for it once only: it would hide what is mapped later.
  ['qXfer:memory-map:read::0,1000', ''],
  ['qSymbol::', 'OK'],
  ['qfThreadInfo', 'm1'],
  ['qsThreadInfo', 'l'],
  ['qThreadExtraInfo,1', Buffer.from('PE0, EL1').toString('hex')],
  ['T1', 'OK'],
  ['T2', 'E.There is no thread 2: this machine has threads 1 to 1 (PE0 is 1).'],
  ['Hg1', 'OK'],
  ['Hg0', 'OK'],
  ['Hc-1', 'OK'],
  ['Hg9', /^E\.There is no thread 9/],
  ['Hx1', 'E.Packet "Hx1" is malformed.'],
  // x0 to x30, sp, pc: 8 bytes; cpsr: 4; v0 to v31: 16; fpsr, fpcr: 4.
  ['g', /^[0-9a-f]{1576}$/],
  ['G00', 'E.The registers have 788 bytes, but 1 were given.'],
  ['p20', '0000104000000000'],
  ['p21', 'c5030000'],
  ['P0=8877665544332211', 'OK'],
  ['p0', '8877665544332211'],
  ['P0=00', 'E.x0 has 8 bytes, but 1 were given.'],
  ['P22=000102030405060708090a0b0c0d0e0f', 'OK'],
  ['p22', '000102030405060708090a0b0c0d0e0f'],
  ['pffff', /^E\.There is no register ffff: there are \d+\.$/],
  ['pzz', 'E.Packet "pzz" is malformed.'],
  ['M40180000,4:01020304', 'OK'],
  ['m40180000,4', '01020304'],
  ['X40180000,0:', 'OK'],
  ['X40180000,2:\xff\x80', 'OK'],
  ['m40180000,4', 'ff800304'],
  ['M40180000,4:0102', 'E.2 bytes were given, but the length says 0x4.'],
  ['m0,4', 'E0e'],
  ['M10,1:00', 'E0e'],
  ['m40180000,0', ''],
  // Less than asked for: memory ends.
  ['m401ffffe,10', /^0000$/],
  ['m40180000', 'E.Packet "m40180000" is malformed.'],
  ['mffffffffffffffff,8', 'E0e'],
  ['Z0,40100004,4', 'OK'],
  ['z0,40100004,4', 'OK'],
  ['Z1,40100004,4', 'OK'],
  ['z1,40100004,4', 'OK'],
  ['Z0,40100002,4', 'E.0x40100002 is not the address of an instruction.'],
  ['Z2,40100000,4', 'OK'],
  ['Z3,40100000,0', 'E.0 bytes cannot be watched at once: 1 to 1048576 can.'],
  ['z2,40100000,4', 'OK'],
  // Types that there may be one day are not supported; nonsense is.
  ['Z5,40100000,4', ''],
  ['z5,40100000,4', ''],
  ['Z10,40100000,4', ''],
  ['Z0,40100000', 'E.Packet "Z0,40100000" is malformed.'],
  ['_M1000,rwx', 'E.The debugger has no memory of its own in the guest: functions of the guest cannot be called.'],
  ['_m40180000', 'E.The debugger has no memory of its own in the guest: functions of the guest cannot be called.'],
  ['_Mff,rwx', /^E\.The debugger has no memory of its own/],
  ['_Mzz', 'E.Packet "_Mzz" is malformed.'],
  ['qXfer:features:read:target.xml:0,20', 'm<?xml version="1.0"?>\n<!DOCTYPE '],
  ['qXfer:features:read:target.xml:ffffff,20', 'l'],
  ['qXfer:features:read:other.xml:0,20', 'E00'],
  ['qXfer:threads:read::0,1000', 'l<?xml version="1.0"?>\n<threads>\n<thread id="1" core="0" name="PE0">EL1</thread>\n</threads>\n'],
  ['vCont;x', 'E.vCont action "x" is malformed.'],
  ['vCont;s:9', /^E\.There is no thread 9/],
  ['s', /^T05thread:1;.*20:0400104000000000;$/],
  ['vCont;s:1;c', /^T05thread:1;.*20:0800104000000000;$/],
  ['c4010000', /^T0bthread:1;/],
  ['', ''],
];

test('each packet has its answer', () =>
  withServer('first-event', {}, async ({ connect }) => {
    const client = connect();
    for (const [packet, expected] of rows) {
      const answer = await client.ask(packet);
      if (typeof expected === 'string') assert.equal(answer, expected, packet);
      else assert.match(answer, expected, packet);
    }
    await client.end();
  }));

test('qOffsets: a program that is loaded elsewhere than it is linked', () => {
  const program = `${path.join(import.meta.dirname, '../program/position-independent/gcc-pie.elf')}@0x40110000`;
  return withServer('', { program }, async ({ connect }) => {
    const client = connect();
    assert.equal(await client.ask('qOffsets'), 'TextSeg=40110000');
    await client.end();
  });
});

test('after QEnableErrorStrings errors have the form that LLDB knows, no value is one, and k is answered', () =>
  withServer('first-event', {}, async ({ connect, server }) => {
    const client = connect();
    // The last register of the description is sdei_interrupted_pstate.
    const last = `p${(gdbRegisters(server.guest.target).length - 1).toString(16)}`;
    assert.equal(await client.ask(last), 'x'.repeat(16));
    assert.equal(await client.ask('QEnableErrorStrings'), 'OK');
    assert.equal(await client.ask(last), `E01;${Buffer.from('sdei_interrupted_pstate has no value at present.').toString('hex')}`);
    const text = Buffer.from('There is no thread 9: this machine has threads 1 to 1 (PE0 is 1).').toString('hex');
    assert.equal(await client.ask('Hg9'), `E01;${text}`);
    assert.match(await client.ask('_M8,rwx'), /^E01;(?:[0-9a-f]{2})+$/);
    assert.equal(await client.ask('m0,4'), 'E0e');
    assert.equal(await client.ask('k'), 'X09');
    await client.closed();
    const next = connect();
    assert.equal(await next.ask('qSupportsDetachAndStayStopped:'), 'OK');
    assert.equal(await next.ask('D1'), 'OK');
    await next.closed();
  }));

test('LLDB gets all threads in one answer: why each stands there, and the registers that it shows and unwinds with', () =>
  withServer('two-pes', { cpus: 2 }, async ({ connect, at, server }) => {
    const client = connect();
    type Thread = { tid: number; name: string; signal: number; reason?: string; description?: string; registers: Record<string, string> };
    const threads = async () => JSON.parse(await client.ask('jThreadsInfo')) as Thread[];
    assert.equal(await client.ask('QListThreadsInStopReply'), 'OK');
    await client.ask(`Z0,${at('on_event')},4`);
    const stopped = await client.ask('c');
    const [first, second] = server.guest.target.pes.map(({ pc }) => pc.toString(16));
    assert.equal(second, at('on_event'));
    assert.match(stopped, new RegExp(`^T05thread:2;threads:1,2;thread-pcs:${first},${second};1d:`));
    const all = await threads();
    assert.deepEqual(
      all.map(({ tid, name, signal, reason }) => [tid, name, signal, reason]),
      [
        [1, 'PE0', 0, undefined],
        [2, 'PE1', 5, undefined],
      ],
    );
    for (const { tid, registers } of all) {
      await client.ask(`Hg${tid}`);
      assert.deepEqual(Object.keys(registers), ['29', '30', '31', '32', '33']);
      for (const [number, value] of Object.entries(registers)) assert.equal(value, await client.ask(`p${Number(number).toString(16)}`));
    }
    // It looks for a watchpoint by its address in decimal.
    const sp = (await client.register(31)) ?? 0n;
    await client.ask(`z0,${at('on_event')},4`);
    await client.ask(`Z4,${(sp - 16n).toString(16)},10`);
    assert.match(await client.ask('vCont;c:2'), /awatch:/);
    const [, { reason, description }] = await threads();
    assert.deepEqual([reason, description], ['watchpoint', `${sp - 16n} 0`]);
    await client.ask('z4,' + (sp - 16n).toString(16) + ',10');
    assert.equal(await client.ask('c'), 'W00');
    assert.deepEqual([await threads(), await client.ask('qProcessInfo')], [[], 'E.The guest has switched off.']);
    await client.end();
  }));

const events = Array.from({ length: 200 }, (_, index) => ({ number: 1000 + index, type: 'shared', priority: 'normal' }));
test('what a monitor command says comes in O packets of a size that clients have room for, and OK ends it', () =>
  withServer('first-event', { sdei: { events } }, async ({ connect }) => {
    const client = connect();
    client.send(`qRcmd,${Buffer.from('sdei status').toString('hex')}`);
    const answers: string[] = [];
    while (answers.at(-1) !== '$OK') {
      const next = await client.next();
      if (next.startsWith('$')) answers.push(next);
    }
    assert.ok(answers.length > 2, `${answers.length}`);
    for (const answer of answers.slice(0, -1)) assert.match(answer, /^\$O(?:[0-9a-f]{2}){1,8191}$/);
    const text = Buffer.from(answers.map((answer) => answer.replace(/^\$(?:OK|O)/, '')).join(''), 'hex').toString();
    assert.match(text, /^PE0: on, EL1, masked\nevent 0 PE0: [^]*\nevent 1199: shared, normal, unregistered, delivered 0\n$/);
    await client.end();
  }));

test('LLDB may write all registers as it has read them: nothing comes of it', () =>
  withServer('first-event', {}, async ({ connect, server }) => {
    const { target } = server.guest;
    const client = connect();
    await client.ask('QEnableErrorStrings');
    const before = target.stateHash();
    for (const number of gdbRegisters(target).keys()) {
      const value = await client.ask(`p${number.toString(16)}`);
      if (!value.startsWith('E')) assert.equal(await client.ask(`P${number.toString(16)}=${value}`), 'OK', `${number}`);
    }
    assert.equal(target.stateHash(), before);
    assert.match(await client.ask(`P${numberOf(target, 'MIDR_EL1')}=${'0'.repeat(16)}`), /^E01;/);
    await client.end();
    // Of gdb it is an order: the OS Lock opens.
    const gdb = connect();
    const [lock, status] = ['OSLAR_EL1', 'OSLSR_EL1'].map((name) => numberOf(target, name));
    assert.deepEqual([await gdb.ask(`p${lock}`), await gdb.ask(`p${status}`)], ['0'.repeat(16), '0a00000000000000']);
    assert.equal(await gdb.ask(`P${lock}=${'0'.repeat(16)}`), 'OK');
    assert.equal(await gdb.ask(`p${status}`), '0800000000000000');
    await gdb.end();
  }));

test('acknowledgments: a damaged packet is asked for again, an answer is repeated, until QStartNoAckMode', () =>
  withServer('first-event', {}, async ({ connect }) => {
    const client = connect();
    client.raw('$qC#00');
    assert.equal(await client.next(), '-');
    client.raw('$qC#b4');
    assert.deepEqual([await client.next(), await client.next()], ['+', '$QC1']);
    client.raw('-');
    assert.equal(await client.next(), '$QC1');
    client.send('QStartNoAckMode');
    assert.deepEqual([await client.next(), await client.next()], ['+', '$OK']);
    // Neither does anything any more.
    client.raw('-+-$qC#00');
    assert.equal(await client.next(), '$QC1');
    await client.end();
  }));

test('the whole description is well formed, and every register in it can be read', () =>
  withServer('first-event', {}, async ({ connect, server }) => {
    const client = connect();
    let xml = '';
    for (let answer = 'm'; answer.startsWith('m'); xml += answer.slice(1))
      answer = await client.ask(`qXfer:features:read:target.xml:${xml.length.toString(16)},1000`);
    const open: string[] = [];
    for (const [, end, name, alone] of xml.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
      if (end === '/') assert.equal(open.pop(), name);
      else if (alone !== '/') open.push(name);
    }
    assert.deepEqual(open, []);
    const types = new Set([...xml.matchAll(/ id="(\w+)"/g)].map(([, id]) => id));
    const builtIn = /^(?:u?int(?:8|16|32|64|128)|code_ptr|data_ptr|ieee_(?:half|single|double))$/;
    for (const [, type] of xml.matchAll(/ type="(\w+)"/g)) assert.ok(types.has(type) || builtIn.test(type), type);

    const registers = [...xml.matchAll(/<reg name="(\w+)" bitsize="(\d+)" regnum="(\d+)"/g)];
    const names = registers.map(([, name]) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { name } of server.guest.target.systemRegisters)
      assert.ok(
        names.some((known) => known.toUpperCase() === name.toUpperCase()),
        name,
      );
    for (const [, name, bits, number] of registers) {
      assert.match(
        await client.ask(`p${Number(number).toString(16)}`),
        new RegExp(`^([0-9a-f]{${Number(bits) / 4}}|x{${Number(bits) / 4}})$`),
        name,
      );
    }
    await client.end();
  }));

test('a PE that is off says what it is', () =>
  withServer('two-pes', { cpus: 2 }, async ({ connect }) => {
    const client = connect();
    let xml = '';
    for (let answer = 'm'; answer.startsWith('m'); xml += answer.slice(1))
      answer = await client.ask(`qXfer:features:read:target.xml:${xml.length.toString(16)},1000`);
    const [, number] = /<reg name="MPIDR_EL1" bitsize="64" regnum="(\d+)"/.exec(xml) ?? assert.fail();
    assert.equal(await client.ask('Hg2'), 'OK');
    assert.equal(await client.ask(`p${Number(number).toString(16)}`), '0100008000000000');
    await client.end();
  }));
