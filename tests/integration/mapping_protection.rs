//! What a mapping makes of cells that a spreadsheet was to read as text: `="00123"`, `'00123`.

use aca_sync::{
    mapping::{Counted, CountedWhat},
    normalize::Value,
    problem::{Code, Repair},
};

use crate::{
    mapping::{codes, customer, mapped, mapping},
    mapping_damage::{KINDS, counted},
};

const PROTECTION: CountedWhat = CountedWhat::Repair(Repair::TextProtection);

fn protected(text: &str) -> [String; 4] {
    [
        format!("'{text}"),
        format!("=\"{text}\""),
        format!("\u{feff}'=\"{text}\" "),
        format!("=\"'{text}\""),
    ]
}

#[test]
fn a_protected_cell_is_taken_for_what_it_protects_whatever_its_field_takes() {
    for (rules, column, cell, made) in KINDS {
        let mapping = mapping(rules);

        let bare = mapped(&mapping, &[(column, cell)]);
        assert!(made.is_in(&bare), "{rules}");
        assert_eq!(counted(&bare), [], "{rules}");

        for cell in protected(cell) {
            let mapped = mapped(&mapping, &[(column, &cell)]);
            assert!(made.is_in(&mapped), "{rules}{cell}: {:?}", codes(&mapped));
            assert_eq!(counted(&mapped), [PROTECTION], "{rules}{cell}");
        }
    }
}

#[test]
fn an_apostrophe_before_a_letter_belongs_to_a_name_and_to_no_code() {
    let mapping = mapping(
        "externalId = \"id\"\nstate = \"state\"\ncity = \"city\"\n\
         gender = { column = \"sex\", values = { Man = \"Male\" } }\n\
         language = { column = \"language\", values = { Esp = \"Spanish\" } }\n",
    );

    let cells = [
        ("id", "'HSA0012"),
        ("state", "'FL"),
        ("city", "'s-Gravenhage"),
        ("sex", "'man"),
        ("language", "'Esp"),
        ("first", "'t"),
        ("last", "'Aoki"),
    ];
    let mapped = mapped(&mapping, &cells);

    for (field, value) in [
        ("externalId", "HSA0012"),
        ("state", "FL"),
        ("city", "'s-Gravenhage"),
        ("gender", "Male"),
        ("language", "Spanish"),
        ("firstName", "'t"),
        ("lastName", "'Aoki"),
    ] {
        assert_eq!(
            customer(&mapped, field),
            Some(&Value::text(value)),
            "{field}"
        );
    }
    let columns: Vec<u32> = mapped.notes.iter().map(|counted| counted.column).collect();
    assert_eq!(columns, [1, 4, 3, 0], "in the order of the fields");
}

#[test]
fn quotes_about_a_code_are_none_of_it_and_those_about_a_text_are() {
    let mapping = mapping("externalId = \"id\"\naddress = \"address\"\n");

    let mapped = mapped(
        &mapping,
        &[("id", "\"00123\""), ("address", "\"The Elms\"")],
    );

    assert_eq!(customer(&mapped, "externalId"), Some(&Value::text("00123")));
    assert_eq!(
        customer(&mapped, "address"),
        Some(&Value::text("\"The Elms\""))
    );
}

#[test]
fn protected_emptiness_is_blank() {
    let mapping = mapping(
        "externalId = \"id\"\ncity = { column = \"city\", on_blank = \"clear\" }\n\
         county = { column = \"county\", on_blank = \"reject\" }\n\
         address = { column = [\"address\", \"street\"] }\n",
    );

    for blank in ["'", "=\"\"", "\"\"", "'N/A", "=\"-\"", "'****", "=\"n/a\""] {
        let cells = [
            ("id", blank),
            ("city", blank),
            ("county", blank),
            ("address", blank),
            ("street", "'1 Main St"),
        ];
        let mapped = mapped(&mapping, &cells);

        assert_eq!(customer(&mapped, "externalId"), None, "{blank}");
        assert_eq!(customer(&mapped, "city"), Some(&Value::Null), "{blank}");
        assert_eq!(codes(&mapped), [Code::CellBlank], "{blank}");
        let address = customer(&mapped, "address");
        assert_eq!(address, Some(&Value::text("1 Main St")), "{blank}");
        let (cleared, others): (Vec<Counted>, Vec<Counted>) = mapped
            .notes
            .iter()
            .copied()
            .partition(|it| it.what == CountedWhat::Cleared);
        assert_eq!((cleared.len(), others.len()), (1, 5), "{blank}");
        assert!(others.iter().all(|it| it.what == PROTECTION));
    }
}

#[test]
fn a_cell_counts_once_for_each_thing_however_many_fields_it_feeds() {
    let mapping = mapping("externalId = \"id\"\nhealthSherpaCustomerId = \"id\"\n");

    let once = mapped(&mapping, &[("id", "'00123")]);
    let twice = mapped(&mapping, &[("id", "'123.0")]);
    let refused = mapped(&mapping, &[("id", "'1.5E+11")]);

    assert_eq!(counted(&once), [PROTECTION]);
    let float_tail = CountedWhat::Repair(Repair::FloatTail);
    assert_eq!(counted(&twice), [PROTECTION, float_tail]);
    assert_eq!(counted(&refused), [], "nothing came of it");
    assert_eq!(codes(&refused), [Code::IdentifierScientific; 2]);
}

#[test]
fn several_protected_ids_in_one_cell_are_several() {
    let mapping = mapping("externalId = \"id\"\n");

    for cell in ["=\"1001; 1002\"", "'1001,1002", "\"1001 1002\""] {
        let mapped = mapped(&mapping, &[("id", cell)]);
        assert_eq!(mapped.draft.hazard, Some(Code::IdentifierSeveral), "{cell}");
    }
}

#[test]
fn skips_and_the_newest_column_see_through_protection() {
    let mapping = mapping(
        "[source]\nskip = [{ column = \"kind\", is = [\"Test\", \"\"], because = \"a test\" }]\n\
         [record]\nnewest = \"synced\"\n",
    );
    let row = |kind, synced| mapped(&mapping, &[("kind", kind), ("synced", synced)]);

    for kind in ["'Test", "=\"test\"", "\"TEST\"", "'", "=\"\""] {
        let skipped = row(kind, "'2026-01-02");
        assert_eq!(skipped.skipped, Some(0), "{kind}");
        assert!(skipped.notes.is_empty(), "{kind}");
    }
    let bare = row("real", "2026-01-02");
    let protected = row("real", "=\"2026-01-02\"");
    assert!(bare.draft.newest.is_some());
    assert_eq!(protected.draft.newest, bare.draft.newest);
    let counted = Counted {
        column: 1,
        what: PROTECTION,
    };
    assert_eq!(protected.notes, [counted]);
    assert_eq!(row("'real", "'").notes.len(), 2);
}
