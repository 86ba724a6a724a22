//! A panic in the middle of work: where it was is said, and nothing of its words, which may quote a cell.

use crate::{
    privacy::expect_no_canary,
    support::{Server, Workdir, outsider::Outsider, workdir::Done},
};

/// Steps of the thread that reads and settles, of those that send, and of the API's stand-in inside the process.
const STEPS: [&str; 8] = [
    "journal.secret_made",
    "spool.block_written",
    "staging.chunk_committed",
    "claim.written",
    "request.leaving",
    "request.answered",
    "settle.written",
    "audit.written",
];

#[test]
fn a_panic_anywhere_says_its_place_and_none_of_its_words_and_loses_nothing() {
    let manners = ["-vv", "-vv --json --log-format json"].into_iter().cycle();
    for (step, manner) in STEPS.into_iter().zip(manners) {
        let server = Server::new();
        let outsider = Outsider::new();
        let work = Workdir::against(&server).with("ACA_SYNC_NOTIFY_WEBHOOK", &outsider.at("/hook"));
        work.export("clients.csv", 30);
        let sync = "sync clients.csv --mapping map.toml --batch-size 10 --resend-after 0s";
        let mut command = work.command(&format!("{sync} --metrics-file run.prom {manner}"));
        command.env("ACA_SYNC_DIE_AT", step);
        command.env("ACA_SYNC_PANIC_WITH", "Qzcanary of (808) 555-0177");

        let done = Done::perhaps_of_panic(command.output().unwrap()).expect(70);

        let metrics = work.read("run.prom");
        let heard = outsider.take();
        assert_eq!(heard.len(), 1, "{step}: {heard:?}");
        for told in [&done.stdout, &done.stderr, &metrics, &heard[0].body] {
            expect_no_canary(told, step);
        }
        done.complains(&["internal error at src/", "hint: "]);
        assert!(metrics.contains("} 70\n"), "{step}: {metrics}");
        assert_eq!(heard[0].json()["exit"], 70, "{step}");
        let again = work.run(sync);
        assert_eq!(again.exit, 0, "{step}: {again:?}");
        assert_eq!(server.tally().customers, 30, "{step}");
    }
}

#[test]
fn a_panic_after_the_result_makes_no_second_object() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 3);
    let mut command =
        work.command("sync clients.csv --mapping map.toml --archive-to archive --json");
    command.env("ACA_SYNC_DIE_AT", "archive.placed");
    command.env("ACA_SYNC_PANIC_WITH", "Qzcanary");

    let done = Done::perhaps_of_panic(command.output().unwrap()).expect(70);

    assert_eq!(done.stdout.lines().count(), 1, "{}", done.stdout);
    done.complains(&["internal error at src/"]);
}
