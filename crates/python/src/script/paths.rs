//! A script's name, and where its modules are looked for.

use std::path::{Path, PathBuf};

use crate::sys::runtime::VERSION;

/// The file's name without `.py`.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".py").filter(|s| !s.is_empty());
    match stem.unwrap_or(&name) {
        // A script's own tests behind `if __name__ == "__main__"` must not run.
        "__main__" => "main".into(),
        stem => stem.into(),
    }
}

/// What goes in front of `sys.path`: the script's directory, its virtual environment, the
/// scripts directory, its virtual environment.
pub(super) fn folders(script: &Path, scripts_dir: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let own = script.parent().map(Path::to_path_buf);
    for dir in own.into_iter().chain(std::path::absolute(scripts_dir)) {
        if !folders.contains(&dir) {
            folders.push(dir.clone());
            folders.extend(site_packages(&dir));
        }
    }
    folders
}

/// `site-packages` of `.venv` or `venv` in a directory: of this Python's version, else any.
fn site_packages(dir: &Path) -> Option<PathBuf> {
    [".venv", "venv"].iter().find_map(|venv| {
        let lib = dir.join(venv).join("lib");
        let exact = lib.join(format!("python{VERSION}/site-packages"));
        if exact.is_dir() {
            return Some(exact);
        }
        let entries = std::fs::read_dir(lib).ok()?.flatten();
        let mut any: Vec<PathBuf> = entries
            .filter(|e| e.file_name().as_encoded_bytes().starts_with(b"python3."))
            .map(|e| e.path().join("site-packages"))
            .filter(|p| p.is_dir())
            .collect();
        any.sort();
        any.pop()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems() {
        let of = |p: &str| stem(Path::new(p));
        assert_eq!(of("/a/b.py"), "b");
        assert_eq!(of("/a/b.c-d.py"), "b.c-d");
        assert_eq!(of("/a/__main__.py"), "main");
        assert_eq!(of("/a/noext"), "noext");
        assert_eq!(of("/a/.py"), ".py");
    }
}
