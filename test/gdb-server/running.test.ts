/** Breakpoints, steps, interruption and the end of a guest, through the gdb server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gdbRegisters } from '../../debug-adapter/gdb-server/registers.ts';
import { type Served, withServer } from './support/server.ts';

const pcOf = (reply: string) => {
  const hex = /20:([0-9a-f]{16});/.exec(reply)?.[1] ?? '';
  return Buffer.from(hex, 'hex').readBigUInt64LE();
};
const numberOf = ({ server }: Served, name: string) => gdbRegisters(server.guest.target).findIndex((register) => register.name === name);

test('nested events: breakpoints in both handlers, and the registers of SDEI', () =>
  withServer('nested-critical', {}, async (served) => {
    const client = served.connect();
    const sdei = async (name: string) => client.register(numberOf(served, name));
    assert.equal(await sdei('sdei_event'), 0xffff_ffff_ffff_ffffn);
    assert.equal(await sdei('sdei_masked'), 1n);
    assert.equal(await sdei('sdei_interrupted_pc'), undefined);
    await client.ask('qSupported:swbreak+;hwbreak+');
    const at = served.at('on_event');
    await client.ask(`Z0,${at},4`);
    assert.match(await client.ask('vCont;c'), /^T05thread:1;.*swbreak:;$/);
    assert.match(client.console, /^event 804 \(critical\): register -> 0[\s\S]*unmask -> 0\n$/);
    assert.deepEqual([await sdei('sdei_event'), await sdei('sdei_masked'), await sdei('sdei_event_pending')], [806n, 0n, 0n]);
    await client.ask(`z0,${at},4`);
    await client.ask(`Z1,${at},4`);
    assert.match(await client.ask('vCont;c'), /hwbreak:;$/);
    assert.equal(await sdei('sdei_event'), 804n);
    // KVM has no place for a critical handler.
    assert.equal(await sdei('sdei_event_running'), undefined);
    assert.equal(served.server.guest.images.describe((await sdei('sdei_interrupted_pc')) ?? 0n).split('+')[0], 'on_event');
    assert.match(
      await client.monitor('sdei status'),
      /^PE0: on, EL1, unmasked, event 806 \(normal\) over .*, event 804 \(critical\) over on_event/,
    );
    await client.ask(`z1,${at},4`);
    assert.equal(await client.ask('c'), 'W00');
    assert.match(client.console, /power off\n$/);
    assert.equal(await client.ask('?'), 'W00');
    assert.equal(await client.ask('s'), 'W00');
    assert.deepEqual([await client.ask('qfThreadInfo'), await client.ask('qC')], ['l', '']);
    assert.match(await client.ask('T1'), /^E\./);
    await client.end();

    const next = served.connect();
    assert.equal(pcOf(await next.ask('?')), BigInt(`0x${served.at('_start')}`));
    await next.end();
  }));

test('a step at SDEI_EVENT_SIGNAL runs the handler to its end, or goes into it', () =>
  withServer('first-event', {}, async (served) => {
    const client = served.connect();
    const describe = (pc: bigint) => served.server.guest.images.describe(pc);
    await client.ask(`Z0,${served.at('on_event')},4`);
    await client.ask('c');
    const after = (await client.register(numberOf(served, 'sdei_interrupted_pc'))) ?? 0n;
    for (const how of ['over', 'into'] as const) {
      client.send('R00');
      assert.match(await client.monitor(`sdei step ${how}`), how === 'over' ? /to their end/ : /stop in handlers/);
      await client.ask(`Z0,${(after - 4n).toString(16)},4`);
      assert.equal(pcOf(await client.ask('c')), after - 4n);
      assert.equal(describe(pcOf(await client.ask('s'))), how === 'over' ? describe(after) : 'sdei_handler_entry');
    }
    await client.end();
  }));

test('a triggered event is dispatched at once', () =>
  withServer('first-event', {}, async (served) => {
    const client = served.connect();
    await client.ask(`Z0,${served.at('signal_in_the_middle')},4`);
    await client.ask('c');
    assert.match(await client.monitor('sdei trigger 0'), /dispatched to PE0[^]*flush register-cache/);
    assert.equal(await client.register(32), BigInt(`0x${served.at('sdei_handler_entry')}`));
    await client.end();
  }));

test('a range step goes on until it has left the range', () =>
  withServer('first-event', {}, async ({ connect, at }) => {
    const client = connect();
    const start = BigInt(`0x${at('main')}`);
    await client.ask(`Z0,${start.toString(16)},4`);
    await client.ask('c');
    const hex = (value: bigint) => value.toString(16);
    assert.equal(pcOf(await client.ask(`vCont;r${hex(start)},${hex(start + 8n)}:1;c`)), start + 8n);
    await client.end();
  }));

test('a guest that spins is interrupted, also by a byte that comes with the packet', () =>
  withServer('spin', {}, async ({ connect }) => {
    const client = connect();
    client.send('vCont;c');
    client.raw('\x03');
    assert.match(await client.answer(), /^T02thread:1;/);
    client.raw(Buffer.from('$c#63\x03', 'latin1'));
    assert.match(await client.answer(), /^T02thread:1;/);
    // Nothing runs: nothing to interrupt, and no answer to it.
    client.raw('\x03');
    assert.equal(await client.ask('qC'), 'QC1');
    await client.end();
  }));

/** gdb makes many steps of `stepi 1000000`, and sends the byte wherever it is when somebody types ^C. */
test('an interrupt between two runs belongs to the next one', () =>
  withServer('spin', {}, async ({ connect }) => {
    const client = connect();
    // Before anything has run there is nothing that it could be for.
    client.raw('\x03');
    for (const run of ['vCont;s:1;c', 'vCont;c', 'bs']) {
      assert.match(await client.ask('vCont;s:1;c'), /^T05/);
      client.raw('\x03');
      assert.match(await client.ask('m40100000,4'), /^[0-9a-f]{8}$/);
      assert.match(await client.ask(run), /^T02thread:1;/, run);
    }
    // It has been answered: one more is that of an impatient person.
    client.raw('\x03');
    assert.match(await client.ask('s'), /^T05/);
    await client.end();
  }));

test('two PEs: threads, each with its registers and its own run', () =>
  withServer('two-pes', { cpus: 2 }, async ({ connect, at }) => {
    const client = connect();
    assert.equal(await client.ask('qfThreadInfo'), 'm1,2');
    assert.match(await client.ask('qXfer:threads:read::0,1000'), /<thread id="2" core="1" name="PE1">off<\/thread>/);
    assert.match(await client.ask('vCont;s:2'), /^E\.PE1 is off/);
    await client.ask(`Z0,${at('on_event')},4`);
    assert.match(await client.ask('vCont;c'), /^T05thread:2;/);
    assert.equal(await client.ask('qC'), 'QC2');
    const [one, two] = [await client.ask('Hg1').then(() => client.register(32)), await client.ask('Hg2').then(() => client.register(32))];
    assert.equal(two, BigInt(`0x${at('on_event')}`));
    assert.notEqual(one, two);
    assert.match(await client.ask('vCont;s:2'), /^T05thread:2;/);
    assert.equal(await client.ask('Hg1').then(() => client.register(32)), one);
    // PE0 waits for what PE1 could do.
    for (const alone of ['vCont;s:1', 'vCont;c:1']) {
      assert.match(await client.ask(alone), /^T11thread:1;/);
      assert.match(client.console, /go on alone waits \(WFI or WFE\) or is off, and the others, which could wake it, stand still[^\n]*\n$/);
    }
    await client.end();
  }));

test('a step of a PE that waits already lets the others go on until one wakes it', () =>
  withServer('two-pes', { cpus: 2 }, async (served) => {
    const client = served.connect();
    await client.ask(`Z0,${served.at('on_event')},4`);
    assert.match(await client.ask('vCont;c'), /^T05thread:2;/);
    await client.ask(`z0,${served.at('on_event')},4`);
    const waits = (await client.ask('Hg1').then(() => client.register(32))) ?? 0n;
    assert.equal(served.server.guest.target.pes[0].waiting, true);
    // The instruction behind its WFE, and what is left of the loop's line.
    assert.equal(pcOf(await client.ask('vCont;s:1;c')), waits + 4n);
    assert.equal(served.server.guest.target.pes[0].waiting, false);
    assert.doesNotMatch(client.console, /stand still/);
    await client.end();
  }));

test('one gdb at a time; after it has gone the guest stands where it stood', () =>
  withServer('first-event', {}, async ({ connect, at, notes, server }) => {
    const first = connect();
    await first.ask(`Z0,${at('on_event')},4`);
    await first.ask('c');
    // One that never says anything does not keep the server from closing.
    connect();
    const second = connect();
    assert.equal(await second.ask('qSupported'), 'E.Another debugger is attached: one at a time. "detach" it first.');
    await second.closed();
    assert.ok(notes.includes('A second gdb was refused: one at a time.'));
    assert.equal(await first.ask('D'), 'OK');
    await first.end();
    const third = connect();
    assert.equal(pcOf(await third.ask('?')), BigInt(`0x${at('on_event')}`));
    // The first one's breakpoints went with it.
    assert.deepEqual([...server.guest.breakpoints.software], []);
    assert.equal(await third.ask('c'), 'W00');
    await third.end();
  }));

test('a gdb that goes away in the middle of a run stops the guest', () =>
  withServer('spin', {}, async ({ connect }) => {
    const first = connect();
    await first.ask('?');
    first.send('c');
    await first.end();
    const second = connect();
    assert.match(await second.ask('?'), /^T02thread:1;/);
    await second.end();
  }));

const starts: readonly [string, (served: Served) => Promise<string>][] = [
  ['k', async ({ connect }) => connect().ask('k')],
  ['vKill', async ({ connect }) => connect().ask('vKill;1')],
  ['vRun', async ({ connect }) => connect().ask('vRun;')],
];
for (const [name, restart] of starts) {
  test(`${name}: the guest stands at its first instruction again`, () =>
    withServer('first-event', {}, async (served) => {
      const first = served.connect();
      await first.ask('s');
      await first.end();
      assert.match(await restart(served), /^(closed|OK|T05.*20:0000104000000000;)$/);
      assert.equal(served.server.guest.target.time, 0);
    }));
}

test('extended-remote: behind kill and detach there is nothing to see, and run starts the guest again', () =>
  withServer('two-pes', { cpus: 2 }, async (served) => {
    const client = served.connect();
    assert.equal(await client.ask('!'), 'OK');
    for (const leave of ['vKill;1', 'D;1']) {
      assert.match(await client.ask('s'), /^T05/);
      await client.ask(`Z0,${served.at('on_event')},4`);
      assert.equal(await client.ask(leave), 'OK');
      assert.deepEqual([await client.ask('?'), await client.ask('qfThreadInfo'), await client.ask('qC')], ['W00', 'l', ''], leave);
      assert.match(await client.ask('T1'), /^E\./);
      assert.deepEqual([...served.server.guest.breakpoints.software], []);
      assert.equal(pcOf(await client.ask('vRun;')), BigInt(`0x${served.at('_start')}`), leave);
      assert.equal(await client.ask('qfThreadInfo'), 'm1,2');
    }
    await client.end();
  }));

test('backwards: by instruction, to breakpoints, to the beginning, and forwards again', () =>
  withServer('first-event', {}, async (served) => {
    const client = served.connect();
    const at = served.at('on_event');
    await client.ask('qSupported:swbreak+;hwbreak+');
    await client.ask(`Z0,${at},4`);
    const hits = [await client.ask('c'), await client.ask('c')];
    const times = [];
    const before = pcOf(hits[1]);
    assert.equal(served.describe(pcOf(await client.ask('bs'))), 'sdei_handler_entry+0x8');
    assert.equal(pcOf(await client.ask('s')), before);
    // From the second hit to the first, and from there to where everything began.
    const first = await client.ask('bc');
    assert.match(first, /^T05thread:1;.*swbreak:;$/);
    assert.equal(pcOf(first), before);
    times.push(served.server.guest.target.time);
    assert.match(await client.ask('bc'), /replaylog:begin;$/);
    times.push(served.server.guest.target.time);
    assert.match(await client.ask('bs'), /replaylog:begin;$/);
    assert.equal(pcOf(await client.ask('c')), before);
    times.push(served.server.guest.target.time);
    assert.deepEqual([times[1], times[2]], [0, times[0]]);
    await client.end();
  }));

test('watchpoints stop on the near side of the access, before it forwards and behind it backwards, and name what they watch', () =>
  withServer('first-event', {}, async (served) => {
    const client = served.connect();
    const handled = served.at('event_log');
    const value = async () => Buffer.from(await client.ask(`m${handled},4`), 'hex').readUInt32LE();
    await client.ask(`Z2,${handled},4`);
    const seen: (readonly [number, string])[] = [];
    for (let count = 0; count < 3; count++) {
      const reply = await client.ask('c');
      assert.match(reply, new RegExp(`^T05thread:1;.*;watch:${handled};$`));
      seen.push([await value(), served.describe(pcOf(reply)).split('+')[0]]);
    }
    // .bss is cleared first.
    assert.deepEqual(seen, [[0, '_start'], [0, 'on_event'], [1, 'on_event']]); // biome-ignore format: a list
    await client.ask(`z2,${handled},4`);
    await client.ask('s');
    assert.equal(await value(), 2);
    await client.ask(`Z2,${handled},4`);
    // Back to the write, over it, and over what stands before it, which writes nothing.
    const time = () => served.server.guest.target.time;
    const after = time();
    assert.match(await client.ask('bs'), new RegExp(`^T05thread:1;.*;watch:${handled};$`));
    assert.deepEqual([time(), await value()], [after, 2]);
    for (let count = 1; count <= 2; count++) {
      assert.match(await client.ask('bs'), /^T05thread:1;[^w]*$/);
      assert.deepEqual([time(), await value()], [after - count, 1]);
    }
    await client.ask(`z2,${handled},4`);
    for (let count = 0; count < 5; count++) await client.ask('s');
    await client.ask(`Z2,${handled},4`);
    const behind = await client.ask('bc');
    assert.match(behind, /;watch:/);
    assert.deepEqual([await value(), time(), served.server.guest.target.timeTravel.isInPast], [2, after, true]);
    // As gdb does it: without the watchpoint over the access, and on.
    await client.ask(`z2,${handled},4`);
    assert.match(await client.ask('bs'), /^T05thread:1;[^w]*$/);
    assert.deepEqual([await value(), time()], [1, after - 1]);
    await client.ask(`Z2,${handled},4`);
    assert.match(await client.ask('bc'), /;watch:/);
    assert.equal(await value(), 1);
    // Whoever leaves the watchpoint there gets past it by going on.
    assert.match(await client.ask('bc'), /;watch:/);
    assert.equal(served.describe(pcOf(await client.ask('?'))).split('+')[0], '_start');
    await client.ask(`z2,${handled},4`);
    assert.match(await client.ask(`Z0,${served.at('on_event')},4`), /OK/);
    await client.ask('c');
    await client.ask(`z0,${served.at('on_event')},4`);
    for (let count = 0; count < 40; count++) await client.ask('s');
    await client.ask(`Z3,${handled},4`);
    assert.match(await client.ask('bc'), /;rwatch:/);
    await client.ask(`z3,${handled},4`);
    await client.ask(`Z4,${handled},4`);
    assert.match(await client.ask('c'), /;awatch:/);
    await client.end();
  }));

test('a step stops at what is watched or caught, as a run does', () =>
  withServer('first-event', {}, async (served) => {
    const client = served.connect();
    const step = (low: bigint, high: bigint) => client.ask(`vCont;r${low.toString(16)},${high.toString(16)}:1;c`);
    const handler = BigInt(`0x${served.at('on_event')}`);
    await client.ask(`Z0,${handler.toString(16)},4`);
    await client.ask('c');
    // The handler's first line, up to the write of \`log->handled\`, and by instructions to there.
    await client.ask(`Z2,${served.at('event_log')},4`);
    const first = await step(handler, handler + 0x100n);
    assert.match(first, /^T05.*;watch:/);
    assert.equal(served.describe(pcOf(first)), 'on_event+0x2c');
    // Whoever leaves the watchpoint there gets behind it by the next step.
    assert.equal(served.describe(pcOf(await client.ask('s'))), 'on_event+0x30');
    for (let back = 0; back < 3; back++) await client.ask('bs');
    let reply = await client.ask('s');
    for (; !reply.includes('watch:'); reply = await client.ask('s')) assert.match(reply, /^T05/);
    assert.equal(served.describe(pcOf(reply)), 'on_event+0x2c');
    await client.ask(`z2,${served.at('event_log')},4`);

    await client.monitor('sdei catch conduit');
    const call = BigInt(`0x${served.at('smccc')}`);
    await client.ask(`Z0,${call.toString(16)},4`);
    assert.match(await client.ask('c'), /^T05/);
    // gdb is told of the call where it stands, and passes it by stepping.
    assert.equal(pcOf(await client.ask('s')), call + 4n);
    assert.match(await client.ask('c'), /^T05/);
    await client.ask(`z0,${call.toString(16)},4`);
    await client.ask('bs');
    assert.match(await step(call - 4n, call + 8n), /^T11/);
    assert.match(client.console, /HVC #0 at smccc .* is about to be executed with X0 = 0xc4000024/);
    await client.end();
  }));

test('without a history there is no way back', () =>
  withServer('first-event', { history: false }, async ({ connect }) => {
    const client = connect();
    assert.doesNotMatch(await client.ask('qSupported'), /Reverse/);
    assert.match(await client.ask('bs'), /^E\.No history is kept/);
    assert.match(await client.ask('bc'), /^E\.No history is kept/);
    await client.end();
  }));

test('monitor system_reset: the guest at its first instruction, with the breakpoints that there are', () =>
  withServer('first-event', {}, async ({ connect, at }) => {
    const client = connect();
    const start = BigInt(`0x${at('_start')}`);
    await client.ask(`Z1,${at('on_event')},4`);
    await client.ask(`Z2,${at('event_log')},4`);
    for (const line of ['system_reset', 'reset halt']) {
      // As .bss is cleared.
      assert.match(await client.ask('c'), /watch:/);
      assert.equal(pcOf(await client.ask('c')), BigInt(`0x${at('on_event')}`));
      assert.match(await client.monitor(line), /first instruction\.\n.*flush register-cache/);
      assert.equal(pcOf(await client.ask('?')), start);
      assert.equal(await client.register(32), start);
    }
    await client.ask(`z1,${at('on_event')},4`);
    await client.ask(`z2,${at('event_log')},4`);
    assert.equal(await client.ask('c'), 'W00');
    await client.end();
  }));

test('what a hostile client can make the server keep is bounded', () =>
  withServer('spin', {}, async ({ connect, notes, at }) => {
    const client = connect();
    await client.ask('QStartNoAckMode');
    for (let count = 0; count < 256; count++) client.send(`Z2,${(0x4010_0000 + 8 * count).toString(16)},8`);
    for (let count = 0; count < 256; count++) assert.equal(await client.answer(), 'OK');
    assert.equal(await client.ask('Z2,40180000,8'), 'E.There are 256 watchpoints, and no more at once.');
    assert.equal(await client.ask('z2,40180000,8'), 'OK');
    for (let round = 0; round < 20; round++) {
      for (let count = 0; count < 500; count++) client.send(`Z0,${(0x4010_0000 + 2000 * round + 4 * count).toString(16)},4`);
      for (let count = 0; count < 500; count++) assert.equal(await client.answer(), 'OK');
    }
    assert.equal(await client.ask('Z0,40180000,4'), 'E.There are 10000 breakpoints, and no more at once.');
    await client.end();

    const other = connect();
    assert.match(await other.ask('?'), new RegExp(`20:${Buffer.from(at('_start').padStart(16, '0'), 'hex').reverse().toString('hex')};`));
    for (let count = 0; count < 2000; count++) other.send(count === 0 ? 'c' : 'qC');
    await other.closed();
    assert.match(notes.join('\n'), /has sent 1001 packets without waiting for answers; it is disconnected\./);
    const third = connect();
    assert.equal(await third.ask('qC'), 'QC1');
    await third.end();
  }));

test('physical memory, as QEMU has it', () =>
  withServer('first-event', {}, async ({ connect, server }) => {
    const client = connect();
    const { target } = server.guest;
    // Stage 1 on, and no tables: nothing is mapped.
    target.writeRegister(0, 'TCR_EL1', 16n | (16n << 16n) | (2n << 30n));
    target.writeRegister(0, 'SCTLR_EL1', 0x30d5_0999n);
    assert.deepEqual([await client.ask('m40180000,4'), await client.ask('qqemu.PhyMemMode')], ['E0e', '0']);
    assert.equal(await client.ask('Qqemu.PhyMemMode:1'), 'OK');
    assert.equal(await client.ask('M40180000,4:01020304'), 'OK');
    assert.deepEqual([await client.ask('m40180000,4'), await client.ask('qqemu.PhyMemMode')], ['01020304', '1']);
    assert.equal(await client.ask('mffffffffffffffff,4'), 'E0e');
    assert.equal(await client.ask('Qqemu.PhyMemMode:0'), 'OK');
    assert.equal(await client.ask('m40180000,4'), 'E0e');
    assert.match(await client.ask('Qqemu.PhyMemMode:2'), /^E\..*malformed/);
    await client.end();
  }));

test('registers of a PE that is off are not written, those of SDEI are', () =>
  withServer('two-pes', { cpus: 2 }, async (served) => {
    const client = served.connect();
    await client.ask('Hg2');
    const off = 'E.PE1 is off: its registers get their values when it is switched on (PSCI CPU_ON).';
    for (const packet of [`P20=${'0'.repeat(16)}`, `P1e=${'0'.repeat(16)}`, `G${await client.ask('g')}`])
      assert.equal(await client.ask(packet), off);
    const masked = numberOf(served, 'sdei_masked').toString(16);
    assert.equal(await client.ask(`P${masked}=${'00'.repeat(8)}`), 'OK');
    assert.equal(await client.ask(`p${masked}`), '00'.repeat(8));
    await client.end();
  }));

test('a PE that waits executes what its PC is set to, as for a function that gdb calls', () =>
  withServer('two-pes', { cpus: 2 }, async ({ connect, at }) => {
    const client = connect();
    const [handler, other] = [at('on_event'), at('this_pe')];
    await client.ask(`Z0,${handler},4`);
    assert.match(await client.ask('c'), /^T05thread:2;/);
    await client.ask('z0,' + handler + ',4');
    assert.match(await client.ask('qThreadExtraInfo,1'), new RegExp(Buffer.from('waiting').toString('hex')));
    await client.ask('Hg1');
    const pc = Buffer.alloc(8);
    pc.writeBigUInt64LE(BigInt(`0x${other}`));
    assert.equal(await client.ask(`P20=${pc.toString('hex')}`), 'OK');
    assert.equal(pcOf(await client.ask('vCont;s:1')), BigInt(`0x${other}`) + 4n);
    await client.end();
  }));

const monitorRows: readonly [string, RegExp][] = [
  ['', /^monitor sdei status .*\n/],
  ['help', /^monitor sdei status .*\nmonitor sdei trigger[^]*sdei catch \[WORD \.\.\.\] .*completion.*level\.\n/],
  ['sdei trigger 4711', /4711/],
  ['sdei trigger', /is not understood\. Write "monitor sdei trigger EVENT \[PE\]"/],
  ['sdei trigger 0 7', /There is no PE 7/],
  ['sdei catch dispatch  error', /^Stops at: dispatch, error\.\n$/],
  [
    'sdei catch pended exception clobbered completion conduit level',
    /^Stops at: pended, exception, clobbered, completion, conduit, level\.\n$/,
  ],
  ['sdei catch', /^Stops at none of them\.\n$/],
  ['sdei catch nothing', /is not understood\. Write "monitor sdei catch \[WORD \.\.\.\]": .* Words: dispatch, completion/],
  ['memory region', /^0x40000000 to 0x401fffff: rwx RAM; 0x40100000 is physical 0x40100000\n$/],
  ['memory region 0x9000004', /^0x9000000 to 0x9000fff: rw- PL011; 0x9000004 is physical 0x9000004\n$/],
  ['gva2gpa 4096', /^0x0 to 0x3ffffff: not mapped, or nothing is there\n$/],
  ['memory region main', /is not understood\. Write "monitor memory region \[ADDRESS\]"/],
  ['resume', /That is "continue" of gdb\.\n$/],
  ['info registers', /"info registers system"/],
  ['info  mtree', /"monitor memory region ADDRESS"/],
  ['quit', /"detach" leaves the guest/],
  ['x /4wx 0', /Qqemu\.PhyMemMode:1/],
  ['xyz', /There is no command "monitor xyz"/],
];
test('monitor', () =>
  withServer('first-event', {}, async ({ connect }) => {
    const client = connect();
    for (const [line, expected] of monitorRows) assert.match(await client.monitor(line), expected, line);
    await client.monitor('sdei catch dispatch');
    assert.match(await client.ask('c'), /^T11/);
    assert.match(client.console, /SDEI event 0 \(normal\) interrupted EL1 at .*\.\n$/);
    await client.end();
  }));
