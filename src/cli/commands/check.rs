//! `check`: what is wrong with files and what a sync would do, before anything is sent.

use serde_json::{Map, Value};

use crate::{
    cli::{
        args::{FileArgs, PlaceArgs},
        check_args::LookArgs,
        console::Console,
        exit::Exit,
        failure::Failure,
        guards::{allowances, guards_json, guards_text, stopping},
        inbox, mapping_file,
        progress::Reporter,
        sending::destination,
        settings::Settings,
        signal::Signals,
    },
    contract::Resend,
    engine::{self, Allowance, GuardReport, Inputs, Pace, StageOptions},
    inbox::MissingParts,
    journal::{Books, Compared, Journal, Run, RunPlan},
    report::{self, Against, Alteration, Cells, Damage, Findings, Plan, Summary, Verdict},
};

use super::{
    check_against::{Other, compare},
    check_files::{self, Written},
    check_online::Online,
    look::put_look_on_record,
    sync::{open_inputs, suppress},
};

/// Runs the command: a sync's reading pass into a journal that is thrown away.
pub(in crate::cli) async fn run(
    (args, place, look): (&FileArgs, &PlaceArgs, &LookArgs),
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let allowed = allowances(&args.allow)?;
    let mapping = mapping_file::load(&args.mapping, settings)?;
    check_files::expect_free(look)?;
    let found = inbox::find(&args.files, settings, console)?;
    let (other, list) = (look.against.as_deref(), args.suppress(settings));
    let other = other
        .map(|path| Other::open((path, &mapping), (&found.files, list), (settings, console)))
        .transpose()?;
    let mut inputs = open_inputs(mapping, &found.files, console)?;
    suppress(&mut inputs, list, console)?;
    if look.show_values {
        let files: Vec<String> = run_files(&inputs);
        put_look_on_record(("check", None, &files.join(", ")), place.sandbox, settings)?;
    }
    let command = "check".to_owned();
    let plan = inputs.plan(&destination(settings, place.sandbox), args.full, command);
    let mut journal = Journal::temporary(Some(&settings.journal_path(place.sandbox)))?;
    let mut stager = Stager::new((settings, console), allowed, found.missing_parts);
    if look.online {
        journal.keep_bodies();
    }
    let before = other
        .map(|other| stager.stage_other(&mut journal, other))
        .transpose()?;
    let (run, guards) = stager.stage(&mut journal, (&mut inputs, &plan))?;
    let books = journal.books(run.id)?;
    let cells = if look.show_values {
        Cells::Values
    } else {
        Cells::Shapes
    };
    let findings = report::findings_with_cells(&journal, &run, cells)?;
    let remembered = journal.beside().map(|journal| (journal, None));
    let checked = Checked {
        ahead: Summary::of(&journal, &run, settings.local_now())?,
        damage: report::damage((&run, &findings, &books), remembered)?,
        against: before
            .map(|before| before.beside((&journal, &run), &inputs))
            .transpose()?,
        online: if look.online {
            Some(Online::ask((&journal, &run), (place, cells), settings, console).await?)
        } else {
            None
        },
        written: check_files::write(look, (&journal, &run, &books), &inputs)?,
        inputs: &inputs,
        plan: &plan,
        guards,
        books,
        findings,
    };
    Ok(checked.print(settings, console))
}

fn run_files(inputs: &Inputs) -> Vec<String> {
    let sources = inputs.sources().iter();
    sources.map(|source| source.origin().to_string()).collect()
}

/// The reading pass, shown on the terminal.
struct Stager {
    signals: Signals,
    reporter: Reporter,
    options: StageOptions,
}

/// The same files with another mapping.
struct Before {
    name: String,
    run: Run,
    books: Books,
}

/// What the other mapping makes of the files, beside this one.
struct Beside {
    before: Before,
    compared: Compared,
    alteration: Alteration,
}

impl Stager {
    fn new(
        (settings, console): (&Settings, Console),
        allowed: Vec<Allowance>,
        missing_parts: Vec<MissingParts>,
    ) -> Self {
        let reporter = Reporter::new(Console::is_watched() && !console.quiet);
        Signals::answer(reporter.last());
        Self {
            signals: Signals::listen(),
            reporter,
            options: StageOptions {
                today: Settings::today(),
                now: settings.now(),
                ahead: Settings::ahead(),
                allowed,
                missing_parts,
                pace: Pace {
                    rate: settings.rate,
                    ..Pace::default()
                },
            },
        }
    }

    fn stage(
        &mut self,
        journal: &mut Journal,
        files: (&mut Inputs, &RunPlan),
    ) -> Result<(Run, Vec<GuardReport>), Failure> {
        let reporter = &mut self.reporter;
        let staged = engine::stage(
            journal,
            files,
            &self.options,
            &self.signals.stop,
            &mut |event| reporter.tell(&event),
        );
        reporter.finish();
        match staged {
            Err(engine::Error::Stopped) => {
                Err(Failure::new(self.signals.exit(), "stopped while reading"))
            }
            staged => {
                let staged = staged?;
                Ok((journal.run(Some(staged.run))?, staged.guards))
            }
        }
    }

    fn stage_other(&mut self, journal: &mut Journal, mut other: Other) -> Result<Before, Failure> {
        journal.keep_bodies();
        let (run, _) = self.stage(journal, (&mut other.inputs, &other.plan))?;
        Ok(Before {
            name: other.name,
            books: journal.books(run.id)?,
            run,
        })
    }
}

impl Before {
    fn beside(self, (journal, run): (&Journal, &Run), inputs: &Inputs) -> Result<Beside, Failure> {
        let (compared, alteration) = compare(journal, (&self.run, run), inputs.mapping())?;
        Ok(Beside {
            before: self,
            compared,
            alteration,
        })
    }
}

/// Everything that a check found.
struct Checked<'c> {
    inputs: &'c Inputs,
    plan: &'c RunPlan,
    guards: Vec<GuardReport>,
    books: Books,
    findings: Findings,
    damage: Damage,
    ahead: Summary,
    against: Option<Beside>,
    online: Option<Online>,
    written: Option<Written>,
}

impl Checked<'_> {
    fn print(&self, settings: &Settings, console: Console) -> Exit {
        let stopping = stopping(&self.guards);
        let look = || "some rows need a look".to_owned();
        let (exit, text) = match self.books.imbalance() {
            Some(_) => (Exit::Internal, look()),
            None if !stopping.is_empty() => (
                Exit::Guard,
                format!("a sync would be stopped by {}", stopping.join(", ")),
            ),
            None if self.books.needs_attention() => (Exit::Attention, look()),
            None => (Exit::Done, "nothing is wrong with it".to_owned()),
        };
        let verdict = Verdict {
            run: None,
            exit: exit.code(),
            text,
        };
        if console.json {
            let mut object = report::books_json(&verdict, &self.books, None);
            if let Some(members) = object.as_object_mut() {
                self.add_members(members, settings);
            }
            Console::object(&object);
        } else {
            Console::result(&self.text(&verdict, settings));
        }
        if let Some(written) = &self.written {
            console.remark(&written.text());
        }
        exit
    }

    /// What was read, the books, what is wrong, what was mended, what would do harm, what spreadsheets
    /// did, what a change of the mapping alters, and what a sync would do.
    fn text(&self, verdict: &Verdict, settings: &Settings) -> String {
        let mapping = self.inputs.mapping();
        let contract = mapping.target().contract();
        let columns = report::Columns {
            customer: mapping.customer_id_columns(),
            policy: mapping.policy_id_columns(),
            path: mapping.path_columns(),
        };
        let (books, findings) = (&self.books, &self.findings);
        let against = self.against(settings).map(|against| against.text());
        [
            report::reading_text(&self.plan.sources, settings.local_now()),
            report::books_text(verdict, books, None),
            "\n".to_owned(),
            findings.problems_text(usize::MAX),
            findings.counted_text(),
            findings.merging_text(),
            findings.held_text(usize::MAX),
            "\n".to_owned(),
            report::identification(contract, &columns, findings, books),
            self.damage.text(),
            "\n".to_owned(),
            self.ahead.parts_text(),
            guards_text(&self.guards),
            against.unwrap_or_default(),
            self.online.as_ref().map(Online::text).unwrap_or_default(),
            "\n".to_owned(),
            self.plan(settings).text(),
        ]
        .concat()
    }

    fn add_members(&self, members: &mut Map<String, Value>, settings: &Settings) {
        let sources = report::reading_json(&self.plan.sources, settings.local_now());
        let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
        add("sources", sources);
        add("findings", self.findings.json());
        add("damage", self.damage.json());
        let told = ["forecast", "opt_outs", "changes"];
        for (name, value) in self.ahead.members() {
            if told.contains(&&*name) {
                add(&name, value);
            }
        }
        add("guards", guards_json(&self.guards));
        if let Some(against) = self.against(settings) {
            add("against", against.json());
        }
        if let Some(online) = &self.online {
            add("carriers", online.json());
        }
        if let Some(written) = &self.written {
            add("written", written.json());
        }
        add("plan", self.plan(settings).json());
    }

    fn plan(&self, settings: &Settings) -> Plan {
        let requests = self.requests_for(self.books.records.pending);
        Plan {
            records: self.books.records,
            requests,
            expected: settings.rate.time_for(requests),
            now: settings.local_now(),
        }
    }

    fn against(&self, settings: &Settings) -> Option<Against<'_>> {
        let beside = self.against.as_ref()?;
        let requests = self.requests_for(beside.compared.to_send);
        Some(Against {
            other: &beside.before.name,
            rows: (beside.before.books.rows, self.books.rows),
            compared: beside.compared,
            alteration: &beside.alteration,
            requests,
            expected: settings.rate.time_for(requests),
        })
    }

    /// How many requests so many records take.
    fn requests_for(&self, records: u64) -> u64 {
        let contract = self.inputs.mapping().target().contract();
        let requests = records.div_ceil(contract.max_records as u64);
        match contract.resend {
            // Each customer is looked at before.
            Resend::ReadBack => requests.saturating_mul(2),
            Resend::Matched | Resend::Harmless => requests,
        }
    }
}
