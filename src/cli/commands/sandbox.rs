//! `sandbox`: the stand-in for the API, in the foreground.

use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    cli::{
        console::Console, exit::Exit, failure::Failure, offline_args::SandboxArgs,
        sandbox_host::parse_faults, signal::Signals,
    },
    client::{Rate, WallClock},
    report,
    sandbox::{AnswerShape, BANNER, Error, Options, Quota, Sandbox, serve},
};

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &SandboxArgs,
    clock: WallClock,
    console: Console,
) -> Result<Exit, Failure> {
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
    if console.json {
        // Whoever started it waits for the address, so this goes before its end, and has no exit code.
        let members = json!({
            "url": format!("http://{address}"),
            "store": args.store.as_ref().map(|path| path.display().to_string()),
        });
        Console::object(&report::object(None, members));
    }
    Console::message(BANNER);
    Console::message(&format!(
        "listening on http://{address}\n\nhint: ACA_SYNC_API_KEY=cc_rehearsal aca-sync sync FILE --mapping MAP --base-url http://{address}"
    ));
    let stop = signals.stop.clone();
    let served = serve(
        listener,
        sandbox.clone(),
        async move { stop.requested().await },
    )
    .await;
    let tally = json!(sandbox.tally()).to_string();
    match served {
        // The one object has been printed.
        Err(error) if console.json => {
            let failure = Failure::from(error);
            Console::message(&format!("error: {}", failure.message));
            return Ok(failure.exit);
        }
        Err(error) => return Err(error.into()),
        Ok(()) if console.json => console.remark(&tally),
        Ok(()) => Console::result(&tally),
    }
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
