//! One kind on stage: its double, providers of the kind that buy from it, and the inputs of a task.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::address::{Allow, range};
use framewright_core::attempt::UpstreamJob;
use framewright_core::clock::{Clock, Millis};
use framewright_core::spec::Role;
use framewright_core::task::Input;
use framewright_doubles::Doubles;
use framewright_doubles::double::Callback;
use framewright_doubles::script::{self, Step};
use framewright_doubles::world::Recorded;
use framewright_outbound::{Outbound, OutboundConfig};
use framewright_providers::{
    Context, InputFiles, Order, ParentJob, Plan, PrepareError, Prepared, Provider, ProviderKey,
    Registry, Sending, SettingsError, SubmitError, Taken, Unsupported, Wanted,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::fixture::{Case, Fixture, media};

/// The client key, or the id we choose, of the first submit; the others end in another digit.
pub const SUBMIT_KEY: &str = "0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a20";

/// Where vendors may call this server.
pub const PUBLIC_URL: &str = "https://fw.example.com";

/// Where a vendor calls back that can.
pub const CALLBACK_URL: &str = "https://fw.example.com/callbacks/mine/nonce-of-the-contract";

/// Where this server's links to inputs are; the name of the blob follows.
pub const LINKS: &str = "https://fw.example.com/files/inputs";

/// A clock that stands.
struct Still;

impl Clock for Still {
    fn now(&self) -> Millis {
        1_800_000_000_000
    }

    fn uptime(&self) -> Millis {
        0
    }
}

/// Blobs by their names in one directory.
struct Shelf(PathBuf);

#[async_trait]
impl InputFiles for Shelf {
    async fn path(&self, blob: &str) -> std::io::Result<PathBuf> {
        Ok(self.0.join(blob))
    }

    fn link(&self, blob: &str, _now: Millis) -> Option<String> {
        Some(format!("{LINKS}/{blob}"))
    }
}

pub struct Stage<'a> {
    dir: TempDir,
    doubles: Doubles,
    pub fixture: &'a Fixture,
}

impl<'a> Stage<'a> {
    pub async fn of(fixture: &'a Fixture) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let doubles = Doubles::start(dir.path(), &[fixture.double]).await;
        Self {
            doubles: doubles.expect("the double starts"),
            dir,
            fixture,
        }
    }

    /// The kind with its usual settings and first credential.
    pub fn provider(&self) -> Arc<dyn Provider> {
        self.named("mine", self.fixture.key)
    }

    pub fn named(&self, name: &str, key: &str) -> Arc<dyn Provider> {
        let table = self.settings(self.base_url(), key);
        self.make(name, &table)
            .expect("the fixture's settings are right")
    }

    /// The kind where nobody listens.
    pub fn unreachable(&self) -> Arc<dyn Provider> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let nobody = format!("http://{}", port.expect("a free port"));
        let table = self.settings(&nobody, self.fixture.key);
        self.make("mine", &table).expect("the settings are right")
    }

    pub fn make(
        &self,
        name: &str,
        table: &toml::Table,
    ) -> Result<Arc<dyn Provider>, SettingsError> {
        let made = Registry::shipped().make(self.fixture.kind, name, table, &self.context());
        made.map(|configured| configured.provider)
    }

    pub fn base_url(&self) -> &str {
        self.doubles.url(self.fixture.double)
    }

    pub fn settings(&self, base: &str, key: &str) -> toml::Table {
        let settings = self.fixture.settings.parse::<toml::Table>();
        let mut settings = settings.expect("the fixture's settings are TOML");
        let base = format!("{base}{}", self.fixture.base_path);
        settings.insert("base_url".into(), base.into());
        settings.insert("key".into(), key.into());
        settings
    }

    fn context(&self) -> Context {
        let config = OutboundConfig {
            allow: Allow {
                ranges: vec![range("127.0.0.0/8").expect("a range")],
                own_ports: Vec::new(),
            },
            ..OutboundConfig::default()
        };
        Context {
            outbound: Outbound::new(config).expect("clients"),
            inputs: Arc::new(Shelf(self.dir.path().to_owned())),
            clock: Arc::new(Still),
            scratch: self.dir.path().to_owned(),
            public_url: Some(PUBLIC_URL.into()),
        }
    }

    pub fn plan(&self, provider: &dyn Provider, case: &Case) -> Result<Plan, Unsupported> {
        provider.supports(&Wanted {
            spec: &case.spec,
            upstream_model: case.upstream_model,
            parent_ms: case.parent.map(|_| 5_000),
        })
    }

    pub async fn prepare(
        &self,
        provider: &dyn Provider,
        case: &Case,
    ) -> Result<Prepared, PrepareError> {
        let plan = self.plan(provider, case);
        let plan = plan.unwrap_or_else(|refusal| panic!("{}: {refusal}", self.of_case(case)));
        let inputs = self.inputs(case);
        let parent = case
            .parent
            .map(|(job, index)| (UpstreamJob(job.into()), index));
        let order = Order {
            spec: &case.spec,
            slots: &[0],
            upstream_model: &plan.upstream_model,
            inputs: &inputs,
            parent: parent.as_ref().map(|(job, job_index)| ParentJob {
                job,
                job_index: *job_index,
            }),
        };
        provider.prepare(&order, key(provider)).await
    }

    pub fn of_case(&self, case: &Case) -> String {
        format!("{}, {}", self.fixture.kind, case.name)
    }

    /// Where blobs lie.
    pub fn shelf(&self) -> &Path {
        self.dir.path()
    }

    fn inputs(&self, case: &Case) -> Vec<Input> {
        let roles = case.spec.inputs.iter().map(|input| input.role);
        let input = |role| {
            let (mime, bytes) = media(role);
            shelve(self.dir.path(), role, mime, bytes, case.pixels)
        };
        roles.map(input).collect()
    }

    /// Buys the fixture's first case with submit key number `n`, 0 to 9.
    pub async fn buy(&self, provider: &dyn Provider, n: u8) -> Result<Taken, SubmitError> {
        let case = &self.fixture.cases[0];
        let prepared = self.prepare(provider, case).await.expect("it is prepared");
        self.submit(provider, case, &prepared, n).await
    }

    pub async fn submit(
        &self,
        provider: &dyn Provider,
        case: &Case,
        prepared: &Prepared,
        n: u8,
    ) -> Result<Taken, SubmitError> {
        let plan = self.plan(provider, case).expect("it is supported");
        let submit_key = format!("{}{n}", &SUBMIT_KEY[..SUBMIT_KEY.len() - 1]);
        let sending = Sending {
            prepared: &prepared.text,
            upstream_model: &plan.upstream_model,
            submit_key: &submit_key,
            callback_url: Some(CALLBACK_URL),
        };
        provider.submit(&sending, key(provider)).await
    }

    /// The next request is answered so, whatever it is about.
    pub fn answer(&self, status: u16, body: &Value) {
        self.fault(&json!({"do": "answer", "status": status, "body": body}));
    }

    pub fn fault(&self, fault: &Value) {
        self.script(json!({ "faults": [fault] }));
    }

    pub fn script(&self, change: Value) {
        self.doubles.script(self.fixture.double, change);
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.doubles.requests(self.fixture.double)
    }

    /// What the double sold.
    pub fn sold(&self) -> usize {
        self.doubles.purchases(self.fixture.double).len()
    }

    /// The double's own id of what it sold last.
    pub fn bought_job(&self) -> String {
        let purchases = self.doubles.purchases(self.fixture.double);
        purchases.last().expect("something was bought").job.clone()
    }

    /// What the double posts about the job it sold last when that comes to this state.
    pub fn post(&self, state: &str) -> Callback {
        let world = self.doubles.world(self.fixture.double);
        let job = self.bought_job();
        world.turn(&job, script::Stage::of(state));
        let view = world.peek(&job).expect("it was sold");
        let make = world.double().callback.expect("this vendor calls back");
        make(world, &view).expect("it was told where")
    }

    /// The newest request of this step.
    pub fn newest(&self, step: Step) -> Recorded {
        let requests = self.requests();
        let newest = requests.into_iter().rfind(|request| request.step == step);
        newest.unwrap_or_else(|| panic!("{}: no request of {step:?}", self.fixture.kind))
    }
}

/// The provider's only key.
pub fn key(provider: &dyn Provider) -> &ProviderKey {
    &provider.keys()[0]
}

/// An input with these bytes.
pub fn shelve(
    dir: &Path,
    role: Role,
    mime: &str,
    bytes: &[u8],
    (width, height): (u32, u32),
) -> Input {
    let blob = role.word().to_owned();
    std::fs::write(dir.join(&blob), bytes).expect("it is written");
    Input {
        role,
        blob,
        sha256: hex::encode(Sha256::digest(bytes)),
        bytes: bytes.len() as u64,
        mime: mime.into(),
        width,
        height,
    }
}
