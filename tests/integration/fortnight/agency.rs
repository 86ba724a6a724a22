//! An agency with its nightly files, and the API that it delivers to.

use std::collections::{HashMap, HashSet};

use aca_sync::sandbox::Faults;
use chrono::NaiveDate;
use serde_json::Value;

use super::ahead::status;
use crate::support::{
    KEY, Server, Workdir,
    generator::{Plan, Share, write_export},
    nights::{self, Nights, Special, book::Person},
    workdir::Done,
};

const ROWS: u64 = 400;

/// An agency, what it has delivered, and the API that it delivers to.
pub(super) struct Agency {
    pub(super) work: Workdir,
    url: String,
    server: Option<Server>,
    pub(super) nights: Nights,
    /// Everything is sent each night.
    pub(super) is_full: bool,
    /// By customer: the rows that were delivered last.
    pub(super) delivered: HashMap<String, Vec<Vec<String>>>,
    /// Whose delivered rows another mapping made something else of.
    pub(super) stale: HashSet<String>,
    /// Who was in the last file, but for those whose rows could not be used.
    pub(super) carried: HashSet<String>,
}

impl Agency {
    pub(super) fn new(is_full: bool) -> Self {
        let newcomers = nights::newcomers(ROWS);
        let plan = Plan {
            rows: ROWS + newcomers,
            seed: 1,
            switches: Share::percent(3),
            dirty: Share::percent(0),
        };
        let mut export = Vec::new();
        write_export(&plan, &mut export).unwrap();
        let first_day = NaiveDate::from_ymd_opt(2020, 3, 2).unwrap();
        let nights = Nights::new(&export, newcomers, first_day).unwrap();
        let work = Workdir::new();
        let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
        work.write("map.toml", nights::mapping(&mapping));
        work.write("aca-sync.toml", "[exit]\nstanding = 0\n");
        let server = serve("http://127.0.0.1:0", &work, nights.book.refused());
        let url = server.url();
        Self {
            work: work.with_address(&url).with("ACA_SYNC_API_KEY", KEY),
            url,
            server: Some(server),
            nights,
            is_full,
            delivered: HashMap::new(),
            stale: HashSet::new(),
            carried: HashSet::new(),
        }
    }

    /// The API is down, and what is under way in it comes to its end.
    pub(super) fn bring_down(&mut self) {
        self.server.take().unwrap().stop();
    }

    /// It is back where it was, with what it held.
    pub(super) fn bring_up(&mut self) {
        self.server = Some(serve(&self.url, &self.work, self.nights.book.refused()));
    }

    pub(super) fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Records per request.
    pub(super) const fn batch(&self) -> u64 {
        if self.is_full { 20 } else { 5 }
    }

    pub(super) fn line(&self, file: &str, flags: &str) -> String {
        let full = if self.is_full { " --full" } else { "" };
        format!(
            "sync {file} --mapping map.toml --batch-size {} --concurrency 1{full}{flags}",
            self.batch()
        )
    }

    pub(super) fn sync(&self, file: &str, flags: &str) -> Done {
        self.work.run(&self.line(file, flags))
    }

    pub(super) fn mapping(&self) -> String {
        std::fs::read_to_string(self.work.path("map.toml")).unwrap()
    }

    pub(super) fn show(&self) -> Value {
        self.work.run("show --json").expect(0).json()
    }

    fn id<'r>(&self, row: &'r [String]) -> &'r str {
        self.nights.book.cell(row, "healthsherpa_id")
    }

    pub(super) fn id_of<'p>(&self, person: &'p Person) -> &'p str {
        self.id(person.rows.first().unwrap())
    }

    /// Takes tonight's file as delivered.
    pub(super) fn note_delivered(&mut self, special: Special) {
        let there = self
            .nights
            .book
            .people
            .iter()
            .filter(|person| person.is_there && !person.is_bad());
        let now: Vec<(String, Vec<Vec<String>>)> = there
            .map(|person| (self.id_of(person).to_owned(), person.rows.clone()))
            .collect();
        self.carried = now.iter().map(|(id, _)| id.clone()).collect();
        let carried = &self.carried;
        self.stale.retain(|id| !carried.contains(id));
        if special == Special::Mapping {
            let before = self.delivered.keys().filter(|id| !carried.contains(*id));
            self.stale.extend(before.cloned());
        }
        self.delivered.extend(
            now.into_iter()
                .filter(|(id, _)| id != self.nights.book.refused()),
        );
    }
}

/// The API, which refuses one customer for good.
fn serve(url: &str, work: &Workdir, refused: &str) -> Server {
    let store = work.path("api.db");
    let refusal = Faults::parse(&format!("refuse={refused}")).unwrap();
    Server::at_with(url, |options| {
        options.store = Some(store);
        options.faults = refusal;
    })
}

/// The sandbox holds everybody just as the agency's last word has it: once, and each policy once.
pub(super) fn expect_last_state(agency: &Agency) {
    let book = &agency.nights.book;
    let held = agency.server().customers();
    let by_id: HashMap<&str, &Value> = held
        .iter()
        .map(|one| (one["healthSherpaCustomerId"].as_str().unwrap(), one))
        .collect();
    assert_eq!(
        (held.len(), by_id.len()),
        (agency.delivered.len(), agency.delivered.len())
    );
    let mut policies = HashSet::new();
    for (id, rows) in &agency.delivered {
        let is = by_id[id.as_str()];
        let cell = |row: &[String], column| book.cell(row, column).to_owned();
        let row = rows.last().unwrap();
        assert_eq!(is["address"], cell(row, "address"), "{id}");
        assert_eq!(
            is["doNotCall"] == true,
            cell(row, "do_not_call") == "Yes",
            "{id}"
        );
        let has: HashMap<&str, &Value> = is["policies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["healthSherpaPolicyId"].as_str().unwrap(), one))
            .collect();
        assert_eq!(
            (has.len(), is["policies"].as_array().unwrap().len()),
            (rows.len(), rows.len()),
            "{id}"
        );
        for row in rows {
            let policy = cell(row, "healthsherpa_policy_ids");
            let held = has[policy.as_str()];
            // The file of the last night does not know yet what the API has ended in it.
            let is_old = rows.len() > 1 && cell(row, "effective_date") == "1/1/2020";
            let word = cell(row, "policy_status");
            let status = if is_old { "Terminated" } else { status(&word) };
            assert_eq!(held["status"], status, "{policy}");
            assert!(
                cell(row, "policy_aor").contains(held["aorNpn"].as_str().unwrap()),
                "{policy}"
            );
            assert_eq!(held["planName"], cell(row, "plan_name"), "{policy}");
            assert!(policies.insert(policy), "twice");
        }
    }
    let tally = agency.server().tally();
    assert_eq!(
        (tally.customers, tally.policies),
        (agency.delivered.len() as u64, policies.len() as u64)
    );
}
