//! What the loader keeps. C extension modules look for Python's symbols in the whole program, even when it has loaded
//! this library for itself only.

use std::ffi::c_void;

/// Makes libpython's symbols visible to libraries that are loaded later.
pub fn show_python() {
    let address = python::script::address_in_python() as *const c_void;
    // SAFETY: an address within a loaded library; the structure is filled when the call
    // succeeds, and its name stays as long as the library, which stays.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        if libc::dladdr(address, &raw mut info) != 0 && !info.dli_fname.is_null() {
            let flags = libc::RTLD_NOW | libc::RTLD_GLOBAL | libc::RTLD_NOLOAD;
            // A program that has Python linked in needs nothing, and gets NULL.
            let _stays = libc::dlopen(info.dli_fname, flags);
        }
    }
}

/// Keeps the library with this code in memory, whoever closes it.
pub fn keep_code(code: *const ()) {
    // SAFETY: as above; the loader knows a loaded library by this name, even when its file is gone.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        if libc::dladdr(code.cast(), &raw mut info) != 0 && !info.dli_fname.is_null() {
            let flags = libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
            let _stays = libc::dlopen(info.dli_fname, flags);
        }
    }
}
