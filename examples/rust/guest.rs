// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only

//! The story of cxx.cc, with no crate but what bindgen makes of the headers:
//!   bindgen --allowlist-function 'vprim_.*' --allowlist-var 'VPRIM_.*' \
//!       --default-enum-style consts --no-prepend-enum-name -o virtprim.rs \
//!       "$(pkg-config --variable=includedir virtprim)/virtprim/virtprim.h" \
//!       -- $(pkg-config --cflags virtprim) -include virtprim/user.h
//!   rustc --crate-type rlib -A warnings virtprim.rs
//!   rustc --edition 2021 -L. --extern virtprim -l virtprim guest.rs && ./guest

use std::{io::Error, mem::size_of_val, mem::zeroed, ptr::null, ptr::null_mut};
use virtprim::*;

fn check(ret: i32) -> Result<(), Error> {
    if ret == 0 { Ok(()) } else { Err(Error::from_raw_os_error(-ret)) }
}

struct Map(vprim_iova_map); // gives its memory back when it goes

impl Map {
    fn new() -> Result<Map, Error> {
        let mut m: vprim_iova_map = unsafe { zeroed() };
        let size = size_of_val(&m) as _;
        check(unsafe { vprim_iova_map_init(&mut m, size, vprim_user_alloc(), null_mut(), null(), null_mut()) })?;
        Ok(Map(m))
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        unsafe { vprim_iova_map_fini(&mut self.0) }
    }
}

fn windows(info: &[u64]) -> Result<Vec<vprim_range>, Error> {
    let (at, bytes, no) = (info.as_ptr() as *const _, size_of_val(info) as _, null_mut());
    let mut ranges = vec![vprim_range { start: 0, last: 0 }; 8];
    let mut n = 0;
    unsafe {
        let (mut view, mut cap) = zeroed();
        check(vprim_vfio_cap_parse(&mut view, VPRIM_VFIO_CAP_IOMMU, 0, at, bytes, no))?;
        check(vprim_vfio_cap_find(&view, VPRIM_VFIO_CAP_IOVA_RANGE as u16, &mut cap, no))?;
        check(vprim_vfio_cap_read_iova_ranges(&view, &cap, ranges.as_mut_ptr(), 8, &mut n, no))?;
    }
    ranges.truncate(n as usize);
    Ok(ranges)
}

fn main() -> Result<(), Error> {
    // As VFIO_IOMMU_GET_INFO writes it, in 64-bit words of a little-endian host.
    let info = [72 | 3 << 32, 0x40201000, 24, 1 | 1 << 16, 2, 0, 0xfedfffff, 0xfef00000, 0xffffffffffff];
    let allowed = windows(&info)?;
    let text = |r: &vprim_range| format!("{:#x}..{:#x}", r.start, r.last);
    let last = allowed[allowed.len() - 1].last;
    let (page, two) = (vprim_range { start: last - 4095, last }, vprim_range { start: last - 8191, last });
    let mut map = Map::new()?;
    let (mut hit, mut table, mut at) = unsafe { zeroed() };

    allowed.iter().for_each(|r| println!("{}", text(r)));
    check(unsafe { vprim_iova_map_insert(&mut map.0, &page, 42, null_mut()) })?;
    if let Err(e) = check(unsafe { vprim_iova_map_insert(&mut map.0, &two, 43, &mut hit) }) {
        assert_eq!(e.kind(), std::io::ErrorKind::AlreadyExists);
        println!("refused: {} overlaps {}", text(&two), text(&hit.range));
    }
    check(unsafe { vprim_xstate_guess(0xe7, 2696, &mut table) })?;
    check(unsafe { vprim_xstate_offset(&table, 0xe7, VPRIM_XSTATE_STANDARD, 5, &mut at, null_mut()) })?;
    println!("AVX-512 opmask: byte {} of 2696", at);
    Ok(())
}
