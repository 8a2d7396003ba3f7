#!/bin/sh
# Rebuilds scopes.elf, and scopes-types.elf with each class in a unit of its own. Needs clang 14 and lld.
set -eu
cd "$(dirname "$0")"
build() {
  name=$1
  shift
  clang++ "$@" --target=aarch64-none-elf -fuse-ld=lld -std=c++17 -O0 -gdwarf-5 -march=armv8-a -mgeneral-regs-only -mstrict-align -ffreestanding -nostdlib -static \
  -fno-pic -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables -Wall -Wextra -Werror \
  -fdebug-prefix-map="$PWD"=/build/cplusplus -fdebug-compilation-dir=/build/cplusplus \
  -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--image-base=0x40100000 -o "$name" "$PWD/scopes.cc"
}
build scopes.elf
build scopes-types.elf -fdebug-types-section
