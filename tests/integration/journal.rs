//! Staging: all of it or nothing, rows and bodies back as they went in, every row in the books.

use aca_sync::{
    journal::{Bodies, CountKind, Error, Journal, RowRef, RunPlan, RunState, pack},
    problem::{Code, Problem},
    row::{Place, Reading, RowChunk},
};

use crate::support::{
    NOON, Shelf, customers, given, id, pending, pending_numbers, place_of, plan, put, rejected,
    source, stage, stage_as,
};

#[test]
fn a_staged_run_can_be_seen_and_sent() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();

    let run = stage(&mut journal, &customers(3));

    let seen = journal.run(None).unwrap();
    assert_eq!((seen.id, seen.state), (run, RunState::Sending));
    assert_eq!(seen.started_at, NOON);
    assert_eq!(
        seen.sources,
        plan()
            .sources
            .iter()
            .map(|s| s.origin.clone())
            .collect::<Vec<_>>()
    );
    let bodies: Vec<_> = pending(&journal, run)
        .into_iter()
        .map(|out| out.body)
        .collect();
    let staged: Vec<_> = customers(3)
        .into_iter()
        .map(|given| given.body.into_bytes())
        .collect();
    assert_eq!(bodies, staged);
    assert_eq!(journal.books(run).unwrap().records.pending, 3);
    assert_eq!(shelf.spools(), ["run-1.spool"]);
}

#[test]
fn a_run_being_staged_is_nobody_s_business() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let mut staging = journal.stage(&plan(), NOON).unwrap();
    put(&mut staging, 0, &customers(3));
    let run = staging.run();

    let reader = shelf.reader();

    assert!(reader.runs().unwrap().is_empty());
    assert!(matches!(
        reader.run(Some(run)),
        Err(Error::NoSuchRun { .. })
    ));
    assert!(matches!(reader.run(None), Err(Error::NoRuns)));
    assert!(
        reader
            .run_with_identity(&plan().identity)
            .unwrap()
            .is_none()
    );
    assert!(
        !reader
            .has_run_of("main", "https://api.example.com")
            .unwrap()
    );
}

/// Every sixteen blocks are committed on the way, so what is left of a longer one has to be swept.
#[test]
fn staging_that_is_not_finished_leaves_nothing() {
    for blocks in [0, 1, 15, 16, 17, 40] {
        let shelf = Shelf::new();
        let mut journal = shelf.open();
        let mut staging = journal.stage(&plan(), NOON).unwrap();
        for block in 0..blocks {
            put(&mut staging, 2 * block, &customers(2));
            staging
                .reject(
                    &rejected(place_of(1000 + block)),
                    &[Problem::of_row(Code::RowTooLarge)],
                )
                .unwrap();
            staging.merged_row(2 * block, 0, 2000).unwrap();
            staging
                .count(CountKind::Skipped, (0, 0), "blank row", 1)
                .unwrap();
        }
        drop(staging);

        let crashed = shelf.after_a_crash();
        journal.abandon_staging().unwrap();
        drop(crashed.open());

        for left in [&shelf, &crashed] {
            for table in [
                "runs",
                "sources",
                "records",
                "blocks",
                "merged_rows",
                "rejected_rows",
                "problems",
                "counts",
            ] {
                assert_eq!(left.count(table), 0, "{table} after {blocks} blocks");
            }
            assert!(left.spools().is_empty(), "after {blocks} blocks");
        }
        let run = stage(&mut journal, &customers(1));
        assert_eq!(pending_numbers(&journal, run), [0]);
    }
}

#[test]
fn an_abandoned_run_touches_no_other() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let kept = stage(&mut journal, &customers(2));
    let mut staging = journal.stage(&plan(), NOON).unwrap();
    for block in 0..20 {
        put(&mut staging, 2 * block, &customers(2));
    }
    drop(staging);

    journal.abandon_staging().unwrap();

    assert_eq!(shelf.states(kept), ["pending", "pending"]);
    assert_eq!(pending(&journal, kept).len(), 2);
    assert_eq!(shelf.spools(), ["run-1.spool"]);
}

/// What `check` stages into is thrown away, and a stop half way must leave it usable for saying why.
#[test]
fn a_journal_that_is_thrown_away_stages_and_abandons_too() {
    let mut journal = Journal::temporary(None).unwrap();
    let mut staging = journal.stage(&plan(), NOON).unwrap();
    for block in 0..20 {
        put(&mut staging, 50 * block, &customers(50));
    }
    drop(staging);
    journal.abandon_staging().unwrap();
    assert!(journal.runs().unwrap().is_empty());

    let run = stage(&mut journal, &customers(3));

    let books = journal.books(run).unwrap();
    assert_eq!((books.imbalance(), books.records.total), (None, 3));
}

#[test]
fn a_thrown_away_journal_makes_the_keys_of_the_one_it_is_made_beside() {
    let shelf = Shelf::new();
    let journal = shelf.open();
    let beside = Journal::temporary(Some(&shelf.path())).unwrap();
    let alone = Journal::temporary(None).unwrap();
    let print = |journal: &Journal| journal.hasher().fingerprint(b"{}");

    assert_eq!(print(&beside), print(&journal));
    assert_ne!(print(&alone), print(&journal));
    assert_eq!(print(&shelf.reader()), print(&journal));
}

/// Cells of several blocks and sources, asked for in the middle of staging, as merging does.
#[test]
fn rows_are_gathered_as_they_were_staged() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let two_files = RunPlan {
        sources: vec![source("one.csv"), source("two.csv")],
        ..plan()
    };
    let mut staging = journal.stage(&two_files, NOON).unwrap();
    let block = |source: u32, first: u32| {
        let mut rows = RowChunk::new(source);
        for number in first..first + 3 {
            let place = Place {
                number,
                line: 2 * number,
            };
            let cells = [
                format!("{source}:{number}"),
                String::new(),
                "a\n\"b\"".to_owned(),
            ];
            rows.push(place, Reading::Cells, cells.iter().map(String::as_str));
        }
        rows
    };
    let chunks = [block(0, 2), block(0, 5), block(1, 2)];
    for chunk in &chunks {
        let number = staging
            .block(chunk.source, Some((2, 4)), &pack(chunk, &Bodies::default()))
            .unwrap();
        assert_eq!(staging.source_of(number), chunk.source);
    }
    let at = |block, index| RowRef { block, index };
    let wanted = [at(0, 2), at(1, 0), at(2, 1), at(0, 0)];
    let mut gathered = RowChunk::new(0);

    staging.gather(&wanted, &mut gathered).unwrap();

    let mut expected = RowChunk::new(0);
    for at in wanted {
        expected.push_row(chunks[at.block as usize].row(at.index as usize).unwrap());
    }
    assert!(gathered == expected);
    // Reading moves in the file; what is written next still goes to its end.
    let number = staging
        .block(1, None, &pack(&chunks[0], &Bodies::default()))
        .unwrap();
    let mut again = RowChunk::new(0);
    staging.gather(&[at(number, 1)], &mut again).unwrap();
    assert_eq!(again.row(0).unwrap().cell(0), Some("0:3"));
    assert!(staging.gather(&[at(0, 3)], &mut again).is_err());
    assert!(staging.gather(&[at(9, 0)], &mut again).is_err());
}

#[test]
fn every_row_is_skipped_rejected_or_staged() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let mut staging = journal.stage(&plan(), NOON).unwrap();
    put(&mut staging, 0, &customers(4));
    (0..3).for_each(|_| staging.count_row());
    staging.count_skipped();
    let problems = [
        Problem::of_cell(Code::PhoneTooFewDigits, "phoneNumber", 1),
        Problem::of_field(Code::RequiredMissing, "lastName"),
    ];
    for (number, problems) in [(90, &problems[..]), (91, &problems[..1])] {
        staging
            .reject(&rejected(place_of(number)), problems)
            .unwrap();
    }
    for count in [2, 3] {
        staging
            .count(CountKind::Repaired, (0, 1), "repair.float_tail", count)
            .unwrap();
    }
    let counted = staging.rows();
    let run = staging.finish(&|_| false, 1500).unwrap();

    let books = journal.books(run).unwrap();

    assert_eq!(books.rows, counted);
    assert_eq!(
        (
            books.rows.read,
            books.rows.skipped,
            books.rows.rejected,
            books.rows.staged
        ),
        (7, 1, 2, 4)
    );
    assert_eq!(books.imbalance(), None);
    assert!((books.seconds.stage - 1.5).abs() < f64::EPSILON);
    let rejections = journal.rejections(run).unwrap();
    let told: Vec<_> = rejections
        .iter()
        .map(|group| {
            let first: Vec<_> = group.first.iter().map(|spot| spot.row).collect();
            (
                group.column.as_str(),
                group.code.as_str(),
                group.count,
                first,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("phone", "phone.too_few_digits", 2, vec![92, 93]),
            ("", "required.missing", 1, vec![92]),
        ]
    );
    let counted = journal.counted(run).unwrap();
    assert_eq!(
        (counted.len(), counted[0].column.as_str(), counted[0].count),
        (1, "phone", 5)
    );
}

#[test]
fn a_record_taken_back_is_gone_and_its_number_is_free() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let mut staging = journal.stage(&plan(), NOON).unwrap();
    put(&mut staging, 0, &customers(3));
    assert_eq!(
        staging.body_of(1).unwrap(),
        Some(RowRef { block: 0, index: 1 })
    );

    staging.withdraw(1).unwrap();

    assert_eq!(staging.body_of(1).unwrap(), None);
    put(&mut staging, 1, &[given(1, "{\"again\":1}")]);
    staging.withdraw(2).unwrap();
    staging.reject(&rejected(place_of(2)), &[]).unwrap();
    let rows = staging.rows();
    let run = staging.finish(&|_| true, 0).unwrap();
    assert_eq!(pending_numbers(&journal, run), [0, 1], "gaps are no matter");
    assert_eq!(pending(&journal, run)[1].body, b"{\"again\":1}");
    assert_eq!(rows.read, 4);
    assert_eq!(id(run, 1), pending(&journal, run)[1].id);
}

#[test]
fn a_run_without_a_record_is_over_at_once() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();

    let run = stage_as(&mut journal, &plan(), &[]);

    assert!(pending(&journal, run).is_empty());
    assert!(journal.finish_if_done(run, 4, NOON).unwrap());
    assert_eq!(journal.run(None).unwrap().state, RunState::Finished);
    assert_eq!(journal.books(run).unwrap().imbalance(), None);
}
