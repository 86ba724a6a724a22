//! `customer`: one customer as the API has it.

use crate::{
    cli::{
        args::CustomerArgs, console::Console, door::Door, ended::Circumstances, exit::Exit,
        failure::Failure, logging, settings::Settings, signal::Signals,
    },
    client::Reading,
    engine, report,
};

use super::look::put_on_record;

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &CustomerArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.read.place.sandbox;
    let door = Door::open(settings, (sandbox, &[]), args.read.give_up_after, console).await?;
    // The id is not put on record: `forget` could not take it back.
    put_on_record(("customer", None, "shows one customer"), sandbox, settings)?;
    let signals = Signals::listen();
    let observe = &mut |event| logging::log(&event);
    let failed = |exit, why: String| Err(Failure::new(exit, why));
    let stopped = |stopped: engine::Stopped| {
        let (exit, why) = circumstances((settings, sandbox), &signals).explain_reading(&stopped);
        failed(exit, why)
    };
    match engine::read_customer(&door.client, args.id, &signals.stop, observe).await {
        Reading::Found(customer) if console.json => {
            let object = report::customer_json(customer.expose());
            Console::object(&object);
            Ok(Exit::Done)
        }
        Reading::Found(customer) => {
            Console::result(&report::customer_text(customer.expose()));
            Ok(Exit::Done)
        }
        Reading::NotFound => failed(
            Exit::Attention,
            "the API knows no customer of that id".to_owned(),
        ),
        Reading::Refused { status } => failed(
            Exit::Attention,
            format!("the API refused to show that customer ({status})"),
        ),
        Reading::Unreadable => failed(
            Exit::Unavailable,
            "the API's answer is no customer; check --base-url".to_owned(),
        ),
        Reading::Unreachable(why) => stopped(engine::Stopped::Unreachable(why)),
        Reading::NoLedger(why) => stopped(engine::Stopped::NoLedger(why)),
        Reading::Halt(halt) => stopped(engine::Stopped::from(halt)),
    }
}

fn circumstances((settings, sandbox): (&Settings, bool), signals: &Signals) -> Circumstances {
    Circumstances {
        place: settings.place_flags(sandbox),
        interrupted: signals.exit(),
        standing_alarms: true,
    }
}
