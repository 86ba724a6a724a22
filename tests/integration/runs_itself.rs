//! `contrib` and the README's crontab: what starts the command at night fits it, and passes the system's own checks.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};

use aca_sync::cli::Exit;

use crate::support::{KEY, Server, Workdir, workdir::Done};

const SERVICE: &str = "contrib/systemd/aca-sync.service";
const TIMER: &str = "contrib/systemd/aca-sync.timer";

/// What a unit says under that name, in order.
fn settings(unit: &str, name: &str) -> Vec<String> {
    let text = fs::read_to_string(unit).unwrap();
    let values = text
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    values.map(str::to_owned).collect()
}

fn setting(unit: &str, name: &str) -> String {
    let values = settings(unit, name);
    assert_eq!(values.len(), 1, "{name}");
    values.into_iter().next().unwrap()
}

#[test]
fn the_service_s_own_line_sends_the_newest_export_with_the_key_that_it_is_handed() {
    let server = Server::new();
    let work = Workdir::new().with_address(&server.url());
    for folder in ["srv", "srv/inbox", "credentials"] {
        fs::create_dir(work.path(folder)).unwrap();
    }
    work.export("srv/inbox/clients.csv", 10);
    let (credential, _) = setting(SERVICE, "LoadCredential")
        .split_once(':')
        .map(|(name, path)| (name.to_owned(), path.to_owned()))
        .unwrap();
    work.write(&format!("credentials/{credential}"), KEY);
    let key = work.path("credentials").join(&credential);
    fs::set_permissions(key, fs::Permissions::from_mode(0o400)).unwrap();
    let state = setting(SERVICE, "StateDirectory");
    let (variable, folder) = setting(SERVICE, "Environment")
        .split_once('=')
        .map(|(name, path)| (name.to_owned(), path.replace("%S", "lib")))
        .unwrap();

    let line = setting(SERVICE, "ExecStart")
        .replace("/srv/aca-sync/", "srv/")
        .replace("/etc/aca-sync/clients.toml", "map.toml");
    let words = line.strip_prefix("/usr/local/bin/aca-sync ").unwrap();
    let run = || {
        let mut command = work.command(words);
        command
            .env("CREDENTIALS_DIRECTORY", work.path("credentials"))
            .env(&variable, &folder);
        Done::of(command.output().unwrap())
    };
    let first = run().expect(0);
    let second = run().expect(66);

    assert_eq!((first.stdout, first.stderr), (String::new(), String::new()));
    second.complains(&["there is no export in this folder"]);
    assert_eq!(server.tally().customers, 10);
    assert!(work.path("srv/done/clients.csv").exists());
    assert_eq!(folder, format!("lib/{state}"));
    assert!(work.path(&folder).join("journal.db").exists());
}

#[test]
fn the_service_tries_again_what_can_be_resumed_and_nothing_else() {
    let codes = |name: &str| -> Vec<u8> {
        let value = setting(SERVICE, name);
        value
            .split_whitespace()
            .map(|code| code.parse().unwrap())
            .collect()
    };
    let tried_again = codes("RestartForceExitStatus");
    let fine = codes("SuccessExitStatus");

    assert_eq!(
        tried_again,
        [Exit::Unavailable.code(), Exit::TryLater.code()]
    );
    assert_eq!(fine, [Exit::Terminated.code()]);
    for exit in Exit::ALL
        .iter()
        .filter(|exit| tried_again.contains(&exit.code()))
    {
        assert!(exit.meaning().ends_with("resumable"), "{exit:?}");
    }
}

/// Where systemd's own checker is not there, this says so and checks nothing; `.ci/run` tells as much.
#[test]
fn the_units_pass_systemd_s_own_checks() {
    let work = Workdir::new();
    let line = ["/usr/local/bin/aca-sync", env!("CARGO_BIN_EXE_aca-sync")];
    let service = fs::read_to_string(SERVICE)
        .unwrap()
        .replace(line[0], line[1]);
    work.write("aca-sync.service", service);
    fs::copy(TIMER, work.path("aca-sync.timer")).unwrap();
    let check = |words: &str| {
        let mut command = Command::new("systemd-analyze");
        command
            .args(words.split(' '))
            .current_dir(work.path(""))
            .output()
    };

    let Ok(verified) = check("verify --man=no ./aca-sync.service ./aca-sync.timer") else {
        eprintln!("no systemd-analyze here: the units are not checked");
        return;
    };
    assert_eq!(String::from_utf8(verified.stderr).unwrap(), "");
    assert!(verified.status.success());
    // Tenths of what systemd calls exposure; 20 is well within what it calls OK.
    let secured = check("security --offline=true --threshold=20 ./aca-sync.service").unwrap();
    let said = String::from_utf8(secured.stdout).unwrap();
    assert!(secured.status.success(), "{said}");
}

/// The unit's own comment says which lines make it one for several profiles.
#[test]
fn the_unit_for_several_profiles_passes_systemd_s_own_checks_too() {
    let work = Workdir::new();
    let mut unit = fs::read_to_string(SERVICE).unwrap();
    for name in ["ExecStart=", "LoadCredential="] {
        let told: Vec<String> = unit
            .lines()
            .filter_map(|line| line.strip_prefix("#   "))
            .filter(|line| line.starts_with(name))
            .map(str::to_owned)
            .collect();
        assert!(told.len() == 1 && told.iter().all(|line| line.contains("%i")));
        let lines = unit.lines().map(|line| match told.first() {
            Some(told) if line.starts_with(name) => told.clone(),
            _ => line.to_owned(),
        });
        unit = lines.collect::<Vec<_>>().join("\n") + "\n";
    }
    let ours = env!("CARGO_BIN_EXE_aca-sync");
    unit = unit.replace(
        "ExecStart=/usr/local/bin/aca-sync",
        &format!("ExecStart={ours}"),
    );
    work.write("aca-sync@.service", unit);
    fs::copy(TIMER, work.path("aca-sync@.timer")).unwrap();

    let verified = Command::new("systemd-analyze")
        .args([
            "verify",
            "--man=no",
            "./aca-sync@miami.service",
            "./aca-sync@miami.timer",
        ])
        .current_dir(work.path(""))
        .output();

    let Ok(verified) = verified else {
        eprintln!("no systemd-analyze here: the units are not checked");
        return;
    };
    assert_eq!(String::from_utf8(verified.stderr).unwrap(), "");
    assert!(verified.status.success());
}

#[test]
fn the_crontab_of_the_readme_runs_with_the_little_that_cron_gives() {
    let server = Server::new();
    let work = Workdir::new();
    fs::create_dir_all(work.path(".cargo/bin")).unwrap();
    symlink(
        env!("CARGO_BIN_EXE_aca-sync"),
        work.path(".cargo/bin/aca-sync"),
    )
    .unwrap();
    fs::create_dir(work.path("exports")).unwrap();
    work.export("exports/clients.csv", 10);
    fs::rename(work.path("map.toml"), work.path("my-clients.toml")).unwrap();
    work.write("aca-sync-key", KEY);
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(work.path("aca-sync-key"), private).unwrap();

    let readme = fs::read_to_string("README.md").unwrap();
    let crontab = readme
        .split("```cron\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let job = crontab
        .lines()
        .find(|line| line.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap();
    let command = job.splitn(6, ' ').nth(5).unwrap().trim();
    for night in ["sends", "has nothing to do"] {
        let done = Command::new("/bin/sh")
            .args(["-c", command])
            .current_dir(work.path(""))
            .env_clear()
            .envs([
                ("HOME", work.path("").to_str().unwrap()),
                ("PATH", "/usr/bin:/bin"),
            ])
            .env("ACA_SYNC_BASE_URL", server.url())
            .output();
        let done = Done::of(done.unwrap()).expect(0);

        assert_eq!(
            (done.stdout, done.stderr),
            (String::new(), String::new()),
            "{night}"
        );
        assert_eq!(server.tally().requests, 1);
    }
}

#[test]
fn every_flag_that_contrib_names_is_one_of_sync() {
    let help = Workdir::new().run("sync --help").expect(0).stdout;
    let mut named = 0;
    for file in [SERVICE, "contrib/windows/README.md"] {
        let text = fs::read_to_string(file).unwrap();
        let is_of_ours =
            |line: &&str| line.contains("--mapping") || line.contains("--metrics-file");
        for line in text.lines().filter(is_of_ours) {
            let ours = line
                .split_once("aca-sync sync")
                .map_or(line, |(_, after)| after);
            let flags = ours.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            for flag in flags.filter(|word| word.starts_with("--")) {
                assert!(
                    help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")),
                    "{file}: {flag}"
                );
                named += 1;
            }
        }
    }
    assert!(named >= 10, "{named}");
}

#[test]
fn whoever_asks_by_a_signal_is_told_how_far_the_work_is() {
    let server = Server::failing("applied-slow=60000@2");
    let work = Workdir::against(&server);
    work.export("clients.csv", 30);

    let mut sync =
        work.start("sync clients.csv --mapping map.toml --batch-size 10 --concurrency 1");
    let stderr = sync.stderr();
    assert!(sync.wait_until(|| server.tally().records_applied >= 20));
    sync.signal("USR1");

    let mut said = BufReader::new(stderr).lines().map_while(Result::ok);
    let told = said.find(|line| line.starts_with("sending: "));
    sync.kill();
    let told = told.unwrap_or_default();
    assert!(
        told.contains(" of 30 records; ") && told.contains(" requests left in 1 second"),
        "{told}"
    );
}
