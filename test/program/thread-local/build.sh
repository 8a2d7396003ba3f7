#!/bin/sh
# Rebuilds the guests of this folder. Needs Debian's gcc- and g++-aarch64-linux-gnu 12, clang 14 and lld, and rustc 1.95.
set -eu
cd "$(dirname "$0")"
guests=../../guests
root=$(cd ../../.. && pwd)
common="-ffreestanding -nostdlib -static -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -march=armv8-a -mgeneral-regs-only -mstrict-align -ffixed-x18 \
  -gdwarf-5 -DCLIENT_EL=1 -fdebug-prefix-map=$root=/project"
runtime="$guests/common/crt0.S $guests/common/smccc.S $guests/common/console.c $guests/common/exceptions.c $guests/common/memory.c $guests/common/psci.c"
build() {
  name=$1 c=$2 cplusplus=$3 other=$4
  shift 4
  work=$(mktemp -d)
  for file in $runtime assembly.S main.c; do $c $common "$@" -c -o "$work/$(basename "$file").o" "$file"; done
  $c $common "$@" $other -c -o "$work/other.o" other.c
  $cplusplus $common -std=c++17 -fno-exceptions -fno-rtti "$@" -c -o "$work/plus.o" plus.cc
  $c $common "$@" -Wl,--build-id=none -Wl,-T,link.ld -o "$name.elf" "$work"/*.o
  rm -r "$work"
}
clang="clang --target=aarch64-none-elf -fuse-ld=lld -Wno-unused-command-line-argument"
clangxx="clang++ --target=aarch64-none-elf -fuse-ld=lld -Wno-unused-command-line-argument"
for level in O0 O2; do
  build gcc-$level aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ "" -$level -no-pie -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments
  build clang-$level "$clang" "$clangxx" "" -$level
done
gnu="-no-pie -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments"
build general-dynamic aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ "" -O2 -fpic $gnu
build small aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ "" -O2 -mtls-size=12 $gnu
build link-time aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ "" -O2 -flto -flto-partition=one -frandom-seed=lto $gnu
build el1 "$clang" "$clangxx" "" -O1 -mtp=el1 -DTHREAD_POINTER_EL=1
build two-pointers "$clang" "$clangxx" -mtp=el1 -O0 -DTHREAD_POINTER_EL=10
build emulated "$clang" "$clangxx" "" -O0 -femulated-tls -DEMULATED -Wno-unused
clang --target=aarch64-none-elf -g -O1 -ffreestanding -fPIC -fdebug-prefix-map="$root"=/project -c -o shared.o other.c
ld.lld -shared --build-id=none -o shared.elf shared.o
rm shared.o
RUSTC_BOOTSTRAP=1 rustc --target aarch64-unknown-none-softfloat --crate-type lib --emit obj -g -C opt-level=0 -C panic=abort \
  --remap-path-prefix "$PWD=/project/test/program/thread-local" -o rust.o "$PWD/rust.rs"
clang --target=aarch64-none-elf -c -o rust-start.o rust-start.S
ld.lld -static --build-id=none -z max-page-size=4096 --image-base=0x40100000 -e start -o rust.elf rust.o rust-start.o
rm rust.o rust-start.o
