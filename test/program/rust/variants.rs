//! Enumerations that carry values, modules, tuples, slices; without Rust's own library, so that any rustc builds it. See build.sh.
#![feature(no_core, lang_items, auto_traits)]
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
#[lang = "sync"]
pub unsafe auto trait Sync {}
#[lang = "freeze"]
unsafe auto trait Freeze {}
#[lang = "legacy_receiver"]
pub trait LegacyReceiver {}
impl<T> LegacyReceiver for &T {}
#[lang = "unsize"]
pub trait Unsize<T: PointeeSized>: PointeeSized {}
#[lang = "coerce_unsized"]
pub trait CoerceUnsized<T> {}
impl<'a, 'b: 'a, T: Unsize<U> + PointeeSized, U: PointeeSized> CoerceUnsized<&'a U> for &'b T {}
#[lang = "drop_in_place"]
fn drop_in_place<T>(_: *mut T) {}

pub mod hw {
    pub enum Mode {
        Off,
        On = 5,
    }
    pub enum Event {
        None,
        Byte(u8),
        Range { from: i32, to: i32 },
    }
    pub struct Port {
        pub id: i32,
        pub mode: Mode,
        pub pair: (u8, u64),
        pub letter: char,
    }
    pub enum Link {
        End,
        To(&'static Port),
    }
    impl Port {
        #[inline(never)]
        pub fn number(&self) -> i32 {
            self.id
        }
    }
    #[inline(never)]
    pub fn same<T: super::Copy>(value: T) -> T {
        value
    }
}

pub static PORT: hw::Port = hw::Port { id: 3, mode: hw::Mode::On, pair: (1, 2), letter: 'é' };
#[used]
pub static EVENTS: [hw::Event; 3] = [hw::Event::None, hw::Event::Byte(65), hw::Event::Range { from: 1, to: 9 }];
/// Without a place for the discriminant: a null pointer is `End`.
#[used]
pub static LINKS: [hw::Link; 2] = [hw::Link::End, hw::Link::To(&PORT)];

#[used]
pub static WORDS: &[u16] = &[3, 4, 5];
#[used]
pub static NAMES: [&str; 2] = ["tick", "d\0é"];
#[used]
pub static NOTHING: (&[hw::Event], &str) = (&[], "");
/// Slices in a slice.
#[used]
pub static PORTS: &[(&str, &[u8])] = &[("uart", &[1, 2]), ("spi", &[])];

#[no_mangle]
pub extern "C" fn start() -> i32 {
    hw::same(PORT.number())
}
