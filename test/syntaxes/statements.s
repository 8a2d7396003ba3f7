// Labels, mnemonics, registers, immediates
handler:
//^^^^^ entity.name.function.label
  mov x0, #0x10
//^^^ keyword.mnemonic.data-processing
//    ^^ variable.parameter.register.general
//        ^^^^^ constant.numeric.hex
  ADD W1, WZR, w30, lsl #2
//^^^ keyword.mnemonic.data-processing
//    ^^ variable.parameter.register.general
//        ^^^ variable.parameter.register.general
//                  ^^^ keyword
//                      ^^ constant.numeric.decimal
1:  b.ne 1b
//  ^^^^ keyword.mnemonic.branch
//       ^^ entity.name.function.label.local.reference
  cbz x1, 2f
//^^^ keyword.mnemonic.branch
//        ^^ entity.name.function.label.local.reference
  hvc #0
//^^^ keyword.mnemonic.exception
  ldp x29, x30, [sp], #16
//^^^ keyword.mnemonic.load-store
//               ^^ variable.parameter.register.general
//                    ^^^ constant.numeric.decimal
  csel x0, x1, x2, eq
//^^^^ keyword.mnemonic.data-processing
//                 ^^ constant.language.condition
  msr vbar_el1, x0
//^^^ keyword.mnemonic.system
//    ^^^^^^^^ support.type.system-register
  mrs x0, S3_0_C15_C2_3
//        ^^^^^^^^^^^^^ support.type.system-register
  msr daifset, #2
//    ^^^^^^^ support.type.system-register
  dsb ish
//^^^ keyword.mnemonic.system
//    ^^^ constant.language.barrier
  tlbi vmalle1is
//^^^^ keyword.mnemonic.system
//     ^^^^^^^^^ constant.language.system-operation
  dc zva, x0
//   ^^^ constant.language.system-operation
  fmla v0.4s, v1.4s, v2.s[1]
//^^^^ keyword.mnemonic
//     ^^^^^ variable.parameter.register.vector
  ldr q31, [x0]
//    ^^^ variable.parameter.register.vector
  fmov d0, #1.5
//     ^^ variable.parameter.register.vector
//          ^^^ constant.numeric.float
  adrp x0, vectors
//         ^^^^^^^ entity.name.function.symbol
  add x0, x0, :lo12:vectors
//            ^^^^^^ keyword.operator.relocation
//                  ^^^^^^^ entity.name.function.symbol
  ldr x0, =_start
//        ^ keyword.operator.literal
//         ^^^^^^ entity.name.function.symbol
  nop; isb
//^^^ keyword.mnemonic.system
//   ^ punctuation.terminator
//     ^^^ keyword.mnemonic.system
  save_all x0
//^^^^^^^^ support.function.macro
  x0_saved .req x19
//         ^^^^ keyword.control.directive.alias
