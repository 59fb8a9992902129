//! Adds to a change what it owes to the outside: the terminal webhook, with its bytes, in the Tx
//! that ends the task.

use framewright_core::change::Change;
use framewright_core::clock::{Millis, SECOND};
use framewright_core::delivery::NewDelivery;
use framewright_core::id::DeliveryId;

use crate::shared::Shared;

/// No post is sent sooner than this after the submit was committed: receivers know a task only by
/// the id in the answer, which must have reached its client first.
pub(crate) const FIRST_POST: Millis = SECOND;

/// What a busy receiver gets to read a post whose connection was closed.
const NEWS_IS_READ: Millis = SECOND / 2;

/// Adds the delivery to a change that ends a task with a webhook.
pub(crate) fn owe(shared: &Shared, change: &mut Change, now: Millis) {
    let task = &change.after.task;
    let ends = change.event.is_some() && task.status.is_terminal();
    let Some(webhook) = task.webhook.as_ref().filter(|_| ends) else {
        return;
    };
    let id = shared.chance.with(|rng| DeliveryId::fresh(now, rng));
    change.delivery = Some(NewDelivery {
        id,
        url: webhook.url.clone(),
        secret: webhook.secret.clone(),
        body: (shared.render)(task, now).to_vec(),
        due: now.max(task.created + FIRST_POST),
    });
}

/// Lets a receiver read a progress post that was dropped while it was sent before it hears of the end:
/// the two come over connections of their own, and a busy receiver takes them in any order.
pub(crate) fn after_dropped_news(change: &mut Change, now: Millis) {
    if let Some(delivery) = &mut change.delivery {
        delivery.due = delivery.due.max(now + NEWS_IS_READ);
    }
}
