//! Writes the invented books of business of carriers into a folder: `fixtures/carriers` when none is named.

mod books;

use std::{fs, path::PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1);
    let folder = folder.map_or_else(|| PathBuf::from("fixtures/carriers"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    for (name, bytes) in books::all()? {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
