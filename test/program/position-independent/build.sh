#!/bin/sh
# Rebuilds the programs of this folder, linked at 0 to run anywhere. Needs Debian's gcc-aarch64-linux-gnu 12, clang 14 and lld.
set -eu
cd "$(dirname "$0")"
common="-ffreestanding -nostdlib -fno-stack-protector -fno-asynchronous-unwind-tables -march=armv8-a -mgeneral-regs-only -mstrict-align -gdwarf-5 -O1 \
  -fdebug-prefix-map=$PWD=/build/position-independent -Wl,--build-id=none -Wl,-T,link.ld"
aarch64-linux-gnu-gcc $common -fpie -static-pie -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack -o gcc-pie.elf start.S main.c
clang --target=aarch64-linux-gnu -fuse-ld=lld $common -fdebug-compilation-dir=/build/position-independent -fpie -static-pie -o clang-pie.elf start.S main.c
# As EFI applications and some firmware are linked.
aarch64-linux-gnu-gcc $common -DWITHOUT_THREADS -fpic -fvisibility=hidden -shared -Wl,-Bsymbolic -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack -o shared.elf start.S main.c
