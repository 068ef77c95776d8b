// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Rust std BTreeMap keyed by start, same ABI as peer.h.
use std::collections::BTreeMap;
use std::os::raw::{c_char, c_int, c_void};
type T = BTreeMap<u64, (u64, u64)>;
#[repr(C)] pub struct ChurnOp { kind: u64, start: u64, last: u64, val: u64 }
#[repr(C)] pub struct GapOp { lo: u64, hi: u64, size: u64, align: u64 }
#[repr(C)] pub struct AllocOp { size: u64, victim: u64 }
type P = *const u64;
#[repr(C)]
pub struct PeerOps {
    name: *const c_char,
    create: extern "C" fn() -> *mut c_void,
    destroy: extern "C" fn(*mut c_void),
    build: Option<extern "C" fn()>,
    insert: extern "C" fn(*mut c_void, P, P, P, usize) -> u64,
    stab: extern "C" fn(*mut c_void, P, usize, c_int, u64) -> u64,
    iterate: extern "C" fn(*mut c_void) -> u64,
    remove: extern "C" fn(*mut c_void, P, usize) -> u64,
    churn: extern "C" fn(*mut c_void, *const ChurnOp, usize) -> u64,
    overlap: extern "C" fn(*mut c_void, P, P, usize) -> u64,
    unmap: extern "C" fn(*mut c_void, P, P, usize) -> u64,
    gap: extern "C" fn(*mut c_void, *const GapOp, usize) -> u64,
    alloc: extern "C" fn(*mut c_void, u64, u64, *mut u64, *const AllocOp, usize) -> u64,
}
unsafe impl Sync for PeerOps {}
fn t<'a>(p: *mut c_void) -> &'a mut T { unsafe { &mut *(p as *mut T) } }
fn sl<'a, X>(p: *const X, n: usize) -> &'a [X] { unsafe { std::slice::from_raw_parts(p, n) } }
extern "C" fn create() -> *mut c_void { Box::into_raw(Box::new(T::new())) as *mut c_void }
extern "C" fn destroy(p: *mut c_void) { unsafe { drop(Box::from_raw(p as *mut T)) } }
#[inline] fn ins(m: &mut T, s: u64, l: u64, v: u64) -> u64 {
    if let Some((_, e)) = m.range(..=l).next_back() { if e.0 >= s { return 0; } }
    m.insert(s, (l, v)); 1
}
#[inline] fn stab1(m: &T, k: u64) -> Option<u64> {
    match m.range(..=k).next_back() { Some((_, e)) if e.0 >= k => Some(e.1), _ => None }
}
#[inline] fn rem(m: &mut T, s: u64) -> u64 { m.remove(&s).map_or(0, |e| e.1) }
#[inline] fn first_ge(m: &T, a: u64) -> u64 {
    match m.range(..=a).next_back() { Some((s, e)) if e.0 >= a => *s, _ => a }
}
fn fit(lo: u64, hi: u64, size: u64, align: u64) -> u64 {
    if hi < lo || hi - lo < size - 1 { return 0; }
    let x = (hi - (size - 1)) & !(align - 1);
    if x >= lo { x } else { 0 }
}
fn gap1(m: &T, lo: u64, hi: u64, size: u64, align: u64) -> u64 {
    let mut h = hi;
    for (s, e) in m.range(..=hi).rev() {
        if e.0 < h { let x = fit((e.0 + 1).max(lo), h, size, align); if x != 0 { return x; } }
        if *s <= lo { return 0; }
        h = *s - 1;
    }
    fit(lo, h, size, align)
}
extern "C" fn insert(p: *mut c_void, s: P, l: P, v: P, n: usize) -> u64 {
    let (m, s, l, v) = (t(p), sl(s, n), sl(l, n), sl(v, n));
    (0..n).map(|i| ins(m, s[i], l[i], v[i])).sum()
}
extern "C" fn stab(p: *mut c_void, k: P, n: usize, dep: c_int, zero: u64) -> u64 {
    let (m, k) = (t(p), sl(k, n));
    let mut sum = 0u64; let mut v = 0u64;
    if dep != 0 { for &x in k { if let Some(y) = stab1(m, x + (v & zero)) { v = y; sum = sum.wrapping_add(y); } } }
    else { for &x in k { if let Some(y) = stab1(m, x) { sum = sum.wrapping_add(y); } } }
    sum
}
extern "C" fn iterate(p: *mut c_void) -> u64 { t(p).values().fold(0u64, |a, e| a.wrapping_add(e.1)) }
extern "C" fn remove(p: *mut c_void, s: P, n: usize) -> u64 {
    let m = t(p); sl(s, n).iter().fold(0u64, |a, &x| a.wrapping_add(rem(m, x)))
}
extern "C" fn churn(p: *mut c_void, o: *const ChurnOp, n: usize) -> u64 {
    let m = t(p); let mut sum = 0u64;
    for x in sl(o, n) { sum = sum.wrapping_add(if x.kind == 0 { ins(m, x.start, x.last, x.val) } else { rem(m, x.start) }); }
    sum
}
extern "C" fn overlap(p: *mut c_void, a: P, b: P, n: usize) -> u64 {
    let (m, a, b) = (t(p), sl(a, n), sl(b, n)); let mut sum = 0u64;
    for i in 0..n { let f = first_ge(m, a[i]); for (_, e) in m.range(f..=b[i]) { sum = sum.wrapping_add(e.1); } }
    sum
}
extern "C" fn unmap(p: *mut c_void, a: P, b: P, n: usize) -> u64 {
    let (m, a, b) = (t(p), sl(a, n), sl(b, n)); let mut sum = 0u64;
    for i in 0..n {
        let f = first_ge(m, a[i]);
        // the stable API has no range removal: find the next key, remove it, repeat
        while let Some((&s, &e)) = m.range(f..=b[i]).next() { sum = sum.wrapping_add(e.1); m.remove(&s); }
    }
    sum
}
extern "C" fn gap(p: *mut c_void, o: *const GapOp, n: usize) -> u64 {
    let m = t(p); sl(o, n).iter().fold(0u64, |a, g| a.wrapping_add(gap1(m, g.lo, g.hi, g.size, g.align)))
}
extern "C" fn alloc(p: *mut c_void, lo: u64, hi: u64, live: *mut u64, o: *const AllocOp, n: usize) -> u64 {
    let m = t(p); let mut sum = 0u64;
    for x in sl(o, n) {
        let slot = unsafe { &mut *live.add(x.victim as usize) };
        rem(m, *slot);
        let g = gap1(m, lo, hi, x.size, 4096);
        if g != 0 { sum = sum.wrapping_add(ins(m, g, g + x.size - 1, g)).wrapping_add(g); }
        *slot = g;
    }
    sum
}
static OPS: PeerOps = PeerOps { name: b"rust-btree\0".as_ptr() as *const c_char, create, destroy, build: None, insert, stab,
    iterate, remove, churn, overlap, unmap, gap, alloc };
#[no_mangle] pub extern "C" fn peer_get() -> *const PeerOps { &OPS }
