//! What is known of a row or a customer, as JSON.

use serde_json::{Map, Value, json};

use super::{Explained, RowOutcome, RowStory, RunStory, Steps, text::members};
use crate::{
    journal::{EarlierRequest, RecordFate, RejectedFate, RequestFate},
    mapping::{TraceEnd, TraceStep, TracedField},
    report::{Cells, shape::shape},
};

impl Explained {
    /// As the members of the result's object: shapes, and values where they were asked for.
    pub fn members(&self) -> Map<String, Value> {
        let rows = self.rows.iter().map(|story| self.row_json(story));
        let runs = self.runs.iter().map(|story| self.run_json(story));
        let mut members = Map::new();
        members.insert("rows".to_owned(), rows.collect());
        members.insert("runs".to_owned(), runs.collect());
        members
    }

    /// Adds what a text looks like, and what it says where that was asked for.
    fn add_said(&self, object: &mut Value, text: &str) {
        if let Some(members) = object.as_object_mut() {
            members.insert("shape".to_owned(), shape(text).into());
            if self.cells == Cells::Values {
                members.insert("value".to_owned(), text.into());
            }
        }
    }

    fn row_json(&self, story: &RowStory) -> Value {
        let state = match story.end {
            RowOutcome::Rejected(_) => "rejected",
            RowOutcome::Staged => "staged",
            RowOutcome::Skipped => "skipped",
            RowOutcome::Unknown => "unknown",
        };
        let kept = story.kept.as_ref().and_then(|chunk| chunk.row(0));
        let cells = kept.map(|row| {
            let cells = row.cells().enumerate();
            let cells = cells.map(|(column, cell)| {
                let mut object = json!({ "column": story.header.get(column) });
                self.add_said(&mut object, cell);
                object
            });
            cells.collect::<Value>()
        });
        let mut object = json!({
            "run": story.run.0.to_string(), "file": story.file, "row": story.row, "state": state,
            "cells": cells, "steps": null, "same_mapping": null, "skipped_because": null,
        });
        if let (Steps::Known { trace, is_same }, Some(members)) =
            (&story.steps, object.as_object_mut())
        {
            let fields = trace.fields.iter();
            let fields = fields.map(|field| self.field_json(story, field));
            members.insert("steps".to_owned(), fields.collect());
            members.insert("same_mapping".to_owned(), (*is_same).into());
            members.insert("skipped_because".to_owned(), json!(trace.skipped));
        }
        if let (RowOutcome::Rejected(rejected), Some(members)) =
            (&story.end, object.as_object_mut())
        {
            members.insert("problems".to_owned(), problems_json(rejected));
        }
        object
    }

    fn field_json(&self, story: &RowStory, field: &TracedField) -> Value {
        let columns = field.columns.iter();
        let columns: Vec<_> = columns
            .map(|column| story.header.get(*column as usize))
            .collect();
        let steps = field.steps.iter().map(|step| {
            let (step, text, code) = match step {
                TraceStep::Bared(text) => ("bare", Some(text), None),
                TraceStep::Captured(text) => ("captured", Some(text), None),
                TraceStep::Translated(text) => ("translated", Some(text), None),
                TraceStep::PutTogether => ("put_together", None, None),
                TraceStep::FromState => ("from_state", None, None),
                TraceStep::Mended(repair) => ("mended", None, Some(repair.as_str())),
            };
            let mut object = json!({ "step": step, "code": code });
            if let Some(text) = text {
                self.add_said(&mut object, text);
            }
            object
        });
        let (end, code) = match &field.end {
            TraceEnd::Value(_) => ("value", None),
            TraceEnd::Cleared => ("cleared", None),
            TraceEnd::Nothing => ("nothing", None),
            TraceEnd::Omitted(code) => ("omitted", Some(code.as_str())),
            TraceEnd::Rejected(code) => ("rejected", Some(code.as_str())),
            TraceEnd::Held(code) => ("held", Some(code.as_str())),
        };
        let mut object = json!({
            "field": field.key, "columns": columns, "steps": steps.collect::<Value>(), "end": end, "code": code,
        });
        if let TraceEnd::Value(text) = &field.end {
            self.add_said(&mut object, text);
        }
        object
    }

    fn run_json(&self, story: &RunStory) -> Value {
        let spot = |spot: &(u32, u32)| {
            let file = story.sources.get(spot.0 as usize);
            json!({ "file": file, "row": spot.1 })
        };
        let rejected = story.rejected.iter();
        let rejected = rejected.map(|one| {
            let mut object = spot(&one.spot);
            if let Some(members) = object.as_object_mut() {
                members.insert("problems".to_owned(), problems_json(one));
            }
            object
        });
        let records = story.records.iter().map(|(record, body)| {
            let mut object = self.record_json(record);
            if let Some(members) = object.as_object_mut() {
                members.insert("rows".to_owned(), record.rows.iter().map(spot).collect());
                let body = body.as_ref().map(|body| self.body_json(body.expose()));
                members.insert("json".to_owned(), body.into());
            }
            object
        });
        json!({
            "run": story.run.0.to_string(),
            "started_at_ms": story.started_at,
            "rejected": rejected.collect::<Value>(),
            "records": records.collect::<Value>(),
        })
    }

    fn record_json(&self, record: &RecordFate) -> Value {
        let mut object = json!({
            "part": record.part, "state": record.state.as_str(), "harmless": record.harmless,
            "attempts": record.attempts, "code": record.code,
            "has_message": record.message.expose().is_some(),
            "request": record.request.as_ref().map(request_json),
            "earlier_requests": record.earlier.iter().map(|earlier| self.earlier_json(earlier)).collect::<Value>(),
        });
        if let (Cells::Values, Some(members)) = (self.cells, object.as_object_mut()) {
            members.insert("message".to_owned(), json!(record.message.expose()));
            members.insert("customer_id".to_owned(), json!(record.customer_id));
        }
        object
    }

    fn earlier_json(&self, earlier: &EarlierRequest) -> Value {
        let mut object = request_json(&earlier.request);
        if let Some(members) = object.as_object_mut() {
            let message = earlier.message.expose();
            members.insert("code".to_owned(), json!(earlier.code));
            members.insert("has_message".to_owned(), message.is_some().into());
            if self.cells == Cells::Values {
                members.insert("message".to_owned(), json!(message));
            }
        }
        object
    }

    fn body_json(&self, body: &[u8]) -> Value {
        let members = members(body).into_iter().map(|(path, text)| {
            let mut object = json!({ "field": path });
            self.add_said(&mut object, &text);
            object
        });
        members.collect()
    }
}

fn request_json(request: &RequestFate) -> Value {
    json!({
        "begun_at_ms": request.begun_at, "answered_at_ms": request.answered_at, "records": request.records,
        "tries": request.tries, "throttled": request.throttled, "status": request.status, "result": request.result,
    })
}

fn problems_json(rejected: &RejectedFate) -> Value {
    let problems = rejected.problems.iter();
    problems
        .map(|(column, field, code)| json!({ "column": column, "field": field, "code": code }))
        .collect()
}
