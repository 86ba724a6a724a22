//! A book of invented customers in several versions, each a nightly file over the one before, and what has
//! to be true of journal and sandbox when all of it was sent, whatever happened on the way.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
    path::Path,
};

use aca_sync::{
    client::StopSignal,
    engine::{Destination, Inputs, Pace, StageOptions, stage},
    journal::{Journal, Run, RunState},
    mapping::Mapping,
    record::{RecordId, State},
    sandbox::body_digest,
};
use serde_json::Value;

use super::{NOON, Workdir, workdir::COLUMNS};

/// The newest version is this one; the first is 1.
pub(crate) const NEWEST: usize = 3;

/// Customers in versions 1 to [`NEWEST`], with what each version's records must look like.
pub(crate) struct Book {
    versions: Vec<Version>,
}

struct Version {
    /// By customer: the version in which it last changed.
    customers: BTreeMap<usize, usize>,
    text: String,
    /// By the number of the record.
    records: HashMap<u32, Record>,
}

/// A record as it is to be sent.
struct Record {
    digest: String,
    customer: String,
    is_harmless: bool,
}

/// What the sandbox holds, read once.
struct Held<'d> {
    /// By healthSherpaCustomerId.
    customers: HashMap<&'d str, &'d Value>,
    /// How often each body was applied.
    times: HashMap<&'d str, u64>,
}

impl Book {
    /// A book that begins with so many customers. Among them are some of several rows, of several parts,
    /// and some with a policy that the API could not find again.
    pub(crate) fn of(customers: usize) -> Self {
        let work = Workdir::new();
        let versions = (1..=NEWEST)
            .map(|version| Version::new(&work, version, customers))
            .collect();
        Self { versions }
    }

    /// Writes the mapping and the files `1.csv` to `3.csv`, older ones first.
    pub(crate) fn write(&self, work: &Workdir) {
        allow_policies_without_id(work);
        for (number, version) in (1..).zip(&self.versions) {
            work.write(&file(number), &version.text);
        }
    }

    /// The books of all runs, which balance at any time; of a run that is being staged nothing is seen.
    pub(crate) fn expect_balance(&self, journal: &Path) {
        if !journal.exists() {
            return;
        }
        let Ok(journal) = Journal::open_to_read(journal) else {
            // It died before there was anything to read.
            return;
        };
        for run in journal.runs().unwrap() {
            let books = journal.books(run.id).unwrap();
            assert_eq!(books.imbalance(), None, "run {}", run.id.0);
            assert_eq!(books.records.total, self.version(&run).records.len() as u64);
        }
    }

    /// Holds journal and sandbox against each other when nothing is left to do: nothing lost, nothing
    /// twice, nothing older over something newer, and nothing called succeeded that is not held. `deaths`
    /// is how often a request's answer may have been lost.
    pub(crate) fn expect_whole(&self, journal: &Path, dump: &Value, deaths: u64) {
        self.expect_balance(journal);
        let held = Held::read(dump);
        held.expect_each_once(dump);
        self.expect_in_order(&held, deaths);
        let runs = Journal::open_to_read(journal).unwrap().runs().unwrap();
        self.expect_newest(&held, &runs);
        self.expect_ended(journal, &runs, &held);
        self.expect_nothing_lost(journal, &runs, &held);
        expect_no_spool_too_many(journal, &runs);
    }

    fn version(&self, run: &Run) -> &Version {
        &self.versions[version_of(run) - 1]
    }

    /// Of every customer only bodies of its own were applied, and none after a newer one.
    fn expect_in_order(&self, held: &Held<'_>, deaths: u64) {
        let mut known: HashMap<&str, (&Record, usize)> = HashMap::new();
        for (number, version) in (1..).zip(&self.versions) {
            for record in version.records.values() {
                known.entry(&record.digest).or_insert((record, number));
            }
        }
        for (id, customer) in &held.customers {
            let mut newest = 0;
            for body in customer["bodies"].as_array().unwrap() {
                let (record, version) = known[body.as_str().unwrap()];
                assert_eq!(record.customer, **id);
                assert!(version >= newest, "{id}: {version} over {newest}");
                newest = version;
            }
        }
        for (digest, times) in &held.times {
            let (record, _) = known[digest];
            let most = if record.is_harmless { 1 + deaths } else { 1 };
            assert!(*times <= most, "{}: {times} times", record.customer);
        }
    }

    /// Each customer and policy that the API can match is held with the values of the newest file that
    /// has it.
    fn expect_newest(&self, held: &Held<'_>, runs: &[Run]) {
        let mut newest = BTreeMap::new();
        for version in runs.iter().map(|run| self.version(run)) {
            newest.extend(
                version
                    .customers
                    .iter()
                    .map(|(id, changed)| (*id, *changed)),
            );
        }
        for (customer, changed) in newest.into_iter().filter(|(id, _)| is_findable(*id)) {
            let is = held.customers.get(id_of(customer).as_str());
            assert!(is.is_some(), "{customer} is lost");
            let is = is.unwrap();
            assert_eq!(is["address"], address(changed), "{customer}");
            let policies = is["policies"].as_array().unwrap();
            let plans: BTreeMap<_, _> = policies
                .iter()
                .map(|policy| (policy["healthSherpaPolicyId"].as_str(), &policy["planName"]))
                .collect();
            assert_eq!(plans.len(), policies_of(customer), "{customer}");
            assert!(plans.values().all(|plan| **plan == plan_name(changed)));
        }
    }

    /// At most one run per file, the newest file's the last, and each at its end. What has succeeded, or
    /// is said to be there unchanged, was applied.
    fn expect_ended(&self, journal: &Path, runs: &[Run], held: &Held<'_>) {
        let files: Vec<usize> = runs.iter().map(version_of).collect();
        assert!(files.is_sorted_by(|one, next| one < next), "{files:?}");
        assert_eq!(files.last(), Some(&NEWEST));
        for run in runs {
            assert_eq!(run.state, RunState::Finished, "run {}", run.id.0);
            let records = &self.version(run).records;
            for (number, state) in states_of(journal, run) {
                let record = &records[&number];
                let is_held = held.times.contains_key(record.digest.as_str());
                assert!(is_held || !is_there(&state), "{} {state}", record.customer);
            }
        }
    }

    /// A record of the newest file is there; or it could not be sent again and waits for a person, as does
    /// a newer body of the same customer.
    fn expect_nothing_lost(&self, journal: &Path, runs: &[Run], held: &Held<'_>) {
        let newest = runs.last().unwrap();
        let states = states_of(journal, newest);
        for (number, record) in &self.version(newest).records {
            let (state, customer) = (states[number].as_str(), &record.customer);
            let waits = [State::InDoubt, State::Held].map(State::as_str);
            let may_wait = !record.is_harmless && waits.contains(&state);
            assert!(is_there(state) || may_wait, "{customer} is {state}");
            let is_held = held.times.contains_key(record.digest.as_str());
            assert!(is_held || may_wait, "{customer} is lost");
        }
    }
}

/// The newest run's bodies are kept, and of older ones those that somebody may still want to send.
fn expect_no_spool_too_many(journal: &Path, runs: &[Run]) {
    let mut folder = journal.as_os_str().to_owned();
    folder.push(".spools");
    let files = std::fs::read_dir(folder).unwrap();
    let kept: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let (newest, older) = runs.split_last().unwrap();
    let mut needed = BTreeSet::from([format!("run-{}.spool", newest.id.0)]);
    for run in older {
        let states = states_of(journal, run);
        let waiting = [State::Failed, State::InDoubt, State::Held].map(State::as_str);
        if states
            .values()
            .any(|state| waiting.contains(&state.as_str()))
        {
            needed.insert(format!("run-{}.carried.spool", run.id.0));
        }
    }
    assert_eq!(kept, needed);
}

/// True when the journal says that the API has the record's body.
fn is_there(state: &str) -> bool {
    [State::Succeeded, State::Unchanged]
        .map(State::as_str)
        .contains(&state)
}

impl<'d> Held<'d> {
    fn read(dump: &'d Value) -> Self {
        let customers = dump["customers"].as_array().unwrap().iter();
        let times = dump["applied_bodies"]["times"].as_object().unwrap().iter();
        Self {
            customers: customers
                .map(|one| (one["healthSherpaCustomerId"].as_str().unwrap(), one))
                .collect(),
            times: times
                .map(|(digest, times)| (digest.as_str(), times.as_u64().unwrap()))
                .collect(),
        }
    }

    /// No customer is there twice, and no policy. One that the API cannot match is there as often as it
    /// was sent.
    fn expect_each_once(&self, dump: &Value) {
        let customers = dump["customers"].as_array().unwrap();
        assert_eq!(self.customers.len(), customers.len());
        let mut seen = BTreeSet::new();
        for customer in customers {
            let mut without_id = 0;
            for policy in customer["policies"].as_array().unwrap() {
                match policy["healthSherpaPolicyId"].as_str() {
                    Some(id) => assert!(seen.insert(id), "{id} is there twice"),
                    None => without_id += 1,
                }
            }
            let applied = customer["bodies"].as_array().unwrap().len();
            assert!(without_id == 0 || without_id == applied, "{customer}");
        }
    }
}

impl Version {
    fn new(work: &Workdir, version: usize, customers: usize) -> Self {
        let customers: BTreeMap<_, _> = (0..customers + 4 * (version - 1))
            .filter(|customer| is_in(*customer, version))
            .map(|customer| (customer, last_changed(customer, version)))
            .collect();
        let mut text = COLUMNS.join(",") + ",address,plan_name\n";
        for (customer, changed) in &customers {
            write_rows(&mut text, *customer, *changed);
        }
        work.write("book.csv", &text);
        allow_policies_without_id(work);
        Self {
            customers,
            text,
            records: records(work),
        }
    }
}

/// Some are missing from the newer files, and are left alone.
fn is_in(customer: usize, version: usize) -> bool {
    match customer % 10 {
        3 => version < 2,
        9 => version < NEWEST,
        _ => true,
    }
}

/// In which of the versions up to this one a customer was last another.
fn last_changed(customer: usize, version: usize) -> usize {
    let changes_in = [true, customer.is_multiple_of(3), customer.is_multiple_of(4)];
    let last = changes_in[..version].iter().rposition(|changes| *changes);
    last.map_or(1, |place| place + 1)
}

/// A customer's policies: one with 21 makes three parts, those with 12 make two.
fn policies_of(customer: usize) -> usize {
    match customer {
        0 => 21,
        _ if customer % 40 == 12 => 12,
        _ => 1,
    }
}

/// False when the customer's policy has no id by which the API could find it again.
fn is_findable(customer: usize) -> bool {
    customer % 11 != 2
}

fn id_of(customer: usize) -> String {
    format!("C{customer:05}")
}

fn address(changed: usize) -> String {
    format!("{changed} Main St")
}

fn plan_name(changed: usize) -> String {
    format!("Plan {changed}")
}

fn write_rows(text: &mut String, customer: usize, changed: usize) {
    for policy in 0..policies_of(customer) {
        let mut line = format!("{},Ana,Lee,3055550123,33101,Effectuated,", id_of(customer));
        if is_findable(customer) {
            write!(line, "P{customer}-{policy}").unwrap();
        }
        let (address, plan) = (address(changed), plan_name(changed));
        writeln!(line, ",1/1/2026,{address},{plan}").unwrap();
        text.push_str(&line);
        if customer % 12 == 1 {
            text.push_str(&line);
        }
    }
}

fn file(version: usize) -> String {
    format!("{version}.csv")
}

fn version_of(run: &Run) -> usize {
    let name = run.sources[0].path.file_stem().unwrap();
    name.to_str().unwrap().parse().unwrap()
}

/// The states of a run's records by number.
fn states_of(journal: &Path, run: &Run) -> HashMap<u32, String> {
    let raw = rusqlite::Connection::open(journal).unwrap();
    let mut statement = raw
        .prepare("SELECT number, state FROM record_states WHERE run = ?1")
        .unwrap();
    let states = statement.query_map([run.id.0], |row| Ok((row.get(0)?, row.get(1)?)));
    states.unwrap().map(Result::unwrap).collect()
}

/// The shipped mapping, with policies that the API could not find again let through.
fn allow_policies_without_id(work: &Workdir) {
    let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
    let allow = "[record]\nallow = [\"policy.without_id\"]\n";
    if !mapping.contains(allow) {
        work.write("map.toml", mapping.replacen("[record]\n", allow, 1));
    }
}

/// What `book.csv` becomes, in a journal that is thrown away.
fn records(work: &Workdir) -> HashMap<u32, Record> {
    let text = std::fs::read_to_string(work.path("map.toml")).unwrap();
    let mapping = Mapping::from_text(&text, "map.toml").unwrap();
    let mut inputs = Inputs::open(mapping, &[work.path("book.csv")]).unwrap();
    let destination = Destination {
        account: "a test".to_owned(),
        address: "nowhere".to_owned(),
    };
    let plan = inputs.plan(&destination, false, "a test".to_owned());
    let options = StageOptions {
        today: chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        now: NOON,
        ahead: 0,
        allowed: Vec::new(),
        missing_parts: Vec::new(),
        pace: Pace::default(),
    };
    let mut journal = Journal::temporary(None).unwrap();
    journal.keep_bodies();
    let files = (&mut inputs, &plan);
    let staged = stage(
        &mut journal,
        files,
        &options,
        &StopSignal::new(),
        &mut |_| (),
    );
    let run = staged.unwrap().run;
    let mut bodies = journal.pending(run).unwrap();
    let total = journal.books(run).unwrap().records.total;
    let mut records = HashMap::new();
    for number in 0.. {
        if records.len() as u64 == total {
            break;
        }
        // A number may be missing where rows were merged.
        let found = journal.outgoing(&mut bodies, &[RecordId { run, number }]);
        if let Ok(found) = found {
            records.insert(number, Record::of(&found[0].body, found[0].harmless));
        }
    }
    records
}

impl Record {
    fn of(body: &[u8], is_harmless: bool) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap();
        Self {
            digest: body_digest(body).unwrap(),
            customer: json["healthSherpaCustomerId"].as_str().unwrap().to_owned(),
            is_harmless,
        }
    }
}
