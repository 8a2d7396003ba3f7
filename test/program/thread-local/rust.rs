//! Thread-local variables of Rust, without its own library, so that any rustc builds them. See build.sh.
#![feature(no_core, lang_items, auto_traits, thread_local)]
#![no_core]
#![no_main]
#![allow(internal_features, dead_code)]

#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy {}
impl Copy for i32 {}
impl Copy for u64 {}
#[lang = "sync"]
pub unsafe auto trait Sync {}
#[lang = "freeze"]
unsafe auto trait Freeze {}
#[lang = "drop_in_place"]
fn drop_in_place<T>(_: *mut T) {}

pub mod hw {
    #[thread_local]
    pub static mut SHARED: u64 = 31;
}

#[thread_local]
static mut COUNTER: i32 = 7;

#[no_mangle]
#[inline(never)]
pub unsafe extern "C" fn work(by: i32) -> i32 {
    #[thread_local]
    static mut CALLS: i32 = 41;
    hw::SHARED = 32;
    CALLS = by;
    let before = COUNTER;
    COUNTER = by;
    before
}
