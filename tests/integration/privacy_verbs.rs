//! Every verb of the command line, as talkative as it can be, over a run of canaries: what it shows, logs, counts and
//! tells holds none of them, and no verb is left out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
};

use crate::{
    privacy::{below, expect_no_canary, export},
    support::{KEY, Server, Workdir, outsider::Outsider},
};

/// What is done, in this order, each once for people and once for machines; `#` is another number each time. The ids
/// that are typed are canaries, and `@` is one of the API's.
const LINES: &[&str] = &[
    "sync clients.csv --mapping map.toml --batch-size 10 --resend-after 0s --give-up-after 0s --full --metrics-file sync#.prom",
    "check clients.csv --mapping map.toml --against old.toml --valid good#.csv --invalid bad#.csv --online",
    "resume --batch-size 10 --resend-after 0s --give-up-after 0s --metrics-file resume#.prom",
    "resolve --verify --resend-after 0s --metrics-file resolve#.prom",
    "resolve --skip",
    "verify",
    "runs",
    "show",
    "show --changes changes#.csv",
    "results --out results# --format csv",
    "results --out sheets# --format xlsx",
    "report --out page#.html",
    "explain 3",
    "explain clients.csv:45 --mapping map.toml",
    "explain Qzcanary-healthsherpa_id-3",
    "explain Qzcanary-nobody",
    "explain nothing-Qzcanary.csv:3",
    "retry --only all --code phone.scientific",
    "retry 1 --only all --batch-size 10 --resend-after 0s --give-up-after 0s --metrics-file retry#.prom",
    "retry 1 --from source --mapping old.toml --allow max_rejected --resend-after 0s --give-up-after 0s",
    "customer @",
    "customer 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    "ack phone.scientific --because known",
    "ack Qzcanary-healthsherpa_id-1001 --because known",
    "ack Qzcanary-healthsherpa_id-1001 --withdraw",
    "ack Qzcanary-nobody --because known",
    "ack Qzcanary-nobody --withdraw",
    "ack --list",
    "journal backup copy#.db",
    "mapping check map.toml clients.csv",
    "mapping test map.toml",
    "mapping new clients.csv",
    "mapping new clients.csv --out draft#.toml",
    "mapping fields sync-aca",
    "mapping schema",
    "doctor --mapping map.toml --inbox .",
    "forget Qzcanary-healthsherpa_id-3 --dry-run",
    "forget Qzcanary-nobody",
    "forget Qzcanary-healthsherpa_id-#",
    "purge --older-than 0h --dry-run",
    "purge --older-than 0h",
    "audit",
    "completions bash",
    "man",
    "man --out man#",
];

/// The commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = names.filter(|name| !name.is_empty() && *name != "help");
    names.map(str::to_owned).collect()
}

/// Every verb of the command line, those of two words too.
fn verbs(work: &Workdir) -> BTreeSet<String> {
    let mut verbs = BTreeSet::new();
    for name in listed(&work.run("--help").expect(0).stdout) {
        let below = listed(&work.run(&format!("{name} --help")).expect(0).stdout);
        if below.is_empty() {
            verbs.insert(name);
        } else {
            verbs.extend(below.into_iter().map(|verb| format!("{name} {verb}")));
        }
    }
    verbs
}

/// The verb of a line.
fn verb_of(line: &str, verbs: &BTreeSet<String>) -> String {
    let is_it = |verb: &&String| line == verb.as_str() || line.starts_with(&format!("{verb} "));
    verbs.iter().find(is_it).unwrap().clone()
}

#[test]
fn no_verb_shows_logs_counts_or_tells_what_a_cell_says() {
    let server = Server::failing(
        "fail=every:7;refuse=id-3;refuse-unnamed=id-5;applied-reset@4;garbage@6;truncate@8;missing@9;502@11",
    );
    let outsider = Outsider::new();
    let work = Workdir::against(&server)
        .with("ACA_SYNC_NOTIFY_PING", &outsider.at("/ping"))
        .with("ACA_SYNC_NOTIFY_WEBHOOK", &outsider.at("/hook"));
    export(&work, 40);
    let mapping = work.read("map.toml");
    let old = mapping.replace("newest", "# newest");
    work.write("old.toml", old.replace("\"city\"", "\"county\""));
    let mut left = verbs(&work);
    let known = left.clone();
    // It has a test of its own, as it ends by a signal only.
    left.remove("sandbox");

    for line in LINES {
        let verb = verb_of(line, &known);
        left.remove(&verb);
        for (number, manner) in [(1, "-vv"), (2, "-vv --json --log-format json")] {
            let customers = server.customers();
            let id = customers
                .first()
                .map_or("", |it| it["id"].as_str().unwrap());
            let line = line.replace('#', &number.to_string()).replace('@', id);
            let done = work.run(&format!("{line} {manner}"));
            assert!([0, 3, 64, 69].contains(&done.exit), "{line}: {done:?}");
            expect_no_canary(&done.stderr, &line);
            assert!(id.is_empty() || !done.stderr.contains(id), "{line}");
            // What it is there for.
            if verb != "customer" {
                expect_no_canary(&done.stdout, &line);
                assert!(id.is_empty() || !done.stdout.contains(id), "{line}");
            }
        }
    }
    assert_eq!(left, BTreeSet::new(), "verbs that this test does not run");
    expect_nothing_kept(&work, &outsider, &server);
}

/// Metrics, pages, drafts, what was told outside, and the audit.
fn expect_nothing_kept(work: &Workdir, outsider: &Outsider, server: &Server) {
    let hashes = regex::Regex::new("[0-9a-f]{64}").unwrap();
    let mut kinds = BTreeSet::new();
    for path in below(&work.path("")) {
        let name = path.file_name().unwrap().to_string_lossy();
        let kind = path.extension().and_then(|kind| kind.to_str());
        // Other CSV files are rows by design.
        let Some(kind @ ("prom" | "html" | "toml" | "csv")) =
            kind.filter(|kind| *kind != "csv" || name.starts_with("changes"))
        else {
            continue;
        };
        let text = fs::read_to_string(&path).unwrap();
        expect_no_canary(&hashes.replace_all(&text, ""), &path.to_string_lossy());
        kinds.insert(kind.to_owned());
    }
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    let heard = outsider.take();
    assert!(heard.len() > 12, "{heard:?}");
    for heard in heard {
        expect_no_canary(&format!("{} {}", heard.target, heard.body), "what is told");
    }
    let audit = work.run("audit --json").expect(0).stdout;
    expect_no_canary(&audit, "the audit");
    for verb in [
        "ack", "customer", "forget", "purge", "report", "results", "retry",
    ] {
        assert!(audit.contains(&format!("\"{verb}\"")), "{verb}: {audit}");
    }
    for customer in server.customers() {
        assert!(!audit.contains(customer["id"].as_str().unwrap()), "{audit}");
    }
}

#[test]
fn how_far_the_work_is_tells_nothing_of_whom_it_is_about() {
    let server = Server::failing("applied-slow=60000@2");
    let work = Workdir::against(&server);
    export(&work, 30);

    let mut sync = work.start(
        "sync clients.csv --mapping map.toml --batch-size 10 --concurrency 1 -vv --log-format json",
    );
    let stderr = sync.stderr();
    assert!(sync.wait_until(|| server.tally().records_applied >= 20));
    sync.signal("USR1");
    let mut said = String::new();
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    let told = lines.find(|line| {
        said.push_str(line);
        line.starts_with("sending: ")
    });
    sync.kill();

    assert!(told.is_some(), "{said}");
    expect_no_canary(&said, "SIGUSR1");
}

#[test]
fn the_sandbox_says_nothing_of_what_it_is_sent() {
    let mut sandbox = Workdir::new();
    sandbox.write("nothing", "");
    let mut running = sandbox.start(
        "sandbox --listen 127.0.0.1:0 --quota none --store held.db --fault fail=every:7 --fault refuse=id-3 \
         -vv --log-format json",
    );
    let mut stderr = BufReader::new(running.stderr());
    let (mut said, mut url) = (String::new(), None);
    while url.is_none() {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "{said}");
        url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        said += &line;
    }
    sandbox = sandbox
        .with_address(&url.unwrap())
        .with("ACA_SYNC_API_KEY", KEY);
    export(&sandbox, 20);
    sandbox
        .run("sync clients.csv --mapping map.toml --batch-size 5 --resend-after 0s")
        .expect(3);
    running.signal("TERM");
    let done = running.finish();
    stderr.read_to_string(&mut said).unwrap();

    expect_no_canary(&done.stdout, "the sandbox");
    expect_no_canary(&said, "the sandbox");
    assert!(
        done.json()["records_failed"].as_u64() > Some(0),
        "{}",
        done.stdout
    );
    let mode = fs::metadata(sandbox.path("held.db")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600, "it holds what it was sent");
}

/// Every file that a command writes is its owner's alone, but for two that hold nothing of people and are for others.
#[test]
fn whatever_a_verb_writes_is_its_owner_s_alone() {
    let server = Server::failing("fail=every:7");
    let work = Workdir::against(&server);
    export(&work, 20);
    let before: BTreeSet<_> = below(&work.path("")).into_iter().collect();

    for line in [
        "check clients.csv --mapping map.toml --valid made-good.csv --invalid made-bad.csv",
        "sync clients.csv --mapping map.toml --batch-size 10 --archive-to archive --metrics-file run.prom",
        "show --changes made-changes.csv",
        "results --out made/results --format csv",
        "results --out made-sheets --format xlsx",
        "report --out made-page.html",
        "journal backup made-copy.db",
        "mapping new archive/clients.csv --out made-draft.toml",
        "explain 3 --show-values",
        "sync archive/clients.csv --mapping map.toml --sandbox --full",
        "forget Qzcanary-healthsherpa_id-3",
        "purge --older-than 0h",
        "man --out manual",
    ] {
        let done = work.run(line);
        assert!([0, 3].contains(&done.exit), "{line}: {done:?}");
    }

    let mut private = 0;
    for path in below(&work.path("")) {
        let name = path.strip_prefix(work.path("")).unwrap();
        let name = name.to_string_lossy().into_owned();
        if before.contains(&path) || name.starts_with("manual") {
            continue;
        }
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let expected = match path.is_dir() {
            // Counts, for whoever collects them.
            _ if name == "run.prom" => 0o644,
            true => 0o700,
            false => 0o600,
        };
        // A folder that only leads to one that is asked for may be anybody's.
        assert_eq!(mode, expected, "{name}: {mode:o}");
        private += 1;
    }
    assert!(private > 25, "{private} paths");
}
