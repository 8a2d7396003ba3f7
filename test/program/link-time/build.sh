#!/bin/sh
# Rebuilds inlined.elf, copies.elf, lost-block-*.elf and units*.elf. Needs aarch64-linux-gnu-gcc 12; the last of them clang 14 and lld.
set -eu
cd "$(dirname "$0")"
aarch64-linux-gnu-gcc -O2 -flto -g -gdwarf-5 -march=armv8-a -mgeneral-regs-only -ffreestanding -nostdlib -static -fno-pic -no-pie \
  -fno-asynchronous-unwind-tables -frandom-seed=lto -fdebug-prefix-map="$PWD"=/build/link-time -Wl,--build-id=none -Wl,-e,both -Wl,-u,both \
  -Wl,-z,max-page-size=4096 -Wl,-Ttext-segment=0x40000000 -o inlined.elf caller.c callee.c
aarch64-linux-gnu-gcc -O1 -g -gdwarf-5 -march=armv8-a -mgeneral-regs-only -mstrict-align -ffreestanding -nostdlib -static -fno-pic -no-pie \
  -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables -fdebug-prefix-map="$PWD"=/build/link-time -Wl,--build-id=none \
  -Wl,-z,max-page-size=4096 -Wl,-Ttext-segment=0x40000000 -o copies.elf copies.c memcpy.c
lost="-O2 -g -gdwarf-5 -march=armv8-a -mgeneral-regs-only -ffreestanding -nostdlib -static -fno-pic -fno-asynchronous-unwind-tables \
  -fdebug-prefix-map=$PWD=/build/link-time -Wl,--build-id=none -Wl,-z,max-page-size=4096"
aarch64-linux-gnu-gcc $lost -no-pie -Wl,-Ttext-segment=0x40000000 -o lost-block-gcc.elf lost-block.c
aarch64-linux-gnu-gcc $lost -no-pie -flto -frandom-seed=lto -Wl,-Ttext-segment=0x40000000 -o lost-block-lto.elf lost-block.c
aarch64-linux-gnu-gcc $lost -no-pie -Wl,-Ttext-segment=0x40000000 -o units.elf units-first.c units-second.c
aarch64-linux-gnu-gcc $lost -no-pie -flto -frandom-seed=lto -Wl,-Ttext-segment=0x40000000 -o units-lto.elf units-first.c units-second.c
clang --target=aarch64-none-elf -fuse-ld=lld $lost -fdebug-compilation-dir=/build/link-time -Wno-unknown-attributes -Wno-ignored-attributes -Wl,--image-base=0x40000000 -o lost-block-clang.elf lost-block.c
