#!/bin/sh
# Builds the committed objects again, and what the linker makes of some. Debian 12: gcc-aarch64-linux-gnu, clang, llvm.
set -e
cd "$(dirname "$0")"
gcc() { aarch64-linux-gnu-gcc -ffile-prefix-map="$PWD"=/build -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-pic -g -O1 -ffreestanding "$@"; }
gcc -c object.c -o object.o
gcc -gz=zlib -c object.c -o object-gz.o
cat >object.ld <<'LD'
SECTIONS
{
  .text 0xffff800000d00000 : { *(.text) }
  .init.text 0xffff800000d05000 : { *(.init.text) }
  .data 0xffff800000d02000 : { *(.data) }
  .bss 0xffff800000d02400 : { *(.bss) *(COMMON) }
  .rodata 0xffff800000d03000 : { *(.rodata) }
  .rodata.str1.8 0xffff800000d03100 : { *(.rodata.str1.8) }
}
LD
aarch64-linux-gnu-ld --build-id=none -z max-page-size=4096 -e distance -T object.ld object.o -o object.elf
rm object.ld
for version in 6.1 6.14; do
  gcc -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-Ttext=0x40000000 -Wl,-e,0 module-$version.c -o module-$version.elf
done
for version in 4 5; do
  for compiler in gcc "clang --target=aarch64-none-elf -ffile-prefix-map=$PWD=/build -g -O1 -ffreestanding"; do
    name=split-types-${compiler%% *}-dwarf$version
    $compiler -gdwarf-$version -fdebug-types-section -gsplit-dwarf -c split-types.c -o $name.o
    aarch64-linux-gnu-ld --build-id=none -z max-page-size=4096 -Ttext=0x40000000 -e 0 $name.o -o $name.elf
    rm $name.o
  done
done
llvm-dwp split-types-gcc-dwarf4.dwo -o split-types-gcc-dwarf4.dwp
llvm-dwp split-types-clang-dwarf5.dwo -o split-types-clang-dwarf5.dwp
gcc -O2 -gdwarf-5 -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-Ttext=0x40001000 optimized-away.c -o optimized-away.elf
gcc -O2 -gdwarf-5 -march=armv8-a -fasynchronous-unwind-tables -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
  -Wl,-Ttext=0x40001000 kept-vectors.c -o kept-vectors.elf
gcc -O2 -gdwarf-5 -gsplit-dwarf -c optimized-away.c -o optimized-away-split.o
aarch64-linux-gnu-ld --build-id=none -z max-page-size=4096 -Ttext=0x40001000 -e 0 optimized-away-split.o -o optimized-away-split.elf
rm optimized-away-split.o
