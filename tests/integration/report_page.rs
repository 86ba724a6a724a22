//! `report`: the page of a run tells what `show` tells, holds nobody's data, and stands on its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail their test"
)]

use std::{collections::BTreeMap, fs};

use quick_xml::{Reader, events::Event};
use regex::Regex;
use serde_json::Value;

use crate::{
    nights::{ANA, Client, night, office, write},
    privacy::{expect_no_canary, export},
    support::{Server, Workdir},
};

/// The page of a run, by its arguments.
fn page(work: &Workdir, line: &str) -> String {
    work.run(&format!("report {line} --out page.html --quiet"))
        .expect(0);
    let html = fs::read_to_string(work.path("page.html")).unwrap();
    fs::remove_file(work.path("page.html")).unwrap();
    expect_well_formed(&html);
    html
}

/// Every number of the page that says which one it is.
fn figures(html: &str) -> BTreeMap<String, Vec<String>> {
    let pattern = Regex::new(r#"<span data-figure="([^"]+)">([^<]*)</span>"#).unwrap();
    let mut figures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for found in pattern.captures_iter(html) {
        let number = found[2].replace(',', "");
        figures.entry(found[1].to_owned()).or_default().push(number);
    }
    figures
}

/// What a name says that leads into the JSON of `show`.
fn told(json: &Value, name: &str) -> String {
    let pointer = format!("/{}", name.replace('.', "/"));
    match json.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(number @ Value::Number(_)) => number.to_string(),
        other => panic!("{name}: {other:?}"),
    }
}

/// HTML that closes what it opens, as strictly as XML asks but for elements that are empty by themselves.
fn expect_well_formed(html: &str) {
    let void = Regex::new(r"<(meta|link|br|hr)([^>]*)>").unwrap();
    let text = void.replace_all(html, "<$1$2/>");
    let mut reader = Reader::from_str(&text);
    let (mut depth, mut headings, mut ids) = (0_i32, Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                depth += 1;
                let name = element.name();
                let level = name.as_ref().strip_prefix('h');
                headings.extend(level.and_then(|it| it.parse::<u32>().ok()));
                ids.extend(id_of(&element));
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    // One heading of the page, and no level is left out on the way down.
    assert_eq!(headings.first(), Some(&1));
    assert_eq!(headings.iter().filter(|level| **level == 1).count(), 1);
    assert!(
        headings
            .iter()
            .zip(headings.iter().skip(1))
            .all(|(above, below)| *below <= above + 1),
        "{headings:?}"
    );
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id stands twice");
}

fn id_of(element: &quick_xml::events::BytesStart<'_>) -> Option<String> {
    let attributes = element.attributes().map(Result::unwrap);
    let mut ids = attributes.filter(|attribute| attribute.key.as_ref() == "id");
    Some(ids.next()?.value.into_owned())
}

/// Nights with everything in them: rejected, failed, held and unchanged, an opt-out that does not arrive, a
/// status that changed, somebody who vanished, and a pause.
fn eventful(work: &Workdir) {
    let client = |id, policy| Client { id, policy, ..ANA };
    let bad = Client {
        phone: "12",
        ..client(2, "P2")
    };
    let book = [ANA, client(3, "P3"), client(4, "P4"), client(77, "P77")];
    write(work, "1.csv", &[&book[..], &[bad]].concat());
    night(work, "1.csv --batch-size 2", 3);
    let renamed = Client {
        first: "Dee",
        ..client(4, "P4")
    };
    write(
        work,
        "2.csv",
        &[ANA, client(3, "P3"), renamed, client(77, "P77"), bad],
    );
    night(work, "2.csv --batch-size 2", 3);
    let changed = Client {
        status: "Terminated",
        npn: "999",
        ..client(3, "P3")
    };
    let silent = Client {
        dnc: "yes",
        ..Client {
            phone: "77",
            ..client(5, "P5")
        }
    };
    write(
        work,
        "3.csv",
        &[
            ANA,
            changed,
            client(6, "P6"),
            client(77, "P77"),
            bad,
            silent,
        ],
    );
    night(work, "3.csv --batch-size 1", 3);
}

#[test]
fn every_number_of_the_page_is_the_one_that_show_tells() {
    let server = Server::failing("refuse=77;429=0@4");
    let work = office(&server);
    eventful(&work);

    for run in ["1", "2", "3", ""] {
        let html = page(&work, run);
        let shown = work.run(&format!("show {run} --json")).expect(0).json();
        let figures = figures(&html);
        for (name, numbers) in &figures {
            for number in numbers {
                assert_eq!(number, &told(&shown, name), "{name} of run {run}");
            }
        }
        if run == "1" || run == "2" {
            continue;
        }
        for name in [
            "run",
            "rows.read",
            "rows.rejected",
            "records.total",
            "records.unchanged",
            "records.in_doubt",
            "requests.throttled",
            "pauses.count",
            "opt_outs.undelivered",
            "opt_outs.delivered",
            "delivered.policies_ended",
            "delivered.customers_created",
            "forecast.policies_ending",
            "changes.agent_lost",
            "changes.status_changed",
            "changes.customer_vanished",
            "problems.new",
        ] {
            assert!(figures.contains_key(name), "no {name} in {figures:?}");
        }
    }
    let shown = work.run("show --json").expect(0).json();
    for (name, count) in [
        ("/rows/rejected", 2),
        ("/records/held", 1),
        ("/records/unchanged", 1),
        ("/opt_outs/undelivered", 1),
        ("/changes/agent_lost", 1),
        ("/changes/customer_vanished", 1),
        ("/problems/standing", 2),
    ] {
        assert_eq!(shown.pointer(name).unwrap(), count, "{name}: {shown}");
    }
}

#[test]
fn the_page_says_the_worst_first_and_tells_new_problems_from_standing_ones() {
    let server = Server::failing("refuse=77;429=0@4");
    let work = office(&server);
    eventful(&work);

    let html = page(&work, "");

    let mut rest = html.as_str();
    for piece in [
        "1 opt-out not delivered</h1>",
        "default at http://127.0.0.1",
        "3.csv, written just now, 1 more row than the last one",
        ">To do</h2>",
        "See to opt-outs that were not delivered</strong>, row 7",
        "New: ",
        "1 rejected row</b> (and 1 that stood before): <b>phone</b>: a US number has 10 digits",
        "Standing since earlier runs: ",
        "1 held record</b>: the API has refused just this before",
        ">Compliance</h2>",
        "people ask not to be contacted, and the API does not know. See row 7.",
        "Agents of record</h3>",
        "<th scope=\"row\">1234567</th><td class=\"number\">1</td>",
        "Policies ended",
        "Customers created",
        ">The books</h2>",
        "<title id=\"bar-rows-title\">Rows</title>",
        "<desc id=\"bar-rows-desc\">4 staged, 2 rejected</desc>",
        ">What did not arrive, by reason</h2>",
        "rows 6, 7",
        ">What changed</h2>",
        "3.csv, row 3",
        "2.csv, row 4 (run 2)",
        "Active</td><td data-label=\"Now\">Terminated",
        ">Beside the last 2 runs</h2>",
        ">Held back</h2>",
        "record.refused",
        "0 days, since ",
        ">Requests over time</h2>",
        ">Evidence</h2>",
        "SHA-256 ",
        "Who did what with this run",
    ] {
        let at = rest.find(piece);
        assert!(at.is_some(), "no {piece} from here on:\n{rest}");
        rest = &rest[at.unwrap() + piece.len()..];
    }
}

#[test]
fn a_night_without_trouble_is_said_to_be_well() {
    let server = Server::new();
    let work = office(&server);
    write(&work, "1.csv", &[ANA]);
    night(&work, "1.csv", 0);

    let html = page(&work, "1");

    for piece in [
        "All is well: every row is accounted for",
        "Nothing. Every row is accounted for.",
        "Nothing is held back.",
        "the API never asked to wait (429)",
        "There is no earlier whole run",
        "kept until the next run of this mapping is over",
    ] {
        assert!(html.contains(piece), "no {piece} in {html}");
    }
}

/// The page of a rehearsal of two records of which one was sent; the flags lead to its journal.
fn page_of_a_sample(flags: &str) -> String {
    let server = Server::new();
    let work = office(&server);
    let other = Client {
        id: 2,
        policy: "P2",
        ..ANA
    };
    write(&work, "1.csv", &[ANA, other]);
    work.run(&format!(
        "sync 1.csv --mapping map.toml --batch-size 1 --limit 1 {flags}"
    ))
    .expect(0);
    page(&work, flags)
}

#[test]
fn a_run_that_is_not_over_says_how_to_go_on() {
    let html = page_of_a_sample("--sandbox");

    assert!(
        html.contains("A sample was sent; the rest waits: 1 record still to be sent"),
        "{html}"
    );
    assert!(html.contains("<code>aca-sync resume 1 --sandbox</code>"));
}

#[test]
fn a_journal_that_was_named_by_its_path_is_not_on_the_page() {
    let html = page_of_a_sample("--sandbox --journal secret-folder/journal.db");

    assert!(html.contains("<code>aca-sync resume 1 --sandbox</code>"));
    assert!(!html.contains("secret-folder"), "{html}");
}

#[test]
fn rows_that_came_back_corrected_are_nothing_to_do_any_more() {
    let server = Server::new();
    let work = office(&server);
    let bad = |id, policy| Client {
        id,
        policy,
        phone: "12",
        ..ANA
    };
    write(&work, "1.csv", &[ANA, bad(2, "P2"), bad(3, "P3")]);
    night(&work, "1.csv", 3);
    let before = page(&work, "1");
    work.run("results 1 --out fix").expect(0);
    let failed = work.read("fix/failed.csv");
    let corrected = failed.replacen(",12,", ",3055550123,", 1);
    assert_ne!(corrected, failed, "{failed}");
    work.write("fix/failed.csv", corrected);
    work.run("sync fix/failed.csv --mapping map.toml --allow max_rejected")
        .expect(3);

    let after = page(&work, "1");

    assert!(!before.contains("came back corrected since"), "{before}");
    assert!(
        after.contains("1 rejected row came back corrected since, in run 2."),
        "{after}"
    );
    // The books stay as they were, and the other one is still to do.
    assert_eq!(
        figures(&after)["rows.rejected"],
        figures(&before)["rows.rejected"]
    );
    let to_do = |html: &str| section(html, "to-do");
    assert!(to_do(&before).contains("<b>2 rejected rows</b>"));
    assert!(to_do(&after).contains("<b>1 rejected row</b>"), "{after}");
    let good = |id, policy| Client { id, policy, ..ANA };
    write(&work, "2.csv", &[ANA, good(2, "P2"), good(3, "P3")]);
    night(&work, "2.csv", 0);
    let end = page(&work, "1");
    assert!(
        to_do(&end).contains("Nothing. Every row is accounted for."),
        "{end}"
    );
}

/// A section of the page, by the id of its heading.
fn section(html: &str, id: &str) -> String {
    let (_, from) = html
        .split_once(&format!("aria-labelledby=\"{id}\""))
        .unwrap();
    from.split("</section>").next().unwrap().to_owned()
}

#[test]
fn guards_that_were_let_pass_and_who_ran_it_are_on_the_page_and_no_path_is() {
    let server = Server::new();
    let work = office(&server).with("USER", "olivia");
    let mapping = fs::read_to_string(work.path("map.toml")).unwrap();
    work.write(
        "map.toml",
        mapping.replace("[guard]", "[guard]\nmin_rows = 5"),
    );
    write(&work, "1.csv", &[ANA]);
    night(&work, "1.csv --allow min_rows --archive-to kept/in/here", 0);
    page(&work, "");

    let html = page(&work, "");

    assert!(
        html.contains("<li>the guard min_rows was let pass: "),
        "{html}"
    );
    assert!(html.contains("olivia at "));
    assert!(
        html.contains("<code>report</code>"),
        "the first is on record"
    );
    assert!(!html.contains("kept/in"), "{html}");
}

#[test]
fn the_page_needs_nothing_beside_itself_and_runs_nothing() {
    let server = Server::failing("refuse=77");
    let work = office(&server);
    eventful(&work);

    let html = page(&work, "");

    for word in [
        "<script",
        "src=",
        "url(",
        "@import",
        "<iframe",
        "onload",
        "href=\"http",
    ] {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    assert!(html.contains("default-src 'none'; style-src 'unsafe-inline'"));
    for rule in ["prefers-color-scheme: dark", "@media print"] {
        assert!(html.contains(rule), "{rule}");
    }
    // Whoever cannot see a picture has its title and a table.
    assert_eq!(
        html.matches("<svg").count(),
        html.matches("<svg class=").count()
    );
    assert_eq!(
        html.matches("<svg").count(),
        html.matches("<desc id=").count()
    );
    assert!(html.matches("<table").count() >= html.matches("<svg").count());
}

#[test]
fn no_cell_of_a_file_and_no_word_of_the_api_about_a_person_is_on_the_page() {
    let server = Server::failing("fail=every:7;refuse=id-3;missing@5");
    let work = Workdir::against(&server);
    export(&work, 40);
    work.run(
        "sync clients.csv --mapping map.toml --batch-size 10 --resend-after 0s --give-up-after 0s",
    )
    .expect(3);

    let html = page(&work, "");

    let hashes = Regex::new("[0-9a-f]{64}").unwrap();
    assert_eq!(hashes.find_iter(&html).count(), 2);
    expect_no_canary(&hashes.replace_all(&html, ""), "report");
}

#[test]
fn the_page_is_its_owner_s_alone_replaces_nothing_and_is_on_record() {
    use std::os::unix::fs::PermissionsExt;

    let server = Server::new();
    let work = office(&server);
    work.run("report --out page.html")
        .expect(64)
        .complains(&["no journal"]);
    write(&work, "1.csv", &[ANA]);
    night(&work, "1.csv", 0);

    let told = work.run("report --out page.html --json").expect(0).json();
    let before = fs::read(work.path("page.html")).unwrap();
    work.run("report --out page.html").expect(64).complains(&[
        "page.html: the file is there already",
        "hint: name a new one",
    ]);
    work.run("report 7 --out other.html")
        .expect(64)
        .complains(&["there is no run 7"]);

    assert_eq!(told["file"], "page.html");
    assert_eq!(told["run"], "1");
    assert_eq!(told["on_record"], true);
    assert_eq!(told["bytes"], before.len());
    assert_eq!(fs::read(work.path("page.html")).unwrap(), before);
    assert!(!work.path("other.html").exists());
    let mode = fs::metadata(work.path("page.html")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn what_is_acknowledged_is_nothing_to_do_and_its_reason_stays_here() {
    let server = Server::failing("refuse=77;429=0@4");
    let work = office(&server).with("USER", "olivia");
    eventful(&work);
    let ack = ["ack", "record.refused", "--because", "Mrs. Qzcanary called"];
    let done = work.command("").args(ack).output().unwrap();
    assert!(done.status.success(), "{done:?}");

    let html = page(&work, "");
    let shown = work.run("show --json").expect(0).json();

    let figures = figures(&html);
    assert_eq!(figures["problems.acknowledged"], ["1"]);
    assert_eq!(shown["problems"]["acknowledged"], 1);
    assert!(!html.contains("Qzcanary"), "{html}");
    let mut rest = html.as_str();
    for piece in [
        "Acknowledged, and nothing to do: ",
        ">Held back</h2>",
        "record.refused",
        "acknowledged</td>",
        "Acknowledged</h3>",
        "<code>record.refused</code>",
        "olivia",
        "0 days",
        "for good",
    ] {
        let at = rest.find(piece);
        assert!(at.is_some(), "no {piece} from here on:\n{rest}");
        rest = &rest[at.unwrap() + piece.len()..];
    }
}
