//! `sandbox`: the stand-in for the API, in the foreground.

use tokio::net::TcpListener;

use crate::{
    cli::{
        console::Console, exit::Exit, failure::Failure, offline_args::SandboxArgs,
        sandbox_host::parse_faults, signal::Signals,
    },
    client::{Rate, WallClock},
    sandbox::{AnswerShape, BANNER, Error, Options, Quota, Sandbox, serve},
};

/// Runs the command.
pub(in crate::cli) async fn run(args: &SandboxArgs, clock: WallClock) -> Result<Exit, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new(
            Exit::Usage,
            Error::NotLoopback(args.listen).to_string(),
        ));
    }
    let sandbox = Sandbox::open(Options {
        store: args.store.clone(),
        quota: quota(&args.quota)?,
        faults: parse_faults(&args.fault)?,
        answer: if args.old_answers {
            AnswerShape::Old
        } else {
            AnswerShape::New
        },
        clock,
    })?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        Failure::new(
            Exit::Usage,
            format!(
                "{}: {error}\n\nhint: choose another port with --listen",
                args.listen
            ),
        )
    })?;
    let address = listener.local_addr().map_or(args.listen, |address| address);
    let signals = Signals::listen();
    Console::message(BANNER);
    Console::message(&format!(
        "listening on http://{address}\n\nhint: ACA_SYNC_API_KEY=cc_rehearsal aca-sync sync FILE --mapping MAP --base-url http://{address}"
    ));
    let stop = signals.stop.clone();
    serve(
        listener,
        sandbox.clone(),
        async move { stop.requested().await },
    )
    .await?;
    Console::result(&serde_json::json!(sandbox.tally()).to_string());
    Ok(Exit::Done)
}

fn quota(text: &str) -> Result<Option<Quota>, Failure> {
    if text == "none" {
        return Ok(None);
    }
    let rate = Rate::parse(text)?;
    Ok(Some(Quota {
        requests: rate.requests().get(),
        window: rate.window(),
    }))
}
