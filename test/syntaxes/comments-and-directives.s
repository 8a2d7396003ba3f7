  nop // to the end
//    ^^^^^^^^^^^^^ comment.line.double-slash
  nop /* inside */ ; after
//    ^^^^^^^^^^^^ comment.block
//                 ^^^^^^^ comment.line.semicolon
/* over
   two lines */ nop
//  ^^^ comment.block
//              ^^^ keyword.mnemonic.system
# a line of its own
//^^^^^^^^^^^^^^^^^ comment.line.number-sign
#include "common/sdei.h"
//^^^^^^ keyword.control.directive.include
//       ^^^^^^^^^^^^^^^ string.quoted.double.include
#ifdef __ASSEMBLER__
//^^^^ keyword.control.directive.conditional
//     ^^^^^^^^^^^^^ entity.name.function.preprocessor
#define STACK_SIZE 0x4000
//^^^^^ keyword.control.directive.define
//      ^^^^^^^^^^ entity.name.function.preprocessor
//                 ^^^^^^ constant.numeric.hex
#endif
//^^^^ keyword.control.directive.conditional
  .section .text.boot, "ax", @progbits
//^^^^^^^^ keyword.control.directive
//                     ^^^^ string.quoted.double
//                           ^^^^^^^^^ constant.language.symbol-type
  .global _start
//^^^^^^^ keyword.control.directive.symbol
//        ^^^^^^ entity.name.function
  .macro save_all base
//^^^^^^ keyword.control.directive.macro
//       ^^^^^^^^ entity.name.function.macro
  stp x0, x1, [\base, #16]
//             ^^^^^ variable.parameter.macro
  .endm
//^^^^^ keyword.control.directive
  .asciz "one\n"
//^^^^^^ keyword.control.directive
//        ^^^ string.quoted.double
//           ^^ constant.character.escape
  .equ COUNT, 3
//^^^^ keyword.control.directive.symbol
//     ^^^^^ entity.name.function
//            ^ constant.numeric.decimal
SIZE = 4 << 2
//^^ variable.other.constant
//   ^ keyword.operator.assignment
//       ^^ keyword.operator
  mov w0, 'a'
//        ^^^ string.quoted.single
.Llocal:
//^^^^^ entity.name.function.label
