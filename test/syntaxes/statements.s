// Labels, mnemonics, registers, immediates
handler:
//^^^^^ entity.name.label
  mov x0, #0x10
//^^^ keyword.mnemonic.data-processing
//    ^^ variable.language.register.general
//        ^^^^^ constant.numeric.hex
  ADD W1, WZR, w30, lsl #2
//^^^ keyword.mnemonic.data-processing
//    ^^ variable.language.register.general
//        ^^^ variable.language.register.general
//                  ^^^ keyword
//                      ^^ constant.numeric.decimal
1:  b.ne 1b
//  ^^^^ keyword.mnemonic.branch
//       ^^ entity.name.label.local.reference
  cbz x1, 2f
//^^^ keyword.mnemonic.branch
//        ^^ entity.name.label.local.reference
  hvc #0
//^^^ keyword.mnemonic.exception
  ldp x29, x30, [sp], #16
//^^^ keyword.mnemonic.load-store
//               ^^ variable.language.register.general
//                    ^^^ constant.numeric.decimal
  csel x0, x1, x2, eq
//^^^^ keyword.mnemonic.data-processing
//                 ^^ support.constant.condition
  msr vbar_el1, x0
//^^^ keyword.mnemonic.system
//    ^^^^^^^^ support.variable.system-register
  mrs x0, S3_0_C15_C2_3
//        ^^^^^^^^^^^^^ support.variable.system-register
  msr daifset, #2
//    ^^^^^^^ support.variable.system-register
  dsb ish
//^^^ keyword.mnemonic.system
//    ^^^ support.constant.barrier
  tlbi vmalle1is
//^^^^ keyword.mnemonic.system
//     ^^^^^^^^^ support.constant.system-operation
  dc zva, x0
//   ^^^ support.constant.system-operation
  fmla v0.4s, v1.4s, v2.s[1]
//^^^^ keyword.mnemonic
//     ^^^^^ variable.language.register.vector
  ldr q31, [x0]
//    ^^^ variable.language.register.vector
  fmov d0, #1.5
//     ^^ variable.language.register.vector
//          ^^^ constant.numeric.float
  adrp x0, vectors
//         ^^^^^^^ variable.other.symbol
  add x0, x0, :lo12:vectors
//            ^^^^^^ keyword.operator.relocation
//                  ^^^^^^^ variable.other.symbol
  ldr x0, =_start
//        ^ keyword.operator.literal
//         ^^^^^^ variable.other.symbol
  nop; isb
//^^^ keyword.mnemonic.system
//   ^ punctuation.terminator
//     ^^^ keyword.mnemonic.system
  save_all x0
//^^^^^^^^ support.function.macro
  x0_saved .req x19
//         ^^^^ keyword.other.directive.alias
