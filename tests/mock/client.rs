// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only

// A Rust program with a VFIO device, with nothing but its standard library.
use std::fs::OpenOptions;
use std::io::Error;
use std::os::unix::io::{AsRawFd, FromRawFd};
use std::os::unix::fs::FileExt;

extern "C" {
    fn ioctl(fd: i32, request: u64, ...) -> i32;
}

fn call(fd: i32, nr: u64, arg: *const u8) -> i32 {
    let ret = unsafe { ioctl(fd, 0x3b00 | nr, arg) };
    if ret < 0 {
        println!("FAILED: ioctl {}: {}", nr, Error::last_os_error());
        std::process::exit(1);
    }
    ret
}

fn main() {
    let open = |path| OpenOptions::new().read(true).write(true).open(path).unwrap();
    let (container, group) = (open("/dev/vfio/vfio"), open("/dev/vfio/16"));
    let c = container.as_raw_fd();
    call(group.as_raw_fd(), 104, &c as *const i32 as *const u8);
    call(c, 102, 3 as *const u8);
    let fd = call(group.as_raw_fd(), 106, b"0000:01:00.0\0".as_ptr());
    let device = unsafe { std::fs::File::from_raw_fd(fd) };
    let mut id = [0u8; 4];
    device.read_exact_at(&mut id, 23 << 40).unwrap();
    let page = vec![0u8; 8192];
    let vaddr = (page.as_ptr() as u64 + 4095) & !4095;
    let map: [u64; 4] = [32 | 3 << 32, vaddr, 0x10000, 4096];
    call(c, 113, map.as_ptr() as *const u8);
    println!("Rust: {:02x}{:02x}{:02x}{:02x}, 1 map", id[0], id[1], id[2], id[3]);
}
