#!/bin/sh
# Rebuilds inlined.elf and copies.elf. Needs aarch64-linux-gnu-gcc 12.
set -eu
cd "$(dirname "$0")"
aarch64-linux-gnu-gcc -O2 -flto -g -gdwarf-5 -march=armv8-a -mgeneral-regs-only -ffreestanding -nostdlib -static -fno-pic -no-pie \
  -fno-asynchronous-unwind-tables -frandom-seed=lto -fdebug-prefix-map="$PWD"=/build/link-time -Wl,--build-id=none -Wl,-e,both -Wl,-u,both \
  -Wl,-z,max-page-size=4096 -Wl,-Ttext-segment=0x40000000 -o inlined.elf caller.c callee.c
aarch64-linux-gnu-gcc -O1 -g -gdwarf-5 -march=armv8-a -mgeneral-regs-only -mstrict-align -ffreestanding -nostdlib -static -fno-pic -no-pie \
  -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables -fdebug-prefix-map="$PWD"=/build/link-time -Wl,--build-id=none \
  -Wl,-z,max-page-size=4096 -Wl,-Ttext-segment=0x40000000 -o copies.elf copies.c memcpy.c
