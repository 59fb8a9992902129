//! Who is asked, for what, and what a client hears when nobody can.

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::clock::HOUR;
use framewright_core::id::TaskId;
use framewright_core::spec::{Made, Mode, Parent, Role, Spec, TaskType};
use framewright_core::task::Input;
use framewright_providers::{
    Configured, Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider,
    ProviderKey, Providers, Sending, SubmitError, Taken, Unsupported, Wanted,
};

use super::{Extending, Hop, Routes, Rule, Way, plan};

/// Makes the modes it is told, from `shortest` seconds on.
struct Maker {
    name: &'static str,
    modes: &'static [Mode],
    shortest: u32,
    keys: [ProviderKey; 1],
}

impl Maker {
    fn new(name: &'static str, modes: &'static [Mode]) -> Self {
        Self {
            name,
            modes,
            shortest: 1,
            keys: [ProviderKey {
                name: "main".into(),
                secret: String::new().into(),
                max_in_flight: 1,
            }],
        }
    }
}

#[async_trait]
impl Provider for Maker {
    fn name(&self) -> &str {
        self.name
    }

    fn class(&self) -> Class {
        Class::E
    }

    fn origin(&self) -> &str {
        "https://maker.example:443"
    }

    fn keys(&self) -> &[ProviderKey] {
        &self.keys
    }

    fn pace(&self) -> Pace {
        Pace {
            first_poll_ms: 1,
            poll_every_ms: 1,
            batch: 1,
            polls_per_second: None,
            deadline_ms: HOUR,
        }
    }

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        let spec = wanted.spec;
        let refuse = |public: String| Err(Unsupported { public });
        if !self.modes.contains(&spec.mode) {
            return refuse(format!(
                "{} makes none from {}",
                self.name,
                spec.mode.word()
            ));
        }
        let started = spec.inputs.iter().any(|input| input.role == Role::Start);
        if spec.mode == Mode::Image && !started {
            return refuse("no start image".to_owned());
        }
        if spec.duration_s < self.shortest {
            return refuse(format!("at least {} s", self.shortest));
        }
        Ok(Plan {
            slots_per_job: 1,
            upstream_model: wanted.upstream_model.to_owned(),
        })
    }

    async fn prepare(&self, _: &Order<'_>, _: &ProviderKey) -> Result<Prepared, PrepareError> {
        unreachable!("routes prepare nothing")
    }

    async fn submit(&self, _: &Sending<'_>, _: &ProviderKey) -> Result<Taken, SubmitError> {
        unreachable!("routes send nothing")
    }

    async fn poll(
        &self,
        _: &[UpstreamJob],
        _: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        unreachable!("routes poll nothing")
    }
}

fn configured(makers: impl IntoIterator<Item = Maker>) -> Vec<Configured> {
    let one = |maker: Maker| Configured::from(Arc::new(maker) as Arc<dyn Provider>);
    makers.into_iter().map(one).collect()
}

fn hop(provider: &str, model: &str) -> Hop {
    Hop {
        provider: provider.into(),
        upstream_model: model.into(),
    }
}

fn rule(mode: Option<Mode>, hops: &[Hop]) -> Rule {
    Rule {
        mode,
        hops: hops.to_vec(),
        ..Rule::default()
    }
}

fn spec(mode: Mode) -> Spec {
    Spec {
        prompt: "on".into(),
        duration_s: 4,
        ..Spec::new(TaskType::new("imagine-video-extend"), mode).with_slots(4)
    }
}

/// An extend of a video that `provider` made with its key `main`.
fn extend_of(provider: &str) -> Spec {
    let made = Made {
        provider: provider.into(),
        key_name: "main".into(),
        origin: "https://maker.example:443".into(),
        job: UpstreamJob("job".into()),
        job_index: 2,
        joined: false,
        duration_ms: 5_000,
    };
    Spec {
        parent: Some(Parent {
            task: TaskId::stored("p"),
            position: 1,
            made: Some(made),
        }),
        ..spec(Mode::Extend)
    }
}

fn with_made(provider: &str, change: impl FnOnce(&mut Made)) -> Spec {
    let mut spec = extend_of(provider);
    let parent = spec.parent.as_mut();
    change(
        parent
            .and_then(|parent| parent.made.as_mut())
            .expect("it has one"),
    );
    spec
}

const ALL: &[Mode] = &[Mode::Text, Mode::Image, Mode::Video, Mode::Extend];

/// `able` continues its videos, `unable` makes videos from images only.
fn two(extend: Extending) -> Routes {
    let providers = configured([
        Maker::new("able", ALL),
        Maker::new("unable", &[Mode::Image]),
    ]);
    let rule = Rule {
        extend,
        price: Some(3),
        ..rule(None, &[hop("unable", "i2v")])
    };
    Routes::new(vec![rule], Providers::from_iter(providers))
}

#[test]
fn an_extend_goes_to_the_provider_and_key_that_made_its_parent() {
    let (routes, spec) = (two(Extending::Join), extend_of("able"));
    let way = routes.way(&spec).expect("it can be made");
    assert_eq!(way, Way::Whole);
    assert_eq!(way.key(&spec), Some("main"));
    assert_eq!(routes.hops(&spec, way).as_ref(), [hop("able", "")]);
    let opening = routes.route(&spec).expect("it can be made");
    assert_eq!((opening.lane.as_str(), opening.price), ("able", Some(3)));
}

#[test]
fn what_its_maker_cannot_continue_is_joined_by_the_route_for_images() {
    let (routes, spec) = (two(Extending::Join), extend_of("unable"));
    let way = routes.way(&spec).expect("it can be made");
    assert_eq!((way, way.key(&spec)), (Way::Joined, None));
    assert_eq!(routes.hops(&spec, way).as_ref(), [hop("unable", "i2v")]);
    assert_eq!(routes.route(&spec).expect("it can").lane, "unable");
    for spec in [
        with_made("able", |made| made.joined = true),
        with_made("able", |made| made.key_name = "sold".into()),
        with_made("able", |made| {
            made.origin = "https://else.example:443".into();
        }),
        extend_of("nobody"),
    ] {
        assert_eq!(routes.way(&spec).expect("joined"), Way::Joined, "{spec:?}");
    }
}

#[test]
fn where_the_route_does_not_join_the_client_hears_why() {
    let routes = two(Extending::Refuse);
    let refused = |spec: &Spec| routes.route(spec).expect_err("refused").public;
    assert_eq!(
        refused(&extend_of("unable")),
        "unable makes none from extend"
    );
    assert!(refused(&extend_of("nobody")).contains("not configured any more"));
    assert!(routes.route(&extend_of("able")).is_ok());
}

#[test]
fn a_route_for_extends_names_who_makes_the_new_part_and_with_which_model() {
    let providers = configured([
        Maker::new("able", ALL),
        Maker::new("unable", &[Mode::Image]),
    ]);
    let hops = [hop("able", "extend-2"), hop("unable", "i2v-2")];
    let rules = vec![
        rule(Some(Mode::Extend), &hops),
        rule(None, &[hop("unable", "i2v")]),
    ];
    let routes = Routes::new(rules, Providers::from_iter(providers));
    let own = extend_of("able");
    assert_eq!(
        routes.hops(&own, Way::Whole).as_ref(),
        [hop("able", "extend-2")]
    );
    let joined = extend_of("unable");
    assert_eq!(routes.hops(&joined, Way::Joined).as_ref(), hops);
}

#[test]
fn a_part_is_as_long_as_the_model_makes_and_no_shorter_than_the_extend() {
    let maker = |shortest| Maker {
        shortest,
        ..Maker::new("m", &[Mode::Image])
    };
    let spec = extend_of("m");
    let part = |shortest| plan(&maker(shortest), &hop("m", "x"), &spec, Way::Joined);
    for (shortest, seconds) in [(1, 4), (4, 4), (5, 5), (10, 10)] {
        let (part, _) = part(shortest).expect("it is made");
        assert_eq!((part.mode, part.duration_s), (Mode::Image, seconds));
        assert!(part.parent.is_none());
    }
    let refused = part(11).expect_err("too long");
    assert_eq!(refused.public, "at least 11 s");
}

#[test]
fn the_way_of_a_task_is_what_its_inputs_were_when_they_came_in() {
    let input = |role| Input {
        role,
        blob: "b".into(),
        sha256: String::new(),
        bytes: 1,
        mime: "image/jpeg".into(),
        width: 16,
        height: 16,
    };
    let extend = spec(Mode::Extend);
    assert_eq!(Way::of(&extend, &[input(Role::Parent)]), Way::Whole);
    let both = [input(Role::Parent), input(Role::Start)];
    assert_eq!(Way::of(&extend, &both), Way::Joined);
    assert_eq!(Way::of(&spec(Mode::Image), &both[1..]), Way::Whole);
}

#[test]
fn a_retired_provider_gets_nothing_new() {
    let retire = |mut one: Configured| {
        one.retired = one.provider.name() == "able";
        one
    };
    let routes = |makers: Vec<Configured>| {
        let rule = rule(None, &[hop("able", ""), hop("unable", "")]);
        let providers = makers.into_iter().map(retire).collect();
        Routes::new(vec![rule], providers)
    };
    let makers = || {
        vec![
            Maker::new("able", ALL),
            Maker::new("unable", &[Mode::Image]),
        ]
    };
    let both = routes(configured(makers()));
    let extend = extend_of("able");
    assert_eq!(both.way(&extend).expect("joined"), Way::Joined);
    assert_eq!(both.route(&extend).expect("by the other").lane, "unable");
    let refused = both
        .route(&spec(Mode::Text))
        .expect_err("only it makes these");
    assert_eq!(
        refused.public,
        "the provider that made imagine-video-extend takes no new work"
    );
}
