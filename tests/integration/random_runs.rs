//! Nights of any kind: files that change, customers twice and in parts, faults, stops, kills, limits, all
//! through the real client to the sandbox. Whatever happened, the books balance after each command, and once
//! the API is well again everybody is there once, as the newest file says.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aca_sync::{
    client::{Address, ApiKey, Client, ClientOptions, Rate, StopSignal, WallClock},
    contract::Target,
    engine::{self, Destination, Inputs, Pace, SendOptions, StageOptions, Stopped},
    journal::{Error, Journal, RunState},
    mapping::{Guards, Mapping},
    problem::Code,
    record::{RecordId, RunId, State},
    sandbox::{AnswerShape, Faults},
};
use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{KEY, Server, shelf::NOON};

const MAPPING: &str = r#"
version = 1
name = "nights"
target = "sync-aca"
[guard]
older_file = false
[record]
key = ["healthSherpaCustomerId"]
[fields]
firstName = "first"
lastName = "last"
phoneNumber = "phone"
postalCode = "zip"
healthSherpaCustomerId = "id"
externalId = "crm"
[policy]
healthSherpaPolicyId = "policy"
effectiveDate = "effective"
"#;

/// What may go wrong, at a share of the requests. Not 429: its shortest pause is a second, and it is over
/// before anything is settled.
const FAULTS: [&str; 12] = [
    "500",
    "502",
    "503",
    "reset",
    "applied-reset",
    "applied-500",
    "truncate",
    "garbage",
    "missing",
    "fail-unnamed=every:5",
    "refuse-unnamed=every:7",
    "fail=every:6",
];

/// Everything about one case.
#[derive(Debug, Clone)]
struct Plan {
    nights: Vec<Night>,
    /// Answers without `results[]`.
    old_answers: bool,
    /// Customers have ids by which errors name them.
    has_external_ids: bool,
    seed: u64,
}

#[derive(Debug, Clone)]
struct Night {
    /// By customer: what becomes of it in tonight's file.
    changes: BTreeMap<u8, Change>,
    commands: Vec<Command>,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    /// There under one of two names, so that a change may be taken back.
    Named(u8),
    /// There with so many policies, each in a row of its own; more than ten go in parts.
    Policies(u8),
    /// Not in the file.
    Left,
    /// There without an identifier, so that the API cannot match it.
    Nameless,
}

/// One `sync` of tonight's file.
#[derive(Debug, Clone)]
struct Command {
    faults: Vec<(usize, u8)>,
    batch_size: usize,
    concurrency: usize,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    ByItself,
    Limit(u64),
    /// Asked to stop once so many requests were heard.
    Stopped(u64),
    /// Gone, as by `kill -9`, once so many requests were heard.
    Killed(u64),
}

fn plans() -> impl Strategy<Value = Plan> {
    let change = prop_oneof![
        4 => (0u8..2).prop_map(Change::Named),
        2 => (1u8..4).prop_map(Change::Policies),
        1 => (11u8..25).prop_map(Change::Policies),
        1 => Just(Change::Left),
        1 => Just(Change::Nameless),
    ];
    let end = prop_oneof![
        3 => Just(End::ByItself),
        1 => (1u64..12).prop_map(End::Limit),
        1 => (0u64..6).prop_map(End::Stopped),
        2 => (0u64..6).prop_map(End::Killed),
    ];
    let command = (
        prop::collection::vec((0..FAULTS.len(), 5u8..60), 0..4),
        1usize..7,
        1usize..4,
        end,
    )
        .prop_map(|(faults, batch_size, concurrency, end)| Command {
            faults,
            batch_size,
            concurrency,
            end,
        });
    let night = (
        prop::collection::btree_map(0u8..14, change, 1..9),
        prop::collection::vec(command, 1..4),
    )
        .prop_map(|(changes, commands)| Night { changes, commands });
    (
        prop::collection::vec(night, 1..4),
        any::<bool>(),
        any::<bool>(),
        any::<u64>(),
    )
        .prop_map(|(nights, old_answers, has_external_ids, seed)| Plan {
            nights,
            old_answers,
            has_external_ids,
            seed,
        })
}

/// A customer as the newest file has it.
#[derive(Debug, Clone, PartialEq)]
struct Person {
    /// In which night it last changed.
    since: usize,
    name: String,
    policies: u8,
    has_id: bool,
}

/// One case as it unfolds.
struct Story {
    folder: TempDir,
    plan: Plan,
    /// Tonight's file; those whose `Change` was `Left` are missing.
    book: BTreeMap<u8, Person>,
    /// By customer without an identifier: how many different bodies of it there were.
    nameless_bodies: BTreeMap<u8, BTreeSet<String>>,
    night: usize,
    commands: u64,
}

impl Story {
    fn new(plan: Plan) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            plan,
            book: BTreeMap::new(),
            nameless_bodies: BTreeMap::new(),
            night: 0,
            commands: 0,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes tonight's file.
    fn write(&mut self, changes: &BTreeMap<u8, Change>) {
        self.night += 1;
        for (customer, change) in changes {
            let mut person = Person {
                since: self.night,
                name: "Ana".to_owned(),
                policies: 1,
                has_id: true,
            };
            match change {
                Change::Named(name) => person.name += &letters(usize::from(*name)),
                Change::Policies(count) => person.policies = *count,
                Change::Nameless => person.has_id = false,
                Change::Left => {
                    self.book.remove(customer);
                    continue;
                }
            }
            // Who has an identifier keeps it: nobody becomes somebody else.
            let number = if person.has_id {
                *customer
            } else {
                customer + 100
            };
            self.book.insert(number, person);
        }
        let mut text = "id,crm,first,last,phone,zip,policy,effective\n".to_owned();
        for (number, person) in &self.book {
            for policy in 0..person.policies {
                text += &self.row(*number, person, policy);
            }
            if !person.has_id {
                let body = self.row(*number, person, 0);
                self.nameless_bodies
                    .entry(*number)
                    .or_default()
                    .insert(body);
            }
        }
        fs::write(self.path("book.csv"), text).unwrap();
    }

    fn row(&self, number: u8, person: &Person, policy: u8) -> String {
        let id = if person.has_id {
            format!("H{number}")
        } else {
            String::new()
        };
        let crm = if self.plan.has_external_ids {
            id.as_str()
        } else {
            ""
        };
        let name = if person.has_id {
            person.name.as_str()
        } else {
            "Bo"
        };
        // A body of somebody without an identifier differs in its postal code.
        let zip = 33_101 + if person.has_id { 0 } else { person.since };
        format!(
            "{id},{crm},{name},{},305555{:04},{zip},P{number}x{policy},{}/1/2026\n",
            letters(usize::from(number)),
            100 + u32::from(number) % 100,
            1 + policy % 12,
        )
    }

    /// The faults of a command, the same each time for one seed.
    fn faults(&self, command: &Command) -> Faults {
        let first = self.plan.seed.wrapping_add(31 * self.commands);
        let seeds = (0..).map(|place| first.wrapping_add(place));
        let each = command.faults.iter().zip(seeds);
        let each = each.map(|((kind, share), seed)| {
            Faults::parse(&format!("{}@p:0.{share:02}:{seed}", FAULTS[*kind])).unwrap()
        });
        each.collect()
    }

    fn server(&self, faults: Faults) -> Server {
        Server::with(|options| {
            options.store = Some(self.path("sandbox.db"));
            options.faults = faults;
            options.answer = if self.plan.old_answers {
                AnswerShape::Old
            } else {
                AnswerShape::New
            };
        })
    }

    /// One `sync`: what earlier runs left goes first, then tonight's file.
    fn sync(&mut self, command: &Command) {
        self.commands += 1;
        let server = self.server(self.faults(command));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(self.sync_against(&server, command));
        drop(runtime);
        // Whatever it is still at work on is applied, or never will be.
        server.stop();
        self.expect_balanced();
    }

    async fn sync_against(&self, server: &Server, command: &Command) {
        let mut journal = self.journal();
        let runs = self.staged_runs(&mut journal);
        let client = Arc::new(self.client(server));
        let stop = StopSignal::new();
        let sending = async {
            for run in runs {
                let options = send_options(command);
                let (client, stop) = (Arc::clone(&client), &stop);
                let stopped =
                    engine::send(&mut journal, run, client, (&options, stop), &mut |_| ()).await;
                if !matches!(stopped.unwrap(), None | Some(Stopped::Limit)) {
                    break;
                }
            }
        };
        let heard = |requests| async move {
            while server.tally().requests < requests {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        match command.end {
            End::ByItself | End::Limit(_) => sending.await,
            End::Killed(after) => tokio::select! {
                () = sending => (),
                () = heard(after) => (),
            },
            End::Stopped(after) => {
                tokio::pin!(sending);
                tokio::select! {
                    () = &mut sending => return,
                    () = heard(after) => stop.request(),
                }
                sending.await;
            }
        }
    }

    /// The runs that `sync` sends: tonight's, staged if it was not yet, behind those that are unfinished.
    fn staged_runs(&self, journal: &mut Journal) -> Vec<RunId> {
        let mapping = Mapping::from_text(MAPPING, "nights.toml").unwrap();
        let mut inputs = Inputs::open(mapping, &[self.path("book.csv")]).unwrap();
        let destination = Destination {
            account: "default".to_owned(),
            address: "sandbox".to_owned(),
        };
        let plan = inputs.plan(&destination, false, "sync".to_owned());
        let asked = match journal.run_with_identity(&plan.identity).unwrap() {
            Some(run) if run.state == RunState::Finished => return Vec::new(),
            Some(run) => run.id,
            None => {
                let options = StageOptions {
                    today: NaiveDate::from_ymd_opt(2026, 3, 15).unwrap(),
                    now: self.now(),
                    ahead: 0,
                    allowed: Vec::new(),
                    missing_parts: Vec::new(),
                    pace: Pace::default(),
                };
                let stop = StopSignal::new();
                let files = (&mut inputs, &plan);
                engine::stage(journal, files, &options, &stop, &mut |_| ())
                    .unwrap()
                    .run
            }
        };
        let unfinished = journal
            .unfinished_runs("default", "sync-aca", "sandbox")
            .unwrap();
        let earlier = unfinished.into_iter().map(|run| run.id);
        earlier.filter(|run| *run < asked).chain([asked]).collect()
    }

    /// The lock goes with its last holder, and a process that another test is just starting holds all that
    /// is open here until it runs its own program.
    fn journal(&self) -> Journal {
        loop {
            match Journal::open(&self.path("journal.db"), "a night", self.now()) {
                Err(Error::Locked { .. }) => std::thread::yield_now(),
                opened => return opened.unwrap(),
            }
        }
    }

    fn now(&self) -> i64 {
        NOON + i64::try_from(self.commands).unwrap() * 60_000
    }

    fn client(&self, server: &Server) -> Client {
        let clock: WallClock = Arc::new(wall_clock);
        let address = Address::parse(&server.url()).unwrap();
        let key = ApiKey::from_text(KEY).unwrap();
        Client::new(ClientOptions {
            rate: Rate::parse("1000000/s").unwrap(),
            first_delay: Duration::from_millis(1),
            jitter_seed: self.plan.seed,
            ..ClientOptions::new(address, key, self.path("ledger"), clock)
        })
        .unwrap()
    }

    /// Every row and record of every run is in one counted place.
    fn expect_balanced(&self) {
        let journal = self.journal();
        for run in journal.runs().unwrap() {
            let books = journal.books(run.id).unwrap();
            assert_eq!(books.imbalance(), None, "run {}", run.id.0);
            assert_eq!(books.records.in_flight, 0, "run {}", run.id.0);
            let is_open = run.state != RunState::Finished;
            assert!(is_open || books.records.pending == 0, "run {}", run.id.0);
        }
    }

    /// All is well again: the rest is sent, and the newest file once more for what had failed.
    fn calm_down(&mut self) -> Vec<Value> {
        let calm = Command {
            faults: Vec::new(),
            batch_size: 5,
            concurrency: 2,
            end: End::ByItself,
        };
        self.sync(&calm);
        // Another file with the same rows.
        let text = fs::read_to_string(self.path("book.csv")).unwrap();
        fs::write(self.path("book.csv"), text + "\n").unwrap();
        self.sync(&calm);
        self.ask_for_what_was_refused();
        self.sync(&calm);
        let journal = self.journal();
        let last = journal.run(None).unwrap();
        let books = journal.books(last.id).unwrap().records;
        assert_eq!((books.failed, books.pending), (0, 0), "{books:?}");
        assert_eq!(
            books.total,
            books.succeeded + books.unchanged + books.held + books.in_doubt
        );
        let server = self.server(Faults::none());
        let customers = server.customers();
        server.stop();
        customers
    }

    /// What the API refused in the storm is held from then on, until somebody asks for it.
    fn ask_for_what_was_refused(&self) {
        let mut journal = self.journal();
        let last = journal.run(None).unwrap().id;
        let open = journal.open_records(last).unwrap();
        let refused = open
            .iter()
            .filter(|record| record.code == Code::RecordRefused.as_str());
        let refused: Vec<RecordId> = refused.map(|record| record.id).collect();
        let mut step = journal.step().unwrap();
        step.requeue(&refused, State::Held).unwrap();
        step.commit().unwrap();
    }

    fn expect_everybody_once(&self, customers: &[Value]) {
        let mut seen = BTreeMap::new();
        for customer in customers {
            if let Some(id) = customer["healthSherpaCustomerId"].as_str() {
                assert!(seen.insert(id, customer).is_none(), "{id} is there twice");
            }
        }
        for (number, person) in self.book.iter().filter(|(_, person)| person.has_id) {
            let id = format!("H{number}");
            let held = seen
                .get(id.as_str())
                .ok_or(format!("{id} is lost"))
                .unwrap();
            assert_eq!(
                held["firstName"],
                person.name.as_str(),
                "{id} is not the newest"
            );
            let policies = held["policies"].as_array().unwrap();
            let ids: BTreeSet<&str> = (policies.iter())
                .map(|policy| policy["healthSherpaPolicyId"].as_str().unwrap())
                .collect();
            assert_eq!(ids.len(), policies.len(), "{id} has a policy twice");
            for policy in 0..person.policies {
                let policy = format!("P{number}x{policy}");
                assert!(ids.contains(policy.as_str()), "{id} lacks {policy}");
            }
        }
        for (number, bodies) in &self.nameless_bodies {
            let last = letters(usize::from(*number));
            let twins = customers.iter().filter(|one| {
                one["lastName"] == last.as_str() && one.get("healthSherpaCustomerId").is_none()
            });
            let twins = twins.count();
            assert!(
                twins <= bodies.len(),
                "{last}: {twins} of {} bodies",
                bodies.len()
            );
        }
    }
}

fn send_options(command: &Command) -> SendOptions {
    SendOptions {
        target: Target::SyncAca,
        batch_size: command.batch_size,
        concurrency: command.concurrency,
        limit: match command.end {
            End::Limit(records) => Some(records),
            _ => None,
        },
        resend_after: Duration::ZERO,
        give_up_after: Duration::from_secs(60),
        guards: Guards::default(),
        allowed: Vec::new(),
        clock: Arc::new(wall_clock),
    }
}

/// A number as letters, since names have no digits.
fn letters(number: usize) -> String {
    let digits = number.to_string();
    digits
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "a test holds its own clock")]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

fn unfold(plan: Plan) {
    let nights = plan.nights.clone();
    let mut story = Story::new(plan);
    for night in &nights {
        story.write(&night.changes);
        for command in &night.commands {
            story.sync(command);
        }
    }
    let customers = story.calm_down();
    story.expect_everybody_once(&customers);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_nights_bring_everybody_is_there_once_as_the_newest_file_says(plan in plans()) {
        unfold(plan);
    }
}
