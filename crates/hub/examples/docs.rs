//! Writes the generated pages into the directory given: `make docs`.
#![forbid(unsafe_code)]

fn main() -> std::io::Result<()> {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "docs".to_owned());
    for (name, text) in hub::docs::pages() {
        std::fs::write(std::path::Path::new(&dir).join(name), text)?;
    }
    Ok(())
}
