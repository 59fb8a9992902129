//! The binary as an operator runs it: keys at the first start, signals, a second server on the same
//! data, mistakes in the configuration, and too few file descriptors.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_framewright");

/// A `serve` that has said where it listens; killed with the test.
pub struct Serving {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// What it has logged so far.
    log: String,
    address: SocketAddr,
}

pub fn command(data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command
        .env_clear()
        .env("FRAMEWRIGHT_LISTEN", "127.0.0.1:0")
        .env("FRAMEWRIGHT_DATA", data);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Serving {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the binary starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut log = String::new();
        let address = loop {
            let mut line = String::new();
            let count = stderr.read_line(&mut line).expect("text");
            assert!(count > 0, "ended before it listened: {log}");
            log.push_str(&line);
            if let Some((_, rest)) = line.split_once("listening url=\"http://") {
                let (address, _) = rest.split_once('"').expect("a quoted URL");
                break address.parse().expect("an address");
            }
        };
        Self {
            child,
            stderr,
            log,
            address,
        }
    }

    fn serve(data: &Path) -> Self {
        Self::start(command(data).arg("serve"))
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill")
            .args([name, &id])
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    /// Its exit code and everything it said.
    pub fn end(mut self) -> (Option<i32>, String) {
        let mut log = std::mem::take(&mut self.log);
        self.stderr.read_to_string(&mut log).expect("text");
        (self.child.wait().expect("it ends").code(), log)
    }

    /// The status line of a request.
    pub fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("connected");
        stream.write_all(request.as_bytes()).expect("written");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("an answer and a close");
        answer
    }

    fn account(&self, key: &str) -> String {
        self.ask(&format!(
            "GET /account HTTP/1.0\r\nAuthorization: {key}\r\n\r\n"
        ))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Already gone when the test ended it; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn data() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data)
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_first_key_is_in_a_file_of_its_own_and_not_in_the_log() {
    let data = data();
    let serving = Serving::serve(data.path());
    let file = data.path().join("first-key");
    let key = fs::read_to_string(&file).expect("the key");
    let mode = fs::metadata(&file).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(serving.account(key.trim()).starts_with("HTTP/1.0 200"));
    serving.signal("-TERM");
    let (code, log) = serving.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(
        !log.contains(key.trim()) && log.contains("first-key"),
        "{log}"
    );

    fs::remove_file(&file).expect("removed");
    let again = Serving::serve(data.path());
    assert!(!file.exists(), "a key exists, so none is made");
    assert!(again.account(key.trim()).starts_with("HTTP/1.0 200"));
}

#[test]
fn a_key_from_elsewhere_is_valid_and_printed_nowhere() {
    let data = data();
    let key = "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a";
    let serving = Serving::start(
        command(data.path())
            .arg("serve")
            .env("FRAMEWRIGHT_BOOTSTRAP_KEY", key),
    );
    assert!(serving.account(key).starts_with("HTTP/1.0 200"));
    assert!(!data.path().join("first-key").exists());
    serving.signal("-TERM");
    let (_, log) = serving.end();
    assert!(!log.contains(key), "{log}");
}

#[test]
fn keys_are_made_and_revoked_beside_a_running_server() {
    let data = data();
    let serving = Serving::serve(data.path());
    let made = text(&run(data.path(), &["keys", "create", "--account", "studio"]).stdout);
    let key = made
        .lines()
        .next()
        .and_then(|line| line.split(' ').next_back())
        .expect("a key");
    assert!(made.contains("whsec_"), "{made}");
    assert!(serving.account(key).contains("studio@localhost"), "{made}");

    let listed = text(&run(data.path(), &["keys", "list"]).stdout);
    assert!(!listed.contains(key), "{listed}");
    let row = listed
        .lines()
        .find(|line| line.contains("studio"))
        .expect("its row");
    let id = row.split(' ').next().expect("an id");
    assert!(run(data.path(), &["keys", "revoke", id]).status.success());
    assert_eq!(
        run(data.path(), &["keys", "revoke", id]).status.code(),
        Some(1)
    );
    // A valid key is remembered for two seconds at most.
    while serving.account(key).starts_with("HTTP/1.0 200") {}
}

#[test]
fn a_second_server_on_the_same_data_is_told_who_is_there() {
    let data = data();
    let serving = Serving::serve(data.path());
    let second = run(data.path(), &["serve"]);
    let said = text(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("process {}", serving.child.id())),
        "{said}"
    );
    assert!(said.contains("--data"), "{said}");
}

#[test]
fn a_directory_that_others_can_read_is_refused() {
    let data = data();
    fs::write(data.path().join("something"), "").expect("written");
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o755)).expect("opened");
    let refused = run(data.path(), &["serve"]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("chmod 700"), "{said}");
}

#[test]
fn a_mistake_in_the_configuration_is_named_with_its_line_by_both_commands() {
    let data = data();
    let file = data.path().join("bad.toml");
    fs::write(&file, "[webhooks]\n\nper_receivers = 1\n").expect("written");
    let file = file.display().to_string();
    for arguments in [
        ["check-config", "--config", &file],
        ["serve", "--config", &file],
    ] {
        let refused = run(data.path(), &arguments);
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(
            said.contains("bad.toml line 3: ") && said.contains("per_receiver"),
            "{said}"
        );
    }
}

#[test]
fn the_printed_defaults_are_a_configuration() {
    let data = data();
    let manual = run(data.path(), &["check-config", "--defaults"]).stdout;
    let file = data.path().join("all.toml");
    fs::write(&file, manual).expect("written");
    let checked = run(
        data.path(),
        &["check-config", "--config", &file.display().to_string()],
    );
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("the configuration is good"));
}

#[test]
fn the_example_has_every_kind_of_provider_and_is_a_configuration() {
    const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config.example.toml");
    let example = fs::read_to_string(EXAMPLE).expect("it is in the tree");
    for kind in framewright_providers::Registry::shipped().words() {
        assert!(example.contains(&format!("\nkind = \"{kind}\"")), "{kind}");
    }
    let data = data();
    let mut check = command(data.path());
    check.args(["check-config", "--config", EXAMPLE]);
    let variables = example.split("\"env:").skip(1);
    check.envs(variables.filter_map(|rest| Some((rest.split_once('"')?.0, "not-a-key"))));
    let checked = check.output().expect("the binary starts");
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

#[test]
fn every_key_of_every_provider_is_asked_online() {
    let data = data();
    let file = data.path().join("routes.toml");
    let config = "[[provider]]\nname = \"drawn\"\nkind = \"preview\"\n\
        [[route]]\ntask_type = \"imagine-video-extend\"\nextend = \"refuse\"\nprice = 3\n\
        to = [{ provider = \"drawn\" }]\n";
    fs::write(&file, config).expect("written");
    let file = file.display().to_string();
    let checked = run(
        data.path(),
        &["check-config", "--online", "--config", &file],
    );
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let said = text(&checked.stdout);
    assert_eq!(said.matches("online drawn, key ").count(), 1, "{said}");
}

#[test]
fn the_number_of_renders_is_a_setting_that_the_preview_takes() {
    let data = data();
    let file = data.path().join("renders.toml");
    fs::write(&file, "[preview]\nrenders = 2\n").expect("written");
    let checked = run(
        data.path(),
        &["check-config", "--config", &file.display().to_string()],
    );
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

#[test]
fn a_server_out_of_file_descriptors_recovers_when_there_are_some_again() {
    let data = data();
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -n 64; exec \"$0\" serve", BINARY])
        .env_clear();
    limited
        .env("PATH", "/usr/bin:/bin")
        .env("FRAMEWRIGHT_LISTEN", "127.0.0.1:0");
    limited.env("FRAMEWRIGHT_DATA", data.path());
    limited
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut serving = Serving::start(&mut limited);
    let connect = |_| TcpStream::connect(serving.address).expect("the kernel's queue has room");
    let held: Vec<_> = (0..100).map(connect).collect();
    let mut line = String::new();
    while !line.contains("cannot accept connections, pausing") {
        line.clear();
        assert!(
            serving.stderr.read_line(&mut line).expect("text") > 0,
            "it ended"
        );
    }
    drop(held);
    let answer = serving.ask("GET /health HTTP/1.0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    serving.signal("-TERM");
    assert_eq!(serving.end().0, Some(0));
}
