//! Opening an attempt: choosing the provider and key, preparing the request by free calls, and
//! making the row that is committed before anything is sent.

use std::sync::Arc;

use framewright_core::attempt::{Attempt, AttemptStatus, Class};
use framewright_core::change::Fact;
use framewright_core::clock::{Millis, SECOND};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::{AttemptId, TaskId};
use framewright_core::spec::{Role, Spec};
use framewright_core::task::{Input, Task};
use framewright_providers::{
    Order, ParentJob, Plan, PrepareError, Prepared, Provider, ProviderKey,
};
use sha2::{Digest, Sha256};

use crate::act::Came;
use crate::routes::{Hop, Way, made, plan};
use crate::shared::Shared;

/// How long to wait before preparing again what could not be prepared yet.
const PREPARE_PAUSE: Millis = 5 * SECOND;

/// What is to be opened.
pub(crate) struct Opening {
    pub task: Task,
    pub inputs: Vec<Input>,
    pub slots: Vec<u8>,
    /// Attempts at the slots before this one.
    pub ordinal: usize,
    /// Which provider of the route, from 0.
    pub hop: usize,
    /// The slots may have been bought in time that was lost.
    pub doubted: bool,
}

/// Opens an attempt for as many of the slots as one job fills; the others follow by themselves.
pub(crate) async fn open(shared: Arc<Shared>, opening: Opening) -> Came {
    let spec = &opening.task.spec;
    let way = Way::of(spec, &opening.inputs);
    let hops = shared.routes.hops(spec, way);
    let Some(hop) = hops.get(opening.hop).cloned() else {
        return unserved(opening);
    };
    let Some(configured) = shared.routes.configured(&hop) else {
        return refused(&shared, &opening, &hop, None, not_configured(&hop));
    };
    let provider = configured.provider.clone();
    if opening.doubted && !tells_repeats(&shared, &opening, &*provider, way) {
        return may_be_bought(opening);
    }
    if configured.retired {
        return refused(&shared, &opening, &hop, Some(&*provider), retired());
    }
    match plan(&*provider, &hop, spec, way) {
        Ok((asked, plan)) => {
            let asked = asked.into_owned();
            prepare(
                &shared,
                opening,
                &hop,
                &provider,
                Asked {
                    spec: asked,
                    plan,
                    way,
                },
            )
            .await
        }
        Err(unsupported) => {
            let failure = Failure::new(FailureCode::Rejected, unsupported.public);
            refused(&shared, &opening, &hop, Some(&*provider), failure)
        }
    }
}

/// What a provider is asked for.
struct Asked {
    spec: Spec,
    plan: Plan,
    way: Way,
}

impl Asked {
    /// The job that is continued, where its own provider continues it.
    fn parent(&self) -> Option<ParentJob<'_>> {
        let made = made(&self.spec).filter(|_| self.way == Way::Whole)?;
        Some(ParentJob {
            job: &made.job,
            job_index: made.job_index,
        })
    }
}

async fn prepare(
    shared: &Shared,
    mut opening: Opening,
    hop: &Hop,
    provider: &Arc<dyn Provider>,
    asked: Asked,
) -> Came {
    let named = asked.way.key(&opening.task.spec);
    let Some(key) = shared.key(provider, named) else {
        return refused(
            shared,
            &opening,
            hop,
            Some(&**provider),
            not_configured(hop),
        );
    };
    opening
        .slots
        .truncate(usize::from(asked.plan.slots_per_job.max(1)));
    if asked.way == Way::Joined {
        opening.inputs.retain(|input| input.role != Role::Parent);
    }
    let order = Order {
        spec: &asked.spec,
        slots: &opening.slots,
        upstream_model: &asked.plan.upstream_model,
        inputs: &opening.inputs,
        parent: asked.parent(),
    };
    match provider.prepare(&order, &key).await {
        Ok(prepared) => {
            let attempt = intent(shared, &opening, &**provider, &key, asked.plan, prepared);
            Came::Fact(Fact::Opened(Box::new(attempt)))
        }
        Err(PrepareError::Later(detail)) => {
            tracing::warn!(task.id = %opening.task.id, provider.name = provider.name(), detail,
                "could not prepare a request yet");
            Came::Later(PREPARE_PAUSE)
        }
        Err(PrepareError::Never(failure)) => {
            refused(shared, &opening, hop, Some(&**provider), failure)
        }
    }
}

fn unserved(opening: Opening) -> Came {
    let failure = Failure::new(
        FailureCode::NoRoute,
        no_provider_left(&opening.task.spec, opening.hop),
    );
    Came::Fact(Fact::Unserved {
        slots: opening.slots,
        failure,
    })
}

/// Whether a request that this provider may have had before buys nothing new: it goes there under the
/// same key or id, to the same account of ours, and the provider still remembers.
fn tells_repeats(shared: &Shared, opening: &Opening, provider: &dyn Provider, way: Way) -> bool {
    let task = &opening.task;
    let one_key = provider.keys().len() == 1 || way.key(&task.spec).is_some();
    let age = shared.times.now() - task.created;
    match provider.class() {
        Class::A => one_key && age < shared.rules.class_a_window,
        Class::B => one_key,
        Class::C | Class::D | Class::E => false,
    }
}

fn may_be_bought(opening: Opening) -> Came {
    let failure = Failure::new(
        FailureCode::OutcomeUnknown,
        "this server was restored from a backup and the video may have been bought since; send it \
         again if it is still wanted",
    );
    Came::Fact(Fact::Unserved {
        slots: opening.slots,
        failure,
    })
}

fn no_provider_left(spec: &Spec, asked: usize) -> String {
    let what = spec.task_type.as_str();
    match asked {
        0 => format!("no configured provider makes {what} any more"),
        _ => format!("none of the {asked} providers for {what} could take it"),
    }
}

fn not_configured(hop: &Hop) -> Failure {
    Failure::new(
        FailureCode::Rejected,
        "the provider is not configured for new requests any more",
    )
    .with_detail(format!("the route names `{}`", hop.provider))
}

fn retired() -> Failure {
    Failure::new(FailureCode::Rejected, "the provider takes no new work")
}

/// A refusal before anything was sent, kept as a row so that the next provider has its turn.
fn refused(
    shared: &Shared,
    opening: &Opening,
    hop: &Hop,
    provider: Option<&dyn Provider>,
    failure: Failure,
) -> Came {
    let now = shared.times.now();
    Came::Fact(Fact::Refused(Box::new(Attempt {
        provider: hop.provider.clone(),
        upstream_model: hop.upstream_model.clone(),
        origin: provider.map(|p| p.origin().to_owned()).unwrap_or_default(),
        class: provider.map_or(Class::E, Provider::class),
        status: AttemptStatus::Rejected,
        failure: Some(failure),
        ended: Some(now),
        ..blank(opening, now)
    })))
}

fn intent(
    shared: &Shared,
    opening: &Opening,
    provider: &dyn Provider,
    key: &ProviderKey,
    plan: Plan,
    prepared: Prepared,
) -> Attempt {
    let now = shared.times.now();
    let blank = blank(opening, now);
    Attempt {
        provider: provider.name().to_owned(),
        key_name: key.name.clone(),
        origin: provider.origin().to_owned(),
        upstream_model: plan.upstream_model,
        class: provider.class(),
        status: AttemptStatus::Intent,
        submit_key: blank.id.to_string(),
        prepared: prepared.text,
        body_hash: prepared.body_hash,
        nonce: shared.chance.nonce(),
        sent_at: Some(now),
        ..blank
    }
}

/// An attempt with nothing in it but what it is for.
fn blank(opening: &Opening, now: Millis) -> Attempt {
    let id = attempt_id(&opening.task.id, &opening.slots, opening.ordinal);
    Attempt::due(id, opening.slots.clone(), now)
}

/// The id, and with it the submit key, is a function of task, slot and ordinal: a commit of unknown
/// outcome that is tried again makes no second attempt, and after a restore of an older store the
/// same purchase has the same key.
fn attempt_id(task: &TaskId, slots: &[u8], ordinal: usize) -> AttemptId {
    let slot = slots.first().copied().unwrap_or_default();
    let digest = Sha256::digest(format!("attempt\0{task}\0{slot}\0{ordinal}"));
    let hex = hex::encode(&digest[..16]);
    AttemptId::stored(format!(
        "{}-{}-8{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    ))
}

#[cfg(test)]
mod tests {
    use super::attempt_id;
    use framewright_core::id::{AttemptId, TaskId};

    #[test]
    fn an_attempts_id_is_a_uuid_that_task_slot_and_ordinal_decide() {
        let task = TaskId::stored("t");
        let id = attempt_id(&task, &[2, 3], 1);
        assert_eq!(id, attempt_id(&task, &[2], 1));
        assert_eq!(AttemptId::parse(id.as_str()), Some(id.clone()));
        for other in [
            attempt_id(&task, &[1], 1),
            attempt_id(&task, &[2], 0),
            attempt_id(&TaskId::stored("u"), &[2], 1),
        ] {
            assert_ne!(id, other);
        }
    }
}
