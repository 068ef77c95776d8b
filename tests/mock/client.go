// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only

// A Go program with a VFIO device: its runtime makes system calls itself, and
// interrupts its threads with signals all the time.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

type dmaMap struct {
	argsz, flags      uint32
	vaddr, iova, size uint64
}

func ioctl(fd int, nr uintptr, arg uintptr) uintptr {
	r, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), ';'<<8|nr, arg)
	if e != 0 {
		fmt.Println("FAILED: ioctl", nr, e)
		os.Exit(1)
	}
	return r
}

func open(path string) int {
	fd, e := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if e != nil {
		fmt.Println("FAILED: open", path, e)
		os.Exit(1)
	}
	return fd
}

func main() {
	container, group := open("/dev/vfio/vfio"), open("/dev/vfio/16")
	c := int32(container)
	ioctl(group, 104, uintptr(unsafe.Pointer(&c)))
	ioctl(container, 102, 3)
	name := append([]byte("0000:01:00.0"), 0)
	device := int(ioctl(group, 106, uintptr(unsafe.Pointer(&name[0]))))
	id := make([]byte, 4)
	if n, e := syscall.Pread(device, id, (16+7)<<40); n != 4 || e != nil {
		fmt.Println("FAILED: pread", n, e)
		os.Exit(1)
	}
	memory, _ := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS)
	var all sync.WaitGroup
	for t := 0; t < 8; t++ {
		all.Add(1)
		go func(t uint64) {
			runtime.LockOSThread()
			for i := uint64(0); i < 200; i++ {
				m := dmaMap{32, 3, uint64(uintptr(unsafe.Pointer(&memory[0]))),
					t<<32 | i<<12, 4096}
				ioctl(container, 113, uintptr(unsafe.Pointer(&m)))
			}
			all.Done()
		}(uint64(t))
	}
	all.Wait()
	fmt.Printf("Go: %x, 1600 maps\n", id)
}
