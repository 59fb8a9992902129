//! The shipped kinds of providers as sellers: their vendors' doubles as one process beside the server,
//! each with a ledger of its own, and what becomes of their ledgers at the end. It knows no cycle.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use framewright_doubles::till::{self, Purchase};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::http;
use crate::ledger::faults::Fault;

/// Between two looks whether the doubles listen.
const LOOK: Duration = Duration::from_millis(50);

/// The doubles listen within this.
const STARTS: Duration = Duration::from_secs(30);

/// One vendor: how the server is configured for it, and what its double is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vendor {
    /// The provider's name in the config.
    pub name: &'static str,
    pub double: &'static str,
    /// More of the provider's table, `kind` among it; `{base}` is the double's address.
    pub settings: &'static str,
    /// The model that the route names.
    pub model: &'static str,
    /// The vendor's word for a job that ended well.
    pub done: &'static str,
    /// Whether every purchase must come to be known: classes A, B and D.
    pub names: bool,
}

/// Those that make a video of words.
pub const VENDORS: [Vendor; 7] = [
    Vendor {
        name: "runway",
        double: "runway",
        settings: "kind = \"runway\"\nbase_url = \"{base}\"\nkey = \"key_of_the_suite\"",
        model: "kling2.5_turbo_pro",
        done: "SUCCEEDED",
        names: false,
    },
    Vendor {
        name: "kling",
        double: "kling",
        settings: "kind = \"kling\"\nbase_url = \"{base}\"\nkey = \"key-of-the-suite\"",
        model: "kling-v2-5-turbo",
        done: "succeed",
        names: true,
    },
    Vendor {
        name: "wan",
        double: "dashscope",
        settings: "kind = \"wan\"\nbase_url = \"{base}/api/v1\"\nkey = \"sk-of-the-suite\"",
        model: "wan2.6-t2v",
        done: "SUCCEEDED",
        names: false,
    },
    Vendor {
        name: "fal",
        double: "fal",
        settings: "kind = \"fal\"\nbase_url = \"{base}\"\nkey = \"id:secret\"\n\
                   signing_keys_url = \"{base}/.well-known/jwks.json\"",
        model: "fal-ai/kling-video/v2.5-turbo/pro/text-to-video",
        done: "COMPLETED",
        names: true,
    },
    Vendor {
        name: "replicate",
        double: "replicate",
        settings: "kind = \"replicate\"\nbase_url = \"{base}\"\nkey = \"r8_of_the_suite\"",
        model: "kwaivgi/kling-v2.5-turbo-pro",
        done: "succeeded",
        names: true,
    },
    Vendor {
        name: "apiframe-v1",
        double: "apiframe_v1",
        settings: "kind = \"apiframe\"\nversion = \"v1\"\nbase_url = \"{base}\"\nkey = \"key-of-v1\"",
        model: "kling-v1-6",
        done: "finished",
        names: false,
    },
    Vendor {
        name: "apiframe-v2",
        double: "apiframe_v2",
        settings: "kind = \"apiframe\"\nversion = \"v2\"\nbase_url = \"{base}\"\nkey = \"afk_suite\"",
        model: "kling-2.5-turbo-pro",
        done: "COMPLETED",
        names: true,
    },
];

/// The doubles, running until they are dropped.
pub struct Shops {
    _process: Child,
    directory: PathBuf,
    urls: BTreeMap<String, String>,
}

impl Shops {
    /// Starts the doubles of [`VENDORS`], ledgers in `directory`: jobs are done at the first look, and
    /// vendors that call back do so.
    ///
    /// # Errors
    /// When their process does not come up.
    pub async fn open(binary: &Path, directory: &Path) -> anyhow::Result<Self> {
        let directory = directory.join("doubles");
        let ports = directory.join("ports.json");
        std::fs::create_dir_all(&directory)?;
        let names = VENDORS.map(|vendor| vendor.double).join(",");
        let process = Command::new(binary)
            .arg("--ports-file")
            .arg(&ports)
            .arg("--dir")
            .arg(&directory)
            .args(["--only", &names])
            .kill_on_drop(true)
            .spawn()
            .context("start the doubles")?;
        let written = async {
            let mut looks = tokio::time::interval(LOOK);
            loop {
                looks.tick().await;
                if let Ok(text) = std::fs::read_to_string(&ports) {
                    return serde_json::from_str(&text);
                }
            }
        };
        let urls = tokio::time::timeout(STARTS, written).await;
        let shops = Self {
            _process: process,
            directory,
            urls: urls.context("the doubles did not start")??,
        };
        shops.reset().await?;
        Ok(shops)
    }

    async fn script(&self, double: &str, change: &Value) -> anyhow::Result<()> {
        let url = format!("{}/{double}/script", self.urls["control"]);
        let request = http::client().post(url).json(change);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// Takes away whatever was armed.
    ///
    /// # Errors
    /// When a double does not answer.
    pub async fn reset(&self) -> anyhow::Result<()> {
        for vendor in VENDORS {
            let usual = json!({ "reset": true, "calls_back": true, "sequence": [vendor.done] });
            self.script(vendor.double, &usual).await?;
        }
        Ok(())
    }

    /// Arms at every double what the ledgers are armed with.
    ///
    /// # Errors
    /// When a double does not answer.
    pub async fn arm(&self, fault: Fault, times: u32) -> anyhow::Result<()> {
        let mut armed = wire(fault);
        armed["times"] = times.into();
        for vendor in VENDORS {
            let change = json!({ "faults": [armed] });
            self.script(vendor.double, &change).await?;
        }
        Ok(())
    }

    /// A provider and a route for each.
    #[must_use]
    pub fn config(&self) -> String {
        VENDORS.iter().map(|vendor| self.section(vendor)).collect()
    }

    fn section(&self, vendor: &Vendor) -> String {
        let Vendor { name, model, .. } = vendor;
        let settings = vendor.settings.replace("{base}", &self.urls[vendor.double]);
        format!(
            "\n[[provider]]\nname = \"{name}\"\n{settings}\npoll_every_ms = 200\n\
             \n[[route]]\ntask_type = \"kling-video\"\nmodel = \"sold-by-{name}\"\n\
             to = [{{ provider = \"{name}\", model = \"{model}\" }}]\n"
        )
    }

    /// What each has sold.
    ///
    /// # Errors
    /// When a ledger cannot be read.
    pub fn sold(&self) -> anyhow::Result<Vec<(Vendor, Vec<Purchase>)>> {
        let ledger = |vendor: Vendor| {
            let book = self.directory.join(format!("{}.till", vendor.double));
            Ok((vendor, till::read(&book)?))
        };
        VENDORS.into_iter().map(ledger).collect()
    }
}

/// The ledgers' fault in the words of a double's script.
fn wire(fault: Fault) -> Value {
    let answer = |on: &str, status: u16| json!({ "on": on, "do": "answer", "status": status });
    match fault {
        Fault::Busy => {
            let headers = json!({ "retry-after": "1" });
            json!({ "on": "submit", "do": "answer", "status": 429, "headers": headers })
        }
        Fault::BusySilent => answer("submit", 429),
        Fault::Storm => answer("submit", 503),
        Fault::Revoked => answer("submit", 401),
        Fault::OutOfMoney => answer("submit", 402),
        Fault::ResetBefore => json!({ "on": "submit", "do": "drop_before" }),
        Fault::ErrorAfter => json!({ "on": "submit", "do": "no_id" }),
        Fault::ResetAfter => json!({ "on": "submit", "do": "drop_after_purchase" }),
        Fault::Garbage => json!({ "on": "submit", "do": "garbage" }),
        Fault::Slow => json!({ "on": "submit", "do": "wait", "delay_ms": 1_500 }),
        Fault::Forgotten => answer("poll", 404),
        Fault::DeadLink => answer("file", 404),
        Fault::Truncated => json!({ "on": "file", "do": "drop_before" }),
    }
}
