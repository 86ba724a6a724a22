//! From night to night: what goes first, what is held, what is new, and how much is said of it.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use serde_json::{Value, json};

use crate::support::{Server, Workdir, balanced};

pub(crate) const MAPPING: &str = r#"
version = 1
name = "nights"
target = "sync-aca"

[guard]
own_npns = ["1234567", "7654321"]

[record]
key = ["healthSherpaCustomerId"]

[fields]
healthSherpaCustomerId = "id"
externalId = "id"
firstName = "first"
lastName = { value = "Lee" }
phoneNumber = "phone"
postalCode = { value = "33101" }
doNotCall = "dnc"

[policy]
healthSherpaPolicyId = "policy"
status = "status"
effectiveDate = "since"
aorNpn = "npn"
"#;

/// A client of a night's file.
#[derive(Clone, Copy)]
pub(crate) struct Client<'c> {
    pub(crate) id: u32,
    pub(crate) first: &'c str,
    pub(crate) phone: &'c str,
    pub(crate) dnc: &'c str,
    pub(crate) policy: &'c str,
    pub(crate) status: &'c str,
    pub(crate) since: &'c str,
    pub(crate) npn: &'c str,
}

pub(crate) const ANA: Client<'_> = Client {
    id: 1,
    first: "Ana",
    phone: "(305) 555-0123",
    dnc: "",
    policy: "P1",
    status: "Active",
    since: "2026-01-01",
    npn: "1234567",
};

/// As many clients, each with a policy of its own.
pub(crate) fn clients(count: u32) -> Vec<(Client<'static>, String)> {
    (1..=count)
        .map(|id| (Client { id, ..ANA }, format!("P{id}")))
        .collect()
}

pub(crate) fn write(work: &Workdir, name: &str, clients: &[Client<'_>]) {
    let lines = clients.iter().map(|client| {
        let Client {
            id,
            first,
            phone,
            dnc,
            policy,
            status,
            since,
            npn,
        } = client;
        format!("{id},{first},{phone},{dnc},{policy},{status},{since},{npn}\n")
    });
    let lines: String = lines.collect();
    work.write(
        name,
        format!("id,first,phone,dnc,policy,status,since,npn\n{lines}"),
    );
}

pub(crate) fn write_many(work: &Workdir, name: &str, clients: &[(Client<'_>, String)]) {
    let clients: Vec<Client<'_>> = (clients.iter())
        .map(|(client, policy)| Client { policy, ..*client })
        .collect();
    write(work, name, &clients);
}

pub(crate) fn office(server: &Server) -> Workdir {
    let work = Workdir::against(server);
    work.write("map.toml", MAPPING);
    work
}

/// A night with that file; its JSON.
pub(crate) fn night(work: &Workdir, line: &str, exit: i32) -> Value {
    let line = format!("sync {line} --mapping map.toml --json");
    let json = work.run(&line).expect(exit).json();
    balanced(&json);
    json
}

pub(crate) fn states(json: &Value, names: &[&str]) -> Vec<u64> {
    let records = &json["records"];
    names
        .iter()
        .map(|name| records[*name].as_u64().unwrap())
        .collect()
}

#[test]
fn opt_outs_leave_in_the_first_request() {
    let server = Server::new();
    let work = office(&server);
    let mut book = clients(60);
    for place in [40, 59] {
        book[place].0.dnc = "yes";
    }
    write_many(&work, "book.csv", &book);

    let json = night(&work, "book.csv --batch-size 10 --concurrency 1", 0);

    let order: Vec<u64> = server
        .customers()
        .iter()
        .map(|customer| {
            let id = customer["healthSherpaCustomerId"].as_str().unwrap();
            id.parse().unwrap()
        })
        .collect();
    let place = |id: u64| order.iter().position(|other| *other == id).unwrap();
    assert!(place(41) < 10 && place(60) < 10, "{order:?}");
    assert_eq!(order.len(), 60, "and everybody once");
    let delivered = json!({ "delivered": 2, "pending": 0, "undelivered": 0 });
    assert_eq!(json["opt_outs"], delivered);
    assert_eq!(json["requests"]["sent"], 6);
}

#[test]
fn an_opt_out_that_is_still_not_delivered_is_told_in_a_quiet_night_too() {
    let server = Server::new();
    let work = office(&server);
    work.write("aca-sync.toml", "[exit]\nstanding = 0\n");
    let rejected = Client {
        id: 2,
        dnc: "yes",
        phone: "12",
        policy: "P2",
        ..ANA
    };
    write(&work, "1.csv", &[ANA, rejected]);
    night(&work, "1.csv", 3);
    let anna = Client {
        first: "Anna",
        ..ANA
    };
    write(&work, "2.csv", &[anna, rejected]);

    let quiet = work.run("sync 2.csv --mapping map.toml --quiet").expect(0);

    let last = quiet.stdout.lines().last().unwrap();
    assert!(last.contains("UNDELIVERED OPT-OUTS: 1 person"), "{last}");
}

#[test]
fn an_opt_out_that_is_not_delivered_is_the_last_line_until_it_is() {
    let server = Server::new();
    let work = office(&server);
    let opting = |id| Client {
        id,
        dnc: "yes",
        ..ANA
    };
    let rejected = Client {
        phone: "12",
        policy: "P2",
        ..opting(2)
    };
    let held = Client {
        policy: "",
        ..opting(3)
    };
    write(&work, "1.csv", &[ANA, rejected, held]);
    let first = work.run("sync 1.csv --mapping map.toml").expect(3);
    let told = night(&work, "1.csv", 0);
    let mended = Client {
        phone: ANA.phone,
        ..rejected
    };
    let with_policy = Client {
        policy: "P3",
        ..held
    };
    write(&work, "2.csv", &[ANA, mended, with_policy]);
    let second = night(&work, "2.csv", 0);
    write(
        &work,
        "3.csv",
        &[
            Client {
                first: "Anna",
                ..ANA
            },
            rejected,
            held,
        ],
    );
    let third = night(&work, "3.csv", 3);

    let last = first.stdout.lines().last().unwrap();
    assert_eq!(
        last,
        "  UNDELIVERED OPT-OUTS: 2 people ask not to be contacted, and the API does not know: rows 3, 4"
    );
    assert_eq!(told["exit"], 0, "nothing to do");
    assert_eq!(second["opt_outs"]["delivered"], 2);
    assert_eq!(second["opt_outs"]["undelivered"], 0);
    let first = work.run("show 1 --json").expect(0).json();
    assert_eq!(
        first["opt_outs"]["undelivered"], 0,
        "a later night delivered them"
    );
    assert_eq!(server.customer("2").unwrap()["doNotCall"], true);
    assert_eq!(
        third["opt_outs"]["undelivered"], 0,
        "the API knows them since last night"
    );
}

#[test]
fn an_opt_out_that_no_later_file_brings_is_not_delivered_with_its_customer() {
    let server = Server::new();
    let work = office(&server);
    let rejected = Client {
        id: 2,
        policy: "P2",
        phone: "12",
        dnc: "yes",
        ..ANA
    };
    write(&work, "1.csv", &[ANA, rejected]);
    night(&work, "1.csv", 3);
    let mended = Client {
        phone: ANA.phone,
        dnc: "",
        ..rejected
    };
    write(&work, "2.csv", &[ANA, mended]);
    night(&work, "2.csv", 0);

    let shown = work.run("show 1 --json").expect(0).json();

    assert_eq!(shown["closed"]["rejected"], 1);
    assert_eq!(shown["opt_outs"]["undelivered"], 1);
    assert!(server.customer("2").unwrap().get("doNotCall").is_none());
}

#[test]
fn an_opt_out_stays_on_when_the_file_forgets_it() {
    let server = Server::new();
    let work = office(&server);
    write(&work, "1.csv", &[Client { dnc: "yes", ..ANA }]);
    night(&work, "1.csv", 0);
    write(&work, "2.csv", &[Client { dnc: "no", ..ANA }]);
    night(&work, "2.csv", 0);
    write(
        &work,
        "3.csv",
        &[Client {
            first: "Anna",
            ..ANA
        }],
    );
    night(&work, "3.csv", 0);

    let held = server.customer("1").unwrap();

    assert_eq!(
        (&held["firstName"], &held["doNotCall"]),
        (&"Anna".into(), &true.into())
    );
}

#[test]
fn whom_the_suppress_list_names_is_not_to_be_called() {
    let server = Server::new();
    let work = office(&server);
    let others = [
        Client {
            id: 2,
            policy: "P2",
            phone: "305-555-0199",
            ..ANA
        },
        Client {
            id: 3,
            policy: "P3",
            ..ANA
        },
    ];
    write(&work, "book.csv", &[ANA, others[0], others[1]]);
    work.write(
        "stop.csv",
        "phone or id,why\n+1 305 555 0199,asked\n3,asked twice\n99,gone\n",
    );

    let checked = work
        .run("check book.csv --mapping map.toml --suppress stop.csv")
        .expect(0);
    let json = night(&work, "book.csv --suppress stop.csv", 0);
    let missing = work
        .run("sync book.csv --mapping map.toml --suppress gone.csv")
        .expect(66);
    let without = night(&work, "book.csv", 0);

    let do_not_call = |id: &str| server.customer(id).unwrap()["doNotCall"].clone();
    assert_eq!(json["opt_outs"]["delivered"], 2);
    assert_eq!(
        [do_not_call("2"), do_not_call("3")],
        [true.into(), Value::Bool(true)]
    );
    assert_eq!(
        without["records"]["succeeded"], 2,
        "another list is another run, and what stays on is not sent off: {without}"
    );
    assert!(
        checked
            .stdout
            .contains("do-not-call added\n          2  on the suppress list"),
        "{}",
        checked.stdout
    );
    missing.complains(&[
        "gone.csv: the suppress list cannot be read",
        "people could be called",
    ]);
}

#[test]
fn what_succeeded_long_ago_is_sent_again_where_the_mapping_says_so() {
    let server = Server::new();
    let work = office(&server);
    let book = |name: &str, first| {
        let bo = Client {
            id: 2,
            policy: "P2",
            first,
            ..ANA
        };
        write(&work, name, &[ANA, bo]);
    };
    book("1.csv", "Bo");
    night(&work, "1.csv", 0);
    book("2.csv", "Bob");
    let plain = night(&work, "2.csv", 0);
    let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let age = "UPDATE known SET succeeded_at = succeeded_at - 31 * 86400000";
    journal.execute(age, []).unwrap();
    let refreshed = MAPPING.replace("[record]\n", "[record]\nrefresh = \"30d\"\n");
    work.write("map.toml", refreshed);
    book("3.csv", "Bobby");

    let json = night(&work, "3.csv", 0);

    assert_eq!(states(&plain, &["succeeded", "unchanged"]), [1, 1]);
    assert_eq!(states(&json, &["succeeded", "unchanged"]), [2, 0]);
}

#[test]
fn a_good_night_is_one_line_where_nobody_watches_and_a_bad_one_is_at_most_fifteen() {
    let server = Server::new();
    let work = office(&server).with("ACA_SYNC_SUMMARY", "auto");
    write(&work, "1.csv", &[ANA]);
    let good = work.run("sync 1.csv --mapping map.toml").expect(0);
    let bad = |id, phone, dnc| Client {
        id,
        phone,
        dnc,
        ..ANA
    };
    let mut book = vec![Client {
        first: "Anna",
        npn: "9",
        ..ANA
    }];
    book.extend([
        bad(2, "12", "yes"),
        bad(3, "305555012", "yes"),
        bad(4, "x", ""),
        bad(5, "3055550123 or 3055550124", ""),
        bad(6, "", ""),
    ]);
    write(&work, "2.csv", &book);
    let loud = work.run("sync 2.csv --mapping map.toml").expect(3);
    write(
        &work,
        "3.csv",
        &[Client {
            first: "Anne",
            ..ANA
        }],
    );
    let full = work
        .run("sync 3.csv --mapping map.toml --summary full")
        .expect(0);

    assert_eq!(
        good.stdout,
        "run 1 finished: every row is accounted for; 1 row, 1 delivered in 1 request, 0 unchanged\n"
    );
    let lines: Vec<&str> = loud.stdout.lines().collect();
    assert!(lines.len() <= 15, "{}", loud.stdout);
    assert!(
        lines[lines.len() - 2].starts_with("  next      exit 3: `aca-sync show 2`"),
        "{}",
        loud.stdout
    );
    assert!(
        lines
            .last()
            .unwrap()
            .contains("UNDELIVERED OPT-OUTS: 2 people"),
        "{}",
        loud.stdout
    );
    assert!(full.stdout.lines().count() > 5, "{}", full.stdout);
}
