#!/bin/sh
# Rebuilds scopes.elf, scopes-types.elf with each class in a unit of its own, classes-clang.elf and packs-clang.elf. Needs clang 14 and lld;
# gcc-4.elf and gcc-5.elf, by version of DWARF, gcc-link-time.elf, classes-gcc*.elf and packs-gcc.elf need Debian's g++-aarch64-linux-gnu 12.
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
for version in 4 5; do
  aarch64-linux-gnu-g++ -std=c++20 -O0 -gdwarf-$version -march=armv8-a -ffreestanding -nostdlib -static -fno-pic -no-pie -fno-exceptions -fno-rtti \
    -fno-threadsafe-statics -fno-stack-protector -fno-asynchronous-unwind-tables -Wall -Wextra -Werror -fdebug-prefix-map="$PWD"=/build/cplusplus \
    -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-Ttext-segment=0x40100000 -o gcc-$version.elf "$PWD/gcc.cc"
done
aarch64-linux-gnu-g++ -std=c++20 -O2 -flto -flto-partition=one -frandom-seed=lto -gdwarf-5 -march=armv8-a -ffreestanding -nostdlib -static -fno-pic -no-pie \
  -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-stack-protector -fno-asynchronous-unwind-tables -fdebug-prefix-map="$PWD"=/build/cplusplus \
  -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-Ttext-segment=0x40100000 -o gcc-link-time.elf "$PWD/gcc.cc"
common="-std=c++20 -O0 -march=armv8-a -ffreestanding -nostdlib -static -fno-pic -fno-exceptions -fno-threadsafe-statics -fno-stack-protector \
  -fno-asynchronous-unwind-tables -Wall -Wextra -Werror -fdebug-prefix-map=$PWD=/build/cplusplus -Wl,--build-id=none -Wl,-z,max-page-size=4096"
aarch64-linux-gnu-g++ $common -gdwarf-5 -no-pie -Wl,-Ttext-segment=0x40100000 -o classes-gcc.elf "$PWD/classes.cc"
aarch64-linux-gnu-g++ $common -gdwarf-4 -fdebug-types-section -no-pie -Wl,-Ttext-segment=0x40100000 -o classes-gcc-types.elf "$PWD/classes.cc"
clang++ $common -gdwarf-4 --target=aarch64-none-elf -fuse-ld=lld -fdebug-compilation-dir=/build/cplusplus -Wno-unused-member-function \
  -Wl,--image-base=0x40100000 -o classes-clang.elf "$PWD/classes.cc"
aarch64-linux-gnu-g++ $common -O1 -gdwarf-5 -no-pie -Wl,-Ttext-segment=0x40100000 -Wl,-e,start -o packs-gcc.elf "$PWD/packs.cc"
clang++ $common -gdwarf-5 --target=aarch64-none-elf -fuse-ld=lld -fdebug-compilation-dir=/build/cplusplus -Wl,--image-base=0x40100000 -Wl,-e,start \
  -o packs-clang.elf "$PWD/packs.cc"
