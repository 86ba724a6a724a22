//! What stays wrong from night to night: held instead of sent again, and told apart from what is new.

use serde_json::Value;

use crate::{
    nights::{ANA, Client, night, office, states, write},
    support::{Server, Workdir},
};

#[test]
fn a_body_that_the_api_refused_is_held_until_it_changes_or_all_is_asked_for() {
    let server = Server::failing("refuse=77");
    let work = office(&server);
    let bad = Client {
        id: 77,
        policy: "P77",
        ..ANA
    };
    let book = |name: &str, first, bad| write(&work, name, &[Client { first, ..ANA }, bad]);
    book("1.csv", "Ana", bad);
    let first = night(&work, "1.csv", 3);
    book("2.csv", "Anna", bad);
    let second = night(&work, "2.csv", 3);
    let shown = work.run("show --json").expect(0).json();
    book("3.csv", "Anne", Client { first: "Cy", ..bad });
    let third = night(&work, "3.csv", 3);
    book("4.csv", "Ann", bad);
    let full = night(&work, "4.csv --full", 3);

    assert_eq!(states(&first, &["succeeded", "failed", "held"]), [1, 1, 0]);
    assert_eq!(states(&second, &["succeeded", "failed", "held"]), [1, 0, 1]);
    assert_eq!(second["forecast"]["held_as_refused"], 1);
    assert_eq!(second["requests_saved"], 1);
    assert_eq!(second["requests"]["sent"], 1);
    assert_eq!(shown["findings"]["held"][0]["code"], "record.refused");
    assert_eq!(states(&third, &["failed", "held"]), [1, 0], "another body");
    assert_eq!(
        states(&full, &["failed", "held"]),
        [1, 0],
        "all was asked for"
    );
}

#[test]
fn an_error_inside_an_answer_counts_as_one_for_good_after_two_runs() {
    let server = Server::failing("fail=77");
    let work = office(&server);
    let bad = Client {
        id: 77,
        policy: "P77",
        ..ANA
    };
    let failed = ["Ana", "Anna", "Anne"].map(|first| {
        let name = format!("{first}.csv");
        write(&work, &name, &[Client { first, ..ANA }, bad]);
        states(&night(&work, &name, 3), &["failed", "held"])
    });

    assert_eq!(failed, [[1, 0], [1, 0], [0, 1]]);
}

#[test]
fn what_was_wrong_last_night_is_told_apart_from_what_is_new() {
    let server = Server::new();
    let work = office(&server);
    let bad = |id| Client {
        id,
        phone: "12",
        ..ANA
    };
    let book = |name: &str, bad: &[Client<'_>], first| {
        let mut book = vec![Client { first, ..ANA }];
        book.extend(bad);
        write(&work, name, &book);
    };
    book("1.csv", &[bad(2), bad(3)], "Ana");
    let first = night(&work, "1.csv", 3);
    book("2.csv", &[bad(3), bad(2)], "Anna");
    let second = night(&work, "2.csv", 3);
    book("3.csv", &[bad(2), bad(4)], "Anne");
    let third = work.run("sync 3.csv --mapping map.toml").expect(3);
    book("4.csv", &[bad(3), bad(4)], "Ann");
    let fourth = night(&work, "4.csv", 3);

    let problems = |json: &Value| {
        let problems = &json["problems"];
        [&problems["new"], &problems["standing"]].map(|count| count.as_u64().unwrap())
    };
    assert_eq!(problems(&first), [2, 0]);
    assert_eq!(problems(&second), [0, 2], "in another order");
    assert!(
        third.stdout.contains(
            "\n  problems  1 new, 1 standing, the oldest since today: 2 rows rejected (1 new)\n"
        ),
        "{}",
        third.stdout
    );
    assert!(
        third
            .stdout
            .contains("  to fix    2 rejected, 1 new: phone: "),
        "{}",
        third.stdout
    );
    assert_eq!(
        problems(&fourth),
        [1, 1],
        "what was mended and is back is new"
    );
}

#[test]
fn only_new_problems_alarm_where_the_configuration_says_so() {
    let server = Server::new();
    let work = office(&server);
    work.write("aca-sync.toml", "[exit]\nstanding = 0\n");
    let bad = |id| Client {
        id,
        phone: "12",
        ..ANA
    };
    write(&work, "1.csv", &[ANA, bad(2)]);
    night(&work, "1.csv", 3);
    write(
        &work,
        "2.csv",
        &[
            Client {
                first: "Anna",
                ..ANA
            },
            bad(2),
        ],
    );
    let standing = work.run("sync 2.csv --mapping map.toml").expect(0);
    write(
        &work,
        "3.csv",
        &[
            Client {
                first: "Anne",
                ..ANA
            },
            bad(2),
            bad(3),
        ],
    );
    night(&work, "3.csv", 3);

    assert!(
        standing
            .stdout
            .starts_with("run 2 finished: nothing is wrong that was not before\n"),
        "{}",
        standing.stdout
    );
    assert!(
        standing
            .stdout
            .contains("exit 0: nothing new; `aca-sync show 2` lists what stands"),
        "{}",
        standing.stdout
    );
}

#[test]
fn what_somebody_has_looked_at_alarms_nobody_until_its_day_is_over() {
    let server = Server::failing("fail=77");
    let work = office(&server);
    let problems = |json: &Value| {
        let problems = &json["problems"];
        ["new", "standing", "acknowledged"].map(|name| problems[name].as_u64().unwrap())
    };
    let bad_night = |name: &str, exit| {
        let bad = Client {
            id: 2,
            phone: "12",
            ..ANA
        };
        let failing = Client {
            id: 77,
            policy: "P77",
            first: name,
            ..ANA
        };
        write(&work, name, &[ANA, bad, failing]);
        problems(&night(&work, name, exit))
    };
    let first = bad_night("1.csv", 3);
    let nothing = work.run("ack phone.foreign --because looked").expect(64);
    let listed = work
        .run("ack phone.too_few_digits --because rang-them --until 2999-12-31")
        .expect(0);
    let second = bad_night("2.csv", 3);
    work.run("ack 77 --because known").expect(0);
    let third = bad_night("3.csv", 0);
    let shown = work.run("show").expect(0).stdout;
    let past = work
        .run("ack phone.too_few_digits --because over --until 2020-01-01")
        .expect(64);
    end_the_day(&work, "phone.too_few_digits");
    let fourth = bad_night("4.csv", 3);
    work.run("ack 77 --withdraw").expect(0);
    let twice = work.run("ack 77 --withdraw").expect(64);
    let fifth = bad_night("5.csv", 3);

    assert_eq!(first, [2, 0, 0]);
    nothing.complains(&["run 1 has no problem of that code", "`aca-sync show 1`"]);
    assert!(
        listed
            .stdout
            .starts_with("acknowledged\n  phone.too_few_digits       rang-them (by "),
        "{}",
        listed.stdout
    );
    assert_eq!(second, [0, 1, 1], "the one that failed");
    assert_eq!(third, [0, 0, 2]);
    assert!(
        shown.contains("  problems  0 new, 0 standing, 2 acknowledged: 1 row rejected, 1 failed\n"),
        "{shown}"
    );
    past.complains(&["--until 2020-01-01: that day is over", "hint: name a day"]);
    assert_eq!(fourth, [0, 1, 1], "its day is over");
    twice.complains(&["no customer of that id"]);
    assert_eq!(fifth, [0, 2, 0]);
}

/// What was acknowledged of a code until some day counts until a day that is over.
fn end_the_day(work: &Workdir, code: &str) {
    let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let sql = "UPDATE acknowledgements SET until = 1 WHERE code = ?1 AND until IS NOT NULL";
    assert_eq!(journal.execute(sql, [code]).unwrap(), 1);
}

#[test]
fn each_part_of_a_customer_is_a_problem_of_its_own() {
    let server = Server::failing("fail=77");
    let work = office(&server);
    let policies: Vec<String> = (1..=11).map(|number| format!("Q{number}")).collect();
    let mut rows = vec![ANA];
    rows.extend(policies.iter().map(|policy| Client {
        id: 77,
        first: "Cy",
        policy,
        ..ANA
    }));
    write(&work, "1.csv", &rows);

    let told = night(&work, "1.csv", 3);
    work.run("report --out page.html").expect(0);

    assert_eq!(states(&told, &["succeeded", "failed"]), [1, 2], "{told}");
    assert_eq!(told["problems"]["new"], 2);
    let page = work.read("page.html");
    assert!(
        page.contains("2 to look at, 2 of them new") && !page.contains("since then some"),
        "{page}"
    );
}
