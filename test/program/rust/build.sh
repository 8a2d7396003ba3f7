#!/bin/sh
# Rebuilds variants.elf. Needs rustc 1.95 (whose target aarch64-unknown-none needs not be installed) and lld.
set -eu
cd "$(dirname "$0")"
RUSTC_BOOTSTRAP=1 rustc --target aarch64-unknown-none-softfloat --crate-type lib --emit obj -g -C opt-level=0 -C panic=abort \
  --remap-path-prefix "$PWD=/build/rust" -o variants.o "$PWD/variants.rs"
ld.lld -static --build-id=none -z max-page-size=4096 --image-base=0x40100000 -e start -o variants.elf variants.o
rm variants.o
