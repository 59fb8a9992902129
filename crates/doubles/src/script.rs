//! What a test tells a double to do: the states a new job goes through, faults for requests to come,
//! how long links to outputs hold, and a vendor's own knobs. Values only: `world` plays them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One state of a job in the vendor's own word, with what the vendor shows beside it. In JSON either
/// the bare word or an object with `state`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "StageText", into = "StageText")]
pub struct Stage {
    pub state: String,
    /// Other members, such as `progress` or `failure`, in the vendor's names.
    pub with: Map<String, Value>,
}

impl Stage {
    /// A state with nothing beside it.
    #[must_use]
    pub fn of(state: &str) -> Self {
        Self {
            state: state.to_owned(),
            with: Map::new(),
        }
    }

    /// The same with one member more.
    #[must_use]
    pub fn and(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.with.insert(name.to_owned(), value.into());
        self
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StageText {
    Word(String),
    Whole {
        state: String,
        #[serde(flatten)]
        with: Map<String, Value>,
    },
}

impl From<StageText> for Stage {
    fn from(text: StageText) -> Self {
        match text {
            StageText::Word(state) => Self::of(&state),
            StageText::Whole { state, with } => Self { state, with },
        }
    }
}

impl From<Stage> for StageText {
    fn from(Stage { state, with }: Stage) -> Self {
        Self::Whole { state, with }
    }
}

/// What a request is about; each double says it of its own paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Submit,
    Poll,
    /// Asks for the outputs, where that is a request of its own.
    Result,
    Cancel,
    /// An output's bytes.
    File,
    /// Uploads, balances and whatever else.
    Other,
}

/// A fault for the next requests that it matches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// Any step where it is not said.
    pub on: Option<Step>,
    /// Any method where it is not said.
    pub method: Option<String>,
    /// How the path begins; any where it is not said.
    pub path: Option<String>,
    /// How many requests it hits, 1 if not said.
    #[serde(default = "once")]
    pub times: u32,
    /// Milliseconds to wait before anything else, 0 if not said.
    #[serde(default)]
    pub delay_ms: u64,
    #[serde(flatten)]
    pub act: Act,
}

fn once() -> u32 {
    1
}

/// What happens instead of the answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// This answer; nothing is bought and nothing moves.
    Answer {
        status: u16,
        #[serde(default)]
        headers: Map<String, Value>,
        /// Text is sent as it stands, anything else as JSON.
        #[serde(default)]
        body: Value,
    },
    /// The connection ends without an answer; nothing was bought.
    DropBefore,
    /// The request is carried out, then the connection ends without an answer.
    DropAfterPurchase,
    /// The request is carried out, the answer's body cannot be read.
    Garbage,
    /// The request is carried out, the answer lacks the job's id.
    NoId,
    /// Nothing but the delay.
    Wait,
}

impl Fault {
    /// Whether it is for this request.
    #[must_use]
    pub fn hits(&self, step: Step, method: &str, path: &str) -> bool {
        self.on.is_none_or(|on| on == step)
            && self
                .method
                .as_ref()
                .is_none_or(|m| m.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|p| path.starts_with(p))
    }
}

/// How long links to outputs hold. By default for ever.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// A link answers 403 after it was fetched this many times.
    pub fetches: Option<u32>,
    /// A link answers 403 once its job was asked for again: only the newest one holds.
    #[serde(default)]
    pub newest_only: bool,
}

/// What the control address takes. What is not said stays as it was; faults and sequences are added
/// to those still waiting.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// First of all, everything back to how it was at the start. Jobs and purchases stay.
    #[serde(default)]
    pub reset: bool,
    /// The states of every new job from now on, one a poll; the last one stays.
    pub sequence: Option<Vec<Stage>>,
    /// One sequence for each of the next new jobs; `sequence` is for those after them.
    #[serde(default)]
    pub next: Vec<Vec<Stage>>,
    #[serde(default)]
    pub faults: Vec<Fault>,
    pub links: Option<Links>,
    /// Whether each job sold from now on goes to its end without being looked at, with the vendor's
    /// posts on its way where the submit gave a URL.
    pub calls_back: Option<bool>,
    /// Settings of one double; each says in its `//!` what it knows. A null takes one away.
    #[serde(default)]
    pub knobs: Map<String, Value>,
}

/// What a double goes by at the moment.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub sequence: Option<Vec<Stage>>,
    pub next: VecDeque<Vec<Stage>>,
    pub faults: Vec<Fault>,
    pub links: Links,
    pub calls_back: bool,
    pub knobs: Map<String, Value>,
}

impl Script {
    /// Takes a change in.
    pub fn change(&mut self, change: Change) {
        if change.reset {
            *self = Self::default();
        }
        self.sequence = change.sequence.or(self.sequence.take());
        self.next.extend(change.next);
        self.faults.extend(change.faults);
        self.links = change.links.unwrap_or(self.links);
        self.calls_back = change.calls_back.unwrap_or(self.calls_back);
        self.knobs.extend(change.knobs);
        self.knobs.retain(|_, value| !value.is_null());
    }

    /// The states of a job that is made now; `usual` where nothing was said.
    pub fn stages(&mut self, usual: impl FnOnce() -> Vec<Stage>) -> Vec<Stage> {
        let said = self.next.pop_front().or_else(|| self.sequence.clone());
        said.filter(|stages| !stages.is_empty())
            .unwrap_or_else(usual)
    }

    /// The oldest fault for this request, used up by one.
    pub fn fault(&mut self, step: Step, method: &str, path: &str) -> Option<Fault> {
        let hit = |fault: &Fault| fault.times > 0 && fault.hits(step, method, path);
        let at = self.faults.iter().position(hit)?;
        self.faults[at].times -= 1;
        let fault = self.faults[at].clone();
        self.faults.retain(|fault| fault.times > 0);
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Act, Change, Script, Stage, Step};

    fn changed(script: &mut Script, change: serde_json::Value) {
        let change: Change = serde_json::from_value(change).expect("a change");
        script.change(change);
    }

    #[test]
    fn a_fault_is_used_up_by_the_requests_it_matches_and_by_no_others() {
        let mut script = Script::default();
        changed(
            &mut script,
            json!({"faults": [{"on": "poll", "path": "/v1/", "times": 2, "do": "answer", "status": 502}]}),
        );
        assert!(script.fault(Step::Submit, "POST", "/v1/x").is_none());
        assert!(script.fault(Step::Poll, "GET", "/v2/x").is_none());
        for _ in 0..2 {
            let fault = script.fault(Step::Poll, "GET", "/v1/x").expect("it hits");
            assert!(matches!(fault.act, Act::Answer { status: 502, .. }));
        }
        assert!(script.fault(Step::Poll, "GET", "/v1/x").is_none());
    }

    #[test]
    fn sequences_for_the_next_jobs_come_before_the_one_for_all() {
        let mut script = Script::default();
        changed(
            &mut script,
            json!({"sequence": ["DONE"], "next": [[{"state": "FAILED", "why": "no"}]]}),
        );
        let usual = Vec::new;
        let failed = Stage::of("FAILED").and("why", "no");
        assert_eq!(script.stages(usual), [failed]);
        assert_eq!(script.stages(usual), [Stage::of("DONE")]);
        changed(&mut script, json!({"reset": true}));
        assert_eq!(
            script.stages(|| vec![Stage::of("USUAL")]),
            [Stage::of("USUAL")]
        );
    }

    #[test]
    fn a_change_that_says_something_unknown_is_refused() {
        let change = serde_json::from_value::<Change>(json!({"sequense": []}));
        assert!(change.is_err());
    }
}
