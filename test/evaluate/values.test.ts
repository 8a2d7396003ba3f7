import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { frameOf, sdeiEvent } from './fake.ts';
import { world } from './world.ts';

/** [expression, text]: how each kind of value is shown. */
const cases: readonly (readonly [string, string])[] = [
  ['i', '5'],
  ['negative', '-7'],
  ['c', "97 'a'"],
  ['sc', "-1 '\\377'"],
  ['(u8)65', '65'],
  ['flag', 'true'],
  ['big', '1267650600228229401496703205376'],
  ['f', '0.1'],
  ['d', '2.5'],
  ['ld', '1'],
  ['half', '1'],
  ['z', '1.5 + -2i'],
  ['s', 'RUNNING'],
  ['(enum state)3', '3'],
  ['m', 'READ | EXECUTE'],
  ['(enum flags)0', '0'],
  ['(enum flags)9', 'READ | 0x8'],
  ['(enum flags)16', '16'],
  ['numbers', '{10, 20, 30, 40}'],
  ['grid', '{{1, 2, 3}, {4, 5, 6}}'],
  ['flag == true', '1'],
  ['nothing == NULL', '1'],
  ['false', 'false'],
  ['p', '0x40000104'],
  ['nothing', '0x0'],
  ['wild', '0xdead0000'],
  ['*wild', '<cannot read 0xdead0000>'],
  ['text', '0x40000200 "first"'],
  ['*text', "102 'f'"],
  ['buffer', '"ab\\n\\""'],
  ['fn', '0x40080000 <handler>'],
  ['(void *)0x40080008', '0x40080008 <handler+8>'],
  ['&count', '0x40000300 <count>'],
  ['handler', '0x40080000 <handler>'],
  ['head', '{value = 1, kind = IDLE, next = 0x40001018, name = 0x40000200 "first"}'],
  ['*list->next', '{value = 2, kind = RUNNING, next = 0x0, name = 0x0}'],
  ['packet', '{low = 5, signedBits = -3, wide = 703710, {word = 67305985, bytes = {1, 2, 3, 4}}, text = "hello", rest = []}'],
  ['packet.word', '67305985'],
  ['packet.bytes[3]', '4'],
  ['packet.wide', '703710'],
  ['packet.signedBits', '-3'],
  ['gone', '<optimized out>'],
  ['split', '{a = 3, b = <optimized out>}'],
  ['split.a', '3'],
  ['folded', '42'],
  ['inRegister', '19'],
  ['shadowed', '-7'],
  ['count', '99'],
  ["'timer.c'::ticks", '7'],
  ["'/src/timer.c'::ticks", '7'],
  ['::count', '99'],
  ['vectors', '0x40090000 <vectors>'],
  ['&vectors', '0x40090000 <vectors>'],
  ['table', '4294967293'],
  ['*(int *)&table', '-3'],
  ['twice', '2'],
  ["'other.c'::twice", '1'],
  ['(int (*)[2])numbers', '0x40000100'],
  ['*(int (*)[2])numbers', '{10, 20}'],
  ['ghost', '0x40001000'],
  // formats
  ['i,x', '0x5'],
  ['negative,x', '0xfffffff9'],
  ['negative,u', '4294967289'],
  ['u,d', '-16'],
  ['u,x', '0xfffffff0'],
  ['i,o', '05'],
  ['i,b', '0b101'],
  ['i,t', '0b101'],
  ['i, x', '0x5'],
  ['97,c', "'a'"],
  ['0x40080010,a', '0x40080010 <handler+16>'],
  ['numbers,x', '{0xa, 0x14, 0x1e, 0x28}'],
  ['s,d', '1'],
  ['head,x', '{value = 0x1, kind = 0x0, next = 0x40001018, name = 0x40000200}'],
  ['(unsigned char *)0x40000200,s', '0x40000200 "first"'],
  ['packet.low,b', '0b101'],
  ['f,x', '0x3dcccccd'],
  // gdb's @
  ['*p@3', '{20, 30, 40}'],
  ['numbers[1]@2', '{20, 30}'],
  ['*p@i - 3', '{20, 30}'],
  ['*p@2,x', '{0x14, 0x1e}'],
  // registers
  ['$x0', '0xffffffff80000001'],
  ['$w0', '0x80000001'],
  ['$x3 + 1', '4'],
  ['$x0,d', '-2147483647'],
  ['$pc', '0x40080000 <handler>'],
  ['$sp', '0x41000000'],
  ['$lr', '0x1e'],
  ['$pstate', '0x600003c5 nZCv DAIF EL1h'],
  ['$cpsr.Z', '1'],
  ['$pstate.EL', '1 (EL1)'],
  ['$pstate.EL == 1', '1'],
  ['$sctlr_el1', '0x30d00801'],
  ['$SCTLR_EL1.M', '1 (MMU on)'],
  ['$sctlr_el1.m', '1 (MMU on)'],
  ['$sctlr_el1.EE', '0'],
  ['!$sctlr_el1.EE', '1'],
  ['x0', '0xffffffff80000001'],
  ['*(int *)($x3 + 0x40000100 - 3)', '10'],
  // SDEI
  ['$sdei_event', '804'],
  ['$sdei_event == 804', '1'],
  ['$sdei_depth', '1'],
  ['$sdei_handler', '0x40080000 <handler>'],
  ['$sdei_handler == handler', '1'],
  ['$sdei_argument', '0x40000300 <count>'],
  ['*(int *)$sdei_argument', '99'],
  ['$sdei_masked', 'true'],
  ['$sdei_masked == 1', '1'],
  ['$sdei_pending', '0'],
  ['$sdei_context.pc', '0x40080108 <idle+8>'],
  ['$sdei_context.x1', '0x101'],
  ['$sdei_context.pstate.EL', '1 (EL1)'],
  ['$sdei_context.x1 == 0x101', '1'],
  ['$sdei_context', '{pc = 0x40080108 <idle+8>, pstate = 0x3c5 nzcv DAIF EL1h, x0 = 0x100, …}'],
  ['$KVM_REG_ARM_SDEI_EVENT_PENDING', '0x1'],
  ['$kvm_reg_arm_sdei_event_pending.EVENT_0', '1'],
  ['$KVM_REG_ARM_SDEI_EVENT_HANDLER_0', '{entry = 0x40080000 <handler>, argument = 0x7}'],
  ['$KVM_REG_ARM_SDEI_EVENT_HANDLER_0.argument', '0x7'],
  ['$KVM_REG_ARM_SDEI_PE_STATE.MASKED', '1 (masked)'],
  ['$KVM_REG_ARM_SDEI_EVENT_CONTEXT', '<ENOENT>'],
  ['$pe', '0'],
  ['$el', '1'],
  ['$time', '1234'],
];

const little = (...values: bigint[]) => new Uint8Array(BigUint64Array.from(values).buffer);

function frame() {
  const context = {
    event: 804,
    priority: 'critical',
    pc: 0x4008_0108n,
    pstate: 0x3c5n,
    at: 9,
    x: Array.from({ length: 18 }, (_, n) => 0x100n + BigInt(n)),
  } as const;
  return frameOf(
    {
      ...world(),
      sdei: {
        pes: [{ pe: 0, masked: true, running: [context] }],
        events: [sdeiEvent(804, { entryPoint: 0x4008_0000n, argument: 0x4000_0300n }), sdeiEvent(0, { pending: true, state: 'enabled' })],
        pseudoRegisters: () => [
          { id: 0n, name: 'KVM_REG_ARM_SDEI_EVENT_PENDING', bytes: 8, value: little(1n), writable: true },
          { id: 1n, name: 'KVM_REG_ARM_SDEI_EVENT_HANDLER_0', bytes: 16, value: little(0x4008_0000n, 7n), writable: true },
          { id: 2n, name: 'KVM_REG_ARM_SDEI_PE_STATE', bytes: 8, value: little(1n), writable: true },
          { id: 3n, name: 'KVM_REG_ARM_SDEI_EVENT_CONTEXT', bytes: 256, error: 'ENOENT', writable: true },
        ],
      },
    },
    { handler: 0 },
  );
}

for (const [expression, text] of cases) {
  test(`${expression} shows ${text}`, () => assert.equal(evaluateExpression(expression, frame()).value, text));
}

const hexadecimal: readonly (readonly [string, string])[] = [
  ['i', '0x5'],
  ['negative', '0xfffffff9'],
  ['c', "0x61 'a'"],
  ['s', 'RUNNING'],
  ['d', '2.5'],
  ['numbers', '{0xa, 0x14, 0x1e, 0x28}'],
  ['packet.signedBits', '0x1d'],
];
for (const [expression, text] of hexadecimal) {
  test(`${expression} shows ${text} in hexadecimal`, () =>
    assert.equal(evaluateExpression(expression, frame(), { format: { hex: true } }).value, text));
}
