//! Archives: what workbooks of several parts are packed in, and what a file may come packed in.

use std::io::{Cursor, Read, Write};

use flate2::{Compression, write::GzEncoder};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Bytes as `gzip` packs them.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An archive of these members, in this order. A member called `mimetype` is stored as it is, for
/// programs look for it at a fixed place.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let method = match *name {
            "mimetype" => CompressionMethod::Stored,
            _ => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The archive with another text in one of its parts.
///
/// Fails when the part is missing or stays as it was.
pub(crate) fn edit(archive: &[u8], part: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut members = members(archive);
    let member = members.iter_mut().find(|(name, _)| name == part).unwrap();
    let before = String::from_utf8(member.1.clone()).unwrap();
    let after = change(&before);
    assert_ne!(before, after, "nothing to change in {part}");
    member.1 = after.into_bytes();
    let members: Vec<_> = members
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    zip(&members)
}

/// The archive with every member marked as encrypted; the contents stay as they are.
pub(super) fn marked_as_encrypted(mut archive: Vec<u8>) -> Vec<u8> {
    let mut reader = ZipArchive::new(Cursor::new(archive.clone())).unwrap();
    for index in 0..reader.len() {
        let member = reader.by_index_raw(index).unwrap();
        // The flags of a member: once before its bytes, once in the directory at the end.
        for flags in [member.header_start() + 6, member.central_header_start() + 8] {
            archive[usize::try_from(flags).unwrap()] |= 1;
        }
    }
    archive
}

fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        members.push((member.name().unwrap().into_owned(), bytes));
    }
    members
}
