//! Files in files: what is unpacked, what is refused, and that nothing is unpacked without end.
#![expect(clippy::panic, reason = "helpers of tests may fail their test")]

use std::path::Path;

use aca_sync::source::{self, Error, FileKind, Limits, Source, Wanted};

use crate::{
    source::{chunks_of, rows_of, write},
    support::table::{Epoch, Table, delimited, encrypted_archive, gzip, xlsx, zip},
};

const TABLE: &str = "name,phone\nAna,3055550101\nBo,3055550102\n";

fn open(bytes: impl AsRef<[u8]>) -> Result<Vec<Source>, Error> {
    open_within(bytes, Limits::default())
}

fn open_within(bytes: impl AsRef<[u8]>, limits: Limits) -> Result<Vec<Source>, Error> {
    let file = write(bytes);
    let wanted = Wanted {
        limits,
        ..Wanted::anything()
    };
    source::open(&file.path, 0, &wanted)
}

fn refusal(bytes: impl AsRef<[u8]>) -> Error {
    match open(bytes) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

#[test]
fn every_file_in_an_archive_is_a_source_of_its_own() {
    let archive = zip(&[
        ("policies/", b""),
        ("policies/one.csv", TABLE.as_bytes()),
        ("__MACOSX/policies/._one.csv", b"\0\0"),
        (".DS_Store", b"\0\0"),
        ("two.csv", &TABLE.replace("Ana", "Cy").into_bytes()),
    ]);
    let file = write(&archive);

    let mut sources = source::open(&file.path, 3, &Wanted::anything()).unwrap();

    let members: Vec<_> = sources
        .iter()
        .map(|source| source.origin().member.as_deref().unwrap())
        .collect();
    assert_eq!(members, ["policies/one.csv", "two.csv"]);
    let chunks: Vec<_> = sources.iter_mut().flat_map(chunks_of).collect();
    let first = |index: usize| {
        let chunk = &chunks[index].0;
        (chunk.source, chunk.row(0).unwrap().cell(0).unwrap())
    };
    assert_eq!((first(0), first(1)), ((3, "Ana"), (4, "Cy")));
}

#[test]
fn the_same_export_packed_and_plain_has_one_name() {
    let plain = &open(TABLE).unwrap()[0];

    for packed in [
        gzip(TABLE.as_bytes()),
        zip(&[("x.csv", TABLE.as_bytes())]),
        gzip(&zip(&[("x.csv", TABLE.as_bytes())])),
        [gzip(&TABLE.as_bytes()[..20]), gzip(&TABLE.as_bytes()[20..])].concat(),
    ] {
        let source = &open(packed).unwrap()[0];

        assert_eq!(
            (source.sha256(), source.size()),
            (plain.sha256(), plain.size())
        );
    }
}

#[test]
fn a_workbook_in_an_archive_or_a_gzip_file_is_read() {
    let table = Table::people();
    let workbook = xlsx(&table, Epoch::Y1900);

    for packed in [zip(&[("book.xlsx", &workbook)]), gzip(&workbook)] {
        let mut sources = open(packed).unwrap();

        assert_eq!(sources[0].read_as().to_string(), "workbook (XLSX)");
        assert_eq!(rows_of(&mut sources[0]).len(), table.rows.len());
    }
}

#[test]
fn what_holds_no_table_is_refused_by_its_name() {
    let nested = zip(&[("inner.zip", &zip(&[("x.csv", TABLE.as_bytes())]))]);
    let packed_twice = gzip(&gzip(TABLE.as_bytes()));
    let document = zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", b""),
    ]);
    let pdf = zip(&[("x.csv", TABLE.as_bytes()), ("letter.pdf", b"%PDF-1.7")]);
    for (bytes, kind) in [
        (nested, FileKind::NestedArchive),
        (packed_twice, FileKind::NestedArchive),
        (document, FileKind::Document),
        (pdf, FileKind::Pdf),
    ] {
        let error = refusal(bytes);
        assert!(
            matches!(error, Error::Foreign { kind: told, .. } if told == kind),
            "{error}"
        );
    }
    let only_noise = zip(&[("__MACOSX/x", b"x"), ("folder/", b"")]);
    assert!(matches!(refusal(only_noise), Error::NothingInside { .. }));
}

#[test]
fn a_member_that_is_refused_is_named() {
    let error = refusal(zip(&[("reports/letter.pdf", b"%PDF-1.7")]));

    assert!(
        error
            .to_string()
            .contains("export.csv, reports/letter.pdf: this is a PDF document"),
        "{error}"
    );
}

#[test]
fn a_password_and_a_broken_download_say_what_to_do() {
    let table = Table::people();
    let text = delimited(
        &table,
        b',',
        crate::support::table::Encoding::Utf8,
        crate::support::table::LineEnd::Lf,
    );
    let whole = zip(&[("x.csv", &text)]);
    let packed = gzip(&text);

    let locked = refusal(encrypted_archive("x.csv", &text));
    assert!(
        matches!(locked, Error::PasswordProtected { .. }),
        "{locked}"
    );
    assert!(locked.to_string().contains("unpack it with the password"));
    for cut in [&whole[..whole.len() / 2], &packed[..packed.len() / 2]] {
        let error = refusal(cut);
        assert!(matches!(error, Error::CutShort { .. }), "{error}");
        assert!(error.to_string().contains("get it again"));
    }
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 20].fill(0x55);
    assert!(matches!(
        refusal(damaged),
        Error::Damaged { .. } | Error::CutShort { .. }
    ));
}

#[test]
fn nothing_is_unpacked_without_end() {
    let zeros = format!("name,phone\n{}\n", "0".repeat(70 << 20));
    let limits = Limits {
        max_unpacked_bytes: 1 << 20,
        ..Limits::default()
    };

    for packed in [gzip(zeros.as_bytes()), zip(&[("x.csv", zeros.as_bytes())])] {
        // Within the size and beyond the ratio; and the other way round.
        let by_ratio = open(&packed).unwrap_err();
        let by_size = open_within(&packed, limits).unwrap_err();

        assert!(
            matches!(by_ratio, Error::TooLarge { most, .. } if most == 64 << 20),
            "{by_ratio}"
        );
        assert!(
            matches!(by_size, Error::TooLarge { most, .. } if most == 1 << 20),
            "{by_size}"
        );
    }
}

#[test]
fn the_bound_is_on_all_files_of_an_archive_together() {
    let name = |number: usize| format!("{number}.csv");
    let names: Vec<String> = (0..4).map(name).collect();
    let members: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), TABLE.as_bytes()))
        .collect();
    let limits = |most: usize| Limits {
        max_unpacked_bytes: most as u64,
        ..Limits::default()
    };

    assert!(open_within(zip(&members), limits(4 * TABLE.len())).is_ok());
    assert!(matches!(
        open_within(zip(&members), limits(4 * TABLE.len() - 1)),
        Err(Error::TooLarge { .. })
    ));
}

#[test]
#[cfg(unix)]
fn a_pipe_is_read_like_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || std::fs::write(path, TABLE).unwrap())
    };

    let mut sources = source::open(Path::new(&path), 0, &Wanted::anything()).unwrap();
    writer.join().unwrap();

    assert_eq!(rows_of(&mut sources[0]).len(), 2);
    assert!(sources[0].is_unchanged());
}
