//! The operations whose request is one record: customers and policies updated by the API's ids, policies
//! created, and ids looked up that a file does not hold. The sandbox's store is the witness.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::{fmt::Write as _, thread};

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, death::Fate};

/// A server that holds so many customers with a policy each, and a folder with the shipped mappings.
fn served(faults: &str, customers: u64) -> (Server, Workdir) {
    let server = Server::with(|options| {
        if !faults.is_empty() {
            options.faults = faults.parse().unwrap();
        }
    });
    let work = Workdir::against(&server);
    work.export("clients.csv", customers);
    work.run("sync clients.csv --mapping map.toml").expect(0);
    for name in ["update-customer", "create-policy", "update-policy"] {
        work.write(
            &format!("{name}.toml"),
            std::fs::read(format!("mappings/{name}.toml")).unwrap(),
        );
    }
    (server, work)
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

/// Policies of customers that are no others' at the same time, as (customer, policy).
fn policies(server: &Server) -> Vec<(String, String)> {
    let customers = server.customers();
    let pairs = customers.iter().flat_map(|customer| {
        let policies = customer["policies"].as_array().unwrap().iter();
        policies.map(|policy| {
            (
                text(customer, "id").to_owned(),
                text(policy, "id").to_owned(),
            )
        })
    });
    pairs.collect()
}

fn count(books: &Value, state: &str) -> u64 {
    books["records"][state].as_u64().unwrap()
}

#[test]
fn of_500_policy_updates_those_with_a_bad_id_fail_alone() {
    let (server, work) = served("", 500);
    let mut rows = "customer_id,policy_id,status,termination_date,monthly_premium\n".to_owned();
    let pairs = policies(&server);
    assert!(pairs.len() >= 500);
    for (number, (customer, policy)) in pairs.iter().take(500).enumerate() {
        let policy = match number % 25 {
            // Half of the bad ids are no ids, the others are nobody's.
            7 if number < 250 => format!("P-{number}"),
            7 => format!("00000000-0000-4000-9000-ffffff{number:06}"),
            _ => policy.clone(),
        };
        let _ = writeln!(
            rows,
            "{customer},{policy},Terminated,12/31/2026,\"$1,0{:02}.50\"",
            number % 100
        );
    }
    work.write("updates.csv", rows);
    let before = server.tally();

    let books = work
        .run("sync updates.csv --mapping update-policy.toml --json")
        .expect(3)
        .json();

    assert_eq!(balanced(&books)["rows"]["rejected"], 10);
    assert_eq!(
        (count(&books, "succeeded"), count(&books, "failed")),
        (480, 10)
    );
    let tally = server.tally();
    assert_eq!(tally.requests - before.requests, 490);
    assert_eq!(tally.policies_updated - before.policies_updated, 480);
    assert_eq!(tally.policies_created, before.policies_created);
    let changed = |policy: &&Value| policy["terminationDate"] == "2026-12-31";
    let customers = server.customers();
    let held: Vec<&Value> = customers
        .iter()
        .flat_map(|customer| customer["policies"].as_array().unwrap())
        .filter(changed)
        .collect();
    assert_eq!(held.len(), 480);
    assert!(held.iter().all(|policy| policy["status"] == "Terminated"));
    assert!(
        held[0]["monthlyPremium"]
            .as_str()
            .unwrap()
            .starts_with("10")
    );
    let shown = work.run("show").expect(0).stdout;
    for code in ["NOT_FOUND", "uuid.unreadable"] {
        assert!(shown.contains(code), "{shown}");
    }

    // What has succeeded is not sent again, what was refused for good neither.
    work.write(
        "again.csv",
        std::fs::read_to_string(work.path("updates.csv")).unwrap() + "\n",
    );
    let again = work
        .run("sync again.csv --mapping update-policy.toml --json")
        .expect(3)
        .json();
    assert_eq!(count(&again, "unchanged"), 480);
    assert_eq!(server.tally().policies_updated, tally.policies_updated);
}

#[test]
fn an_update_is_repeated_until_it_is_answered_and_changes_nothing_twice() {
    for fault in [
        "applied-reset@2",
        "500@2",
        "429=0@2",
        "garbage@2",
        "truncate@2",
    ] {
        // The first request is that of the sync.
        let (server, work) = served(fault, 3);
        let mut rows = "customer_id,first_name,phone,dnc\n".to_owned();
        for customer in server.customers() {
            let _ = writeln!(rows, "{},Renamed,305-555-0142,no", text(&customer, "id"));
        }
        work.write("updates.csv", rows);

        let books = work
            .run("sync updates.csv --mapping update-customer.toml --resend-after 0s --json")
            .expect(0)
            .json();

        assert_eq!(count(&books, "succeeded"), 3, "{fault}");
        for customer in server.customers() {
            assert_eq!(customer["firstName"], "Renamed");
            assert_eq!(customer["phoneNumber"], "+13055550142");
            assert_eq!(customer["doNotCall"], Value::Null, "{fault}");
        }
        assert_eq!(server.tally().customers, 3);
    }
}

/// New policies for the customers of a server, as a file for `create-policy.toml`.
fn new_policies(server: &Server, with_ids: bool) -> String {
    let mut rows =
        "customer_id,policy_type,carrier,plan_code,effective_date,carrier_policy_id,monthly_premium\n"
            .to_owned();
    for (number, customer) in server.customers().iter().enumerate() {
        let id = if with_ids {
            format!("NEW-{number}")
        } else {
            String::new()
        };
        let _ = writeln!(
            rows,
            "{},MAPD,UHC,h12340{:02}000,1/1/2027,{id},12.50",
            text(customer, "id"),
            number % 100
        );
    }
    rows
}

/// Every policy that the dump holds of the created kind, by customer.
fn created(server: &Server) -> Vec<usize> {
    let customers = server.customers();
    let of = |customer: &Value| {
        let policies = customer["policies"].as_array().unwrap().iter();
        policies
            .filter(|policy| policy["policyType"] == "MAPD")
            .inspect(|policy| {
                assert_eq!(policy["carrierName"], "UnitedHealthcare");
                assert_eq!(policy["applied"], 1);
                assert_eq!(text(policy, "planCode").len(), 13);
            })
            .count()
    };
    customers.iter().map(of).collect()
}

#[test]
fn a_policy_that_got_no_answer_is_read_back_and_never_made_twice() {
    for with_ids in [true, false] {
        let faults =
            "applied-reset@3,9,17,25,33;reset@5;applied-500@7;garbage@11;truncate@13;missing@15";
        let (server, work) = served(faults, 40);
        work.write("new.csv", new_policies(&server, with_ids));

        let books = work
            .run("sync new.csv --mapping create-policy.toml --resend-after 0s --concurrency 3 --json")
            .expect(0)
            .json();

        balanced(&books);
        assert_eq!(count(&books, "succeeded"), 40);
        assert_eq!(created(&server), vec![1; 40], "with ids: {with_ids}");
        assert!(server.tally().reads >= 9);

        // The same rows again make nothing, not even when all is to be sent.
        for all in ["", " --full"] {
            work.write(
                "new.csv",
                new_policies(&server, with_ids) + &"\n".repeat(1 + all.len()),
            );
            let again = work
                .run(&format!(
                    "sync new.csv --mapping create-policy.toml --json{all}"
                ))
                .expect(0)
                .json();
            assert_eq!(count(&again, "unchanged"), 40, "{all}");
        }
        assert_eq!(created(&server), vec![1; 40]);
    }
}

#[test]
fn a_policy_that_is_there_is_held_instead_of_made_again() {
    let (server, work) = served("", 5);
    let customers = server.customers();
    let known = |number: usize| text(&customers[number]["policies"][0], "healthSherpaPolicyId");
    let mut rows =
        "customer_id,policy_type,carrier,plan_code,effective_date,healthsherpa_policy_id,status\n"
            .to_owned();
    for (number, id) in [(0, known(0)), (1, "of-its-own")] {
        let _ = writeln!(
            rows,
            "{},Dental,Humana,D1,1/1/2027,{id},Active",
            text(&customers[number], "id")
        );
    }
    work.write("new.csv", &rows);

    let books = work
        .run("sync new.csv --mapping create-policy.toml --json")
        .expect(3)
        .json();

    assert_eq!((count(&books, "succeeded"), count(&books, "held")), (1, 1));
    assert!(work.run("show").expect(0).stdout.contains("policy.exists"));

    // A row that changed is no new policy.
    work.write("new.csv", rows.replace(",Active", ",Pending"));
    let changed = work
        .run("sync new.csv --mapping create-policy.toml --json")
        .expect(3)
        .json();
    assert_eq!(count(&changed, "held"), 2);
    assert_eq!(server.tally().policies_created, 6);
}

#[test]
fn ids_that_a_file_lacks_are_looked_up_among_what_answers_told() {
    let (server, work) = served("", 20);
    let customers = server.customers();
    let mut rows = "hs_id,hs_policy,policy_status\n".to_owned();
    for customer in &customers {
        let _ = writeln!(
            rows,
            "{},{},Cancelled",
            text(customer, "healthSherpaCustomerId"),
            text(&customer["policies"][0], "healthSherpaPolicyId")
        );
    }
    rows.push_str("nobody,nothing,Cancelled\n");
    work.write("book.csv", rows);
    for (number, customer) in [
        r#"{ lookup = "healthSherpaCustomerId", column = "hs_id" }"#,
        r#"{ lookup = "healthSherpaPolicyId", column = "hs_policy" }"#,
    ]
    .iter()
    .enumerate()
    {
        let mapping = format!(
            "version = 1\nname = \"book-{number}\"\ntarget = \"update-policy\"\n[path]\ncustomer = {customer}\n\
             policy = {{ lookup = \"healthSherpaPolicyId\", column = \"hs_policy\" }}\n\
             [policy]\nstatus = \"policy_status\"\n"
        );
        work.write("book.toml", mapping);

        let checked = work
            .run("check book.csv --mapping book.toml --json")
            .expect(3)
            .json();
        assert_eq!(checked["rows"]["rejected"], 1);
        let books = work
            .run("sync book.csv --mapping book.toml --full --json")
            .expect(3)
            .json();

        assert_eq!(count(&books, "succeeded"), 20, "{customer}");
        assert_eq!(books["rows"]["rejected"], 1);
        let shown = work.run("show").expect(0).stdout;
        assert!(shown.contains("path.unresolved"), "{shown}");
    }
    for customer in server.customers() {
        assert_eq!(customer["policies"][0]["status"], "Cancelled");
    }
}

#[test]
fn a_key_without_the_permission_stops_the_run() {
    let (server, work) = served("403@2", 3);
    work.write("new.csv", new_policies(&server, true));

    work.run("sync new.csv --mapping create-policy.toml --concurrency 1")
        .expect(77);

    assert_eq!(created(&server), vec![0; 3]);
}

#[test]
fn check_holds_plan_codes_against_the_rule_of_their_type() {
    let work = Workdir::new();
    work.write(
        "create-policy.toml",
        std::fs::read("mappings/create-policy.toml").unwrap(),
    );
    let customer = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
    let mut rows = "customer_id,policy_type,carrier,plan_code,effective_date\n".to_owned();
    for (of_type, code) in [
        ("MA", "H1234-001-000"),
        ("MAPD", "H1234002000"),
        ("PDP", "S5601-003-000"),
        ("MS", "Plan G"),
        ("MAPD", "S5601-004-000"),
        ("PDP", "A5601-005-000"),
        ("MA", "H1234-006"),
        ("ACA", "H1234-007-000"),
    ] {
        let _ = writeln!(rows, "{customer},{of_type},Humana,{code},1/1/2027");
    }
    work.write("medicare.csv", rows);

    let done = work
        .run("check medicare.csv --mapping create-policy.toml")
        .expect(3);

    for (code, row) in [
        ("plan_code.medicare", "rows 6, 8"),
        ("plan_code.drug_plan", "row 7"),
        ("plan_code.hios", "row 9"),
    ] {
        assert!(done.stdout.contains(code), "{}", done.stdout);
        assert!(done.stdout.contains(row), "{row}\n{}", done.stdout);
    }
    assert!(!done.stdout.contains("5601-004"), "{}", done.stdout);
}

/// A run is verified by reading its customers back, also where a record is one policy.
#[test]
fn what_was_delivered_one_by_one_is_verified_too() {
    let (server, work) = served("", 4);
    work.write("new.csv", new_policies(&server, true));
    work.run("sync new.csv --mapping create-policy.toml")
        .expect(0);

    let verified = work.run("verify --json").expect(0).json();

    assert_eq!(verified["counts"]["same"], 4, "{verified}");
}

#[test]
fn check_asks_for_carriers_and_never_stops_at_one_that_looks_unknown() {
    let (server, work) = served("", 3);
    let rows = new_policies(&server, true);
    let rows = rows
        .replacen("UHC", "Humanna", 1)
        .replacen("UHC", "BCBS", 1);
    work.write("new.csv", rows);
    let line = "check new.csv --mapping create-policy.toml --online";

    let said = work.run(line).expect(0).stdout;
    let told = work.run(&format!("{line} --json")).expect(0).json();
    let asked = format!("{line} --show-values");
    let shown = work.run(&asked).expect(0).stdout;
    let named = work.run(&format!("{asked} --json")).expect(0).json();

    assert!(said.contains("1 of 3 names look unknown"), "{said}");
    assert!(said.contains("a name; did you mean Humana?"), "{said}");
    assert_eq!(told["carriers"]["names"], 3);
    assert_eq!(told["carriers"]["unknown"][0]["nearest"], "Humana");
    // A mapping may have put anything in the place of a name.
    assert!(!told.to_string().contains("Humanna") && !said.contains("Humanna"));
    assert!(shown.contains("Humanna; did you mean Humana?"), "{shown}");
    assert_eq!(named["carriers"]["unknown"][0]["name"], "Humanna");

    // An API without such a list, or none at all, changes nothing.
    let nowhere = work.with_address(&crate::support::server::nowhere());
    let said = nowhere.run(line).expect(0).stdout;
    assert!(said.contains("no list that could be read"), "{said}");
}

/// Whatever was on its way when the program died is read back, not repeated.
#[test]
fn a_kill_at_any_step_makes_no_policy_twice_and_loses_none() {
    const STEPS: [&str; 7] = [
        "claim.written",
        "claim.committed",
        "request.leaving",
        "request.answered",
        "answer.judged",
        "settle.written",
        "settle.committed",
    ];
    thread::scope(|scope| {
        for step in STEPS {
            scope.spawn(move || {
                let (server, work) = served("", 6);
                work.write("new.csv", new_policies(&server, step != "request.answered"));
                let line = "sync new.csv --mapping create-policy.toml --concurrency 2";

                let fate = work.run_to_death(line, &[step]);
                assert!(matches!(&fate, Fate::Died(at) if at == step), "{fate:?}");
                work.run("resume --resend-after 0s").expect(0);

                assert_eq!(created(&server), vec![1; 6], "{step}");
                let shown = work.run("show --json").expect(0).json();
                assert_eq!(count(&shown, "succeeded"), 6, "{step}");
            });
        }
    });
}

#[test]
fn a_draft_is_only_made_where_no_ids_of_the_api_are_needed() {
    let work = Workdir::new();
    work.write("new.csv", "customer_id,status\n1,Active\n");

    let refused = work
        .run("mapping new new.csv --target update-policy")
        .expect(64);

    refused.complains(&["no drafts for update-policy", "mappings/update-policy.toml"]);
}

#[test]
fn who_is_forgotten_is_forgotten_under_every_operation() {
    let (server, work) = served("", 3);
    let customers = server.customers();
    let mut rows = "hs_id,status\n".to_owned();
    for customer in &customers {
        let _ = writeln!(
            rows,
            "{},Inactive",
            text(customer, "healthSherpaCustomerId")
        );
    }
    work.write("book.csv", rows);
    let mapping = "version = 1\nname = \"book\"\ntarget = \"update-customer\"\n[path]\n\
                   customer = { lookup = \"healthSherpaCustomerId\", column = \"hs_id\" }\n\
                   [fields]\nstatus = \"status\"\n";
    work.write("book.toml", mapping);
    work.run("sync book.csv --mapping book.toml").expect(0);

    let id = text(&customers[0], "healthSherpaCustomerId");
    let told = work.run(&format!("forget {id} --json")).expect(0).json();

    assert_eq!(told["records"], 2, "{told}");
    let again = work
        .run("sync book.csv --mapping book.toml --full --json")
        .expect(3)
        .json();
    assert_eq!(again["rows"]["rejected"], 1);
    assert_eq!(count(&again, "succeeded"), 2);
}

#[test]
fn the_fixture_of_each_target_is_read_by_its_mapping() {
    let (_server, work) = served("", 1);
    for (target, staged, code) in [
        ("update-customer", 3, "uuid.unreadable"),
        ("create-policy", 3, "plan_code.medicare"),
        ("update-policy", 2, "uuid.unreadable"),
    ] {
        work.fixture(&format!("targets/{target}.csv"));

        let line = format!("check {target}.csv --mapping {target}.toml --json");
        let checked = work.run(&line).expect(3).json();

        assert_eq!(balanced(&checked)["rows"]["staged"], staged, "{target}");
        assert_eq!(checked["rows"]["rejected"], 1, "{target}");
        assert_eq!(checked["findings"]["rejected"][0]["code"], code);
    }
}

#[test]
fn what_was_sent_one_by_one_is_explained_taken_out_and_reported() {
    let (server, work) = served("", 3);
    let mut rows = "customer_id,policy_id,status,termination_date\n".to_owned();
    for (customer, policy) in policies(&server) {
        let _ = writeln!(rows, "{customer},{policy},Terminated,12/31/2026");
    }
    work.write("ends.csv", rows);
    let mapping = std::fs::read_to_string("mappings/update-policy.toml").unwrap();
    let (rules, _) = mapping.split_once("[[test]]").unwrap();
    let lines = rules
        .lines()
        .filter(|line| !line.starts_with("terminationDate"));
    let without = lines.collect::<Vec<_>>().join("\n");
    work.write("without.toml", without);
    let altered = work
        .run("check ends.csv --mapping update-policy.toml --against without.toml")
        .expect(0);
    work.run("sync ends.csv --mapping update-policy.toml")
        .expect(0);

    let explained = work.run("explain 2 --show-values").expect(0).stdout;
    let taken = work.run("results --out out --json").expect(0).json();
    work.run("report --out report.html").expect(0);

    assert!(
        altered.stdout.contains("terminationDate"),
        "{}",
        altered.stdout
    );
    assert!(
        explained.contains(r#"json     status "Terminated", terminationDate "2026-12-31""#),
        "{explained}"
    );
    assert_eq!(taken["exit"], 0, "{taken}");
    let page = std::fs::read_to_string(work.path("report.html")).unwrap();
    assert!(page.contains("update-policy"), "the mapping's name");
}

#[test]
fn each_update_that_is_not_sent_again_saves_a_request() {
    let (server, work) = served("", 3);
    let mut rows = "customer_id,first_name\n".to_owned();
    for customer in server.customers() {
        let _ = writeln!(rows, "{},Renamed", text(&customer, "id"));
    }
    work.write("updates.csv", &rows);
    work.run("sync updates.csv --mapping update-customer.toml")
        .expect(0);
    work.write("again.csv", rows + "\n");

    let again = work
        .run("sync again.csv --mapping update-customer.toml --json")
        .expect(0)
        .json();

    assert_eq!(count(&again, "unchanged"), 3);
    assert_eq!(again["requests_saved"], 3);
}
