//! What is known of a row or a customer, as text.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Explained, RowOutcome, RowStory, RunStory, Steps};
use crate::{
    journal::{RecordFate, RejectedFate, RequestFate},
    mapping::{TraceEnd, TraceStep, TracedField},
    private::Private,
    record::State,
    report::{Cells, counted, findings::explain, moment, shape::shape},
};

impl Explained {
    /// As text: values as shapes, unless they were asked for.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for story in &self.rows {
            self.write_row(&mut text, story);
        }
        for story in &self.runs {
            self.write_run(&mut text, story);
        }
        if self.cells == Cells::Shapes {
            text.push_str("\nvalues are hidden: 9 stands for a digit, A and a for letters; --show-values shows them, on record\n");
        }
        text
    }

    /// What a text says, or what it looks like.
    pub(super) fn said(&self, text: &str) -> String {
        match self.cells {
            _ if text.is_empty() => "(blank)".to_owned(),
            Cells::Shapes => shape(text),
            Cells::Values => format!("{text:?}"),
        }
    }

    fn write_row(&self, text: &mut String, story: &RowStory) {
        let became = match &story.end {
            RowOutcome::Rejected(_) => "rejected",
            RowOutcome::Staged => "staged",
            RowOutcome::Skipped => "passed over",
            RowOutcome::Unknown => "passed over, or not there",
        };
        let (row, run) = (story.row, story.run.0);
        let _ = writeln!(text, "row {row} of {} in run {run}: {became}", story.file);
        if let RowOutcome::Rejected(rejected) = &story.end {
            write_problems(text, rejected);
        }
        let Some(kept) = story.kept.as_ref().and_then(|chunk| chunk.row(0)) else {
            text.push_str("  its cells are not kept any more\n");
            return;
        };
        text.push_str("  cells\n");
        for (column, cell) in kept.cells().enumerate() {
            let name = story
                .header
                .get(column)
                .map_or("(beyond the header)", String::as_str);
            let _ = writeln!(text, "    {name:<28} {}", self.said(cell));
        }
        self.write_steps(text, story);
    }

    fn write_steps(&self, text: &mut String, story: &RowStory) {
        let (trace, is_same) = match &story.steps {
            Steps::NotAsked => {
                text.push_str("  steps      --mapping MAP shows how each cell becomes a field\n");
                return;
            }
            Steps::Unfit => {
                text.push_str("  steps      the mapping does not fit this file's header\n");
                return;
            }
            Steps::Unreadable => {
                text.push_str(
                    "  steps      the row cannot be read into its cells, so no mapping is asked\n",
                );
                return;
            }
            Steps::Known { trace, is_same } => (trace, is_same),
        };
        text.push_str("  steps\n");
        if !is_same {
            text.push_str(
                "    the mapping or the program has changed since: this is what it would do now\n",
            );
        }
        if let Some(because) = &trace.skipped {
            let _ = writeln!(text, "    the mapping passes the row over: {because}");
        }
        for field in &trace.fields {
            let _ = writeln!(text, "    {:<28} {}", field.key, self.way(story, field));
        }
    }

    /// The way of a field in one line.
    fn way(&self, story: &RowStory, field: &TracedField) -> String {
        let names = field.columns.iter();
        let names: Vec<&str> = names
            .filter_map(|column| story.header.get(*column as usize))
            .map(String::as_str)
            .collect();
        let mut way = if names.is_empty() {
            "the mapping".to_owned()
        } else {
            names.join(" + ")
        };
        for step in &field.steps {
            let _ = match step {
                TraceStep::Bared(it) => write!(way, " → bare {}", self.said(it)),
                TraceStep::Captured(it) => write!(way, " → captured {}", self.said(it)),
                TraceStep::Translated(it) => write!(way, " → translated {}", self.said(it)),
                TraceStep::PutTogether => write!(way, " → put together"),
                TraceStep::FromState => write!(way, " → from the state"),
                TraceStep::Mended(repair) => write!(way, " → {}", repair.message()),
            };
        }
        let end = match &field.end {
            TraceEnd::Value(it) => self.said(it),
            TraceEnd::Cleared => "null, which clears the field".to_owned(),
            TraceEnd::Nothing => "nothing".to_owned(),
            TraceEnd::Omitted(code) => format!("left out: {} ({code})", code.message()),
            TraceEnd::Rejected(code) => format!("rejected: {} ({code})", code.message()),
            TraceEnd::Held(code) => format!("held: {} ({code})", code.message()),
        };
        format!("{way} → {end}")
    }

    fn write_run(&self, text: &mut String, story: &RunStory) {
        let _ = writeln!(text, "run {} of {}", story.run.0, moment(story.started_at));
        for rejected in &story.rejected {
            let _ = writeln!(text, "  {} rejected", place(story, &[rejected.spot]));
            write_problems(text, rejected);
        }
        for (record, body) in &story.records {
            self.write_record(text, story, record);
            match body {
                Some(body) => self.write_json(text, body.expose()),
                None => text.push_str("    json     not kept any more\n"),
            }
        }
    }

    fn write_record(&self, text: &mut String, story: &RunStory, record: &RecordFate) {
        let part = match record.part {
            1 => String::new(),
            part => format!(", part {part} of the customer"),
        };
        let state = record.state.as_str().replace('_', " ");
        let places = place(story, &record.rows);
        let _ = writeln!(text, "  record of {places}{part}: {state}");
        let code = record.code.as_deref();
        if let (Some(code), State::Superseded) = (code, record.state) {
            let (message, _) = explain(code);
            let now = because(record.state);
            let _ = writeln!(text, "    why      {now}; before that: {message} ({code})");
        } else if let Some(code) = code {
            let (message, advice) = explain(code);
            let _ = writeln!(text, "    why      {message} ({code}); {advice}");
        } else {
            let _ = writeln!(text, "    why      {}", because(record.state));
        }
        for earlier in &record.earlier {
            let came = earlier.code.as_deref().map_or_else(String::new, |code| {
                format!("; {} ({code})", explain(code).0)
            });
            let _ = writeln!(
                text,
                "    before   {}{came}",
                request_text(&earlier.request)
            );
            self.write_words(text, &earlier.message);
        }
        match &record.request {
            Some(request) => {
                let times = counted(record.attempts.into(), "time");
                let _ = writeln!(text, "    sent     {times}, last {}", request_text(request));
            }
            None => text.push_str("    sent     never\n"),
        }
        self.write_words(text, &record.message);
        if let (Some(id), Cells::Values) = (&record.customer_id, self.cells) {
            let _ = writeln!(text, "    customer {id}; `aca-sync customer` shows it");
        }
    }

    fn write_words(&self, text: &mut String, message: &Private<Option<String>>) {
        if let Some(message) = message.expose() {
            let said = match self.cells {
                Cells::Values => format!("{message:?}"),
                Cells::Shapes => "in words of its own, which are hidden".to_owned(),
            };
            let _ = writeln!(text, "    the API  {said}");
        }
    }

    fn write_json(&self, text: &mut String, body: &[u8]) {
        let members: Vec<String> = (members(body).iter())
            .map(|(path, value)| format!("{path} {}", self.said(value)))
            .collect();
        let _ = writeln!(text, "    json     {}", members.join(", "));
    }
}

/// The members of a body by their paths, in its order.
pub(super) fn members(body: &[u8]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice(body) {
        flatten(&value, String::new(), &mut found);
    }
    found
}

fn flatten(value: &Value, path: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            let dot = if path.is_empty() { "" } else { "." };
            for (name, value) in members {
                flatten(value, format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                flatten(value, format!("{path}[{index}]"), found);
            }
        }
        Value::String(text) => found.push((path, text.clone())),
        other => found.push((path, other.to_string())),
    }
}

fn write_problems(text: &mut String, rejected: &RejectedFate) {
    for (column, field, code) in &rejected.problems {
        let (message, advice) = explain(code);
        let names = [column, field].into_iter().find(|name| !name.is_empty());
        let name = names.map(|name| format!("{name}: ")).unwrap_or_default();
        let _ = writeln!(text, "    why      {name}{message} ({code}); {advice}");
    }
}

/// Rows in words, with their files where there are several.
fn place(story: &RunStory, spots: &[(u32, u32)]) -> String {
    let rows: Vec<String> = (spots.iter())
        .map(|(source, row)| match story.sources.get(*source as usize) {
            Some(file) if story.sources.len() > 1 => format!("{file}:{row}"),
            _ => row.to_string(),
        })
        .collect();
    let noun = if rows.len() == 1 { "row" } else { "rows" };
    format!("{noun} {}", rows.join(", "))
}

const fn because(state: State) -> &'static str {
    match state {
        State::Pending => "it waits to be sent",
        State::InFlight => "its answer is not there yet",
        State::Succeeded => "the API's answer says that it was applied",
        State::Unchanged => "the same was delivered before",
        State::Superseded => "a newer run carries the same customer",
        State::Failed => "the API did not take it",
        State::InDoubt => "it was sent, and no answer tells what became of it",
        State::Held => "sending it would do harm",
    }
}

fn request_text(request: &RequestFate) -> String {
    let with = counted(request.records.into(), "record");
    let status = match request.status {
        Some(status) => format!("status {status}"),
        None => "no answer".to_owned(),
    };
    let result = request
        .result
        .as_deref()
        .unwrap_or("under way")
        .replace('_', " ");
    let waits = match request.throttled {
        0 => String::new(),
        count => format!(", asked to wait {}", counted(count.into(), "time")),
    };
    format!(
        "at {} in a request of {with}: {status}, {result}{waits}",
        moment(request.begun_at)
    )
}
