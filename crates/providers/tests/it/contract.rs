//! What holds for every kind in the registry but those inside this process. A kind without a fixture
//! fails here.

mod polls;
mod requests;
mod sdks;
mod submits;

use framewright_providers::Registry;

use crate::fixtures;

/// Kinds that send no request to anybody.
const INSIDE: [&str; 1] = ["preview"];

#[test]
fn every_kind_has_a_fixture_and_every_fixture_a_kind() {
    let registry = Registry::shipped();
    let kinds: Vec<_> = registry
        .words()
        .filter(|kind| !INSIDE.contains(kind))
        .collect();
    let mut fixtures: Vec<_> = fixtures::all().iter().map(|fixture| fixture.kind).collect();
    fixtures.sort_unstable();
    fixtures.dedup();
    assert_eq!(kinds, fixtures);
}

#[test]
fn every_fixture_is_filled_in() {
    for fixture in fixtures::all() {
        let kind = fixture.kind;
        assert!(!fixture.cases.is_empty(), "{kind}: no request");
        assert!(
            !fixture.refused.is_empty(),
            "{kind}: nothing it cannot make"
        );
        assert!(!fixture.answers.is_empty(), "{kind}: no answer to a submit");
        assert!(!fixture.definite.is_empty(), "{kind}: no definite status");
        assert!(!fixture.unknown_job.is_empty(), "{kind}: no unknown job");
        assert!(
            fixture.stages.iter().all(|stage| !stage.is_null()),
            "{kind}: no stages"
        );
        let shown: Vec<_> = fixture.polls.iter().map(|poll| word(&poll.shows)).collect();
        for wanted in ["running", "done", "failed", "gone"] {
            assert!(shown.contains(&wanted), "{kind}: no recorded {wanted}");
        }
    }
}

fn word(seen: &crate::fixture::Seen) -> &'static str {
    use crate::fixture::Seen;
    match seen {
        Seen::Running(_) => "running",
        Seen::Done(..) => "done",
        Seen::Failed(..) => "failed",
        Seen::Gone => "gone",
    }
}
