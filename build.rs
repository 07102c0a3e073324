//! Lists the saved queries, the themes and the profiles of banks, so that a file dropped into their folders is built in; compiles what sets the
//! system's allocator.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    embed("queries", "sql")?;
    embed("queries/credit", "sql")?;
    embed("queries/parts", "sql")?;
    embed("themes", "toml")?;
    embed("banks", "toml")?;
    allocator()
}

/// Links what sets glibc's malloc into the programs; nothing calls it, so it is no library.
fn allocator() -> io::Result<()> {
    let source = "src/allocator.c";
    println!("cargo::rerun-if-changed={source}");
    let of_target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if (of_target("OS").as_str(), of_target("ENV").as_str()) != ("linux", "gnu") {
        return Ok(());
    }
    for object in cc::Build::new().file(source).try_compile_intermediates().map_err(io::Error::other)? {
        println!("cargo::rustc-link-arg-bins={}", object.display());
        println!("cargo::rustc-link-arg-examples={}", object.display());
    }
    Ok(())
}

/// Writes `const BUILT_IN: &[(&str, &str)]`, name and text of each file of a folder, in the order of names.
fn embed(folder: &str, ending: &str) -> io::Result<()> {
    println!("cargo::rerun-if-changed={folder}");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let mut paths: Vec<_> = fs::read_dir(Path::new(&root).join(folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == ending))
        .collect();
    paths.sort();
    let mut text = String::from("/// Name and text of each file that is built in.\n");
    text.push_str("pub const BUILT_IN: &[(&str, &str)] = &[\n");
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // The folder is named when the library is compiled: clones may share one build folder.
        let place = format!("/{folder}/{name}.{ending}");
        writeln!(text, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {place:?}))),")
            .map_err(io::Error::other)?;
    }
    text.push_str("];\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join(format!("{}.rs", folder.replace('/', "_"))), text)
}
