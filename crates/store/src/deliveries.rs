//! The outbox: terminal webhooks, born in the Tx that ends their task, claimed with a lease of their
//! own, tried, recorded. When a try is due is `core::delivery`'s decision; sending is the engine's.

use framewright_core::clock::{MINUTE, Millis};
use framewright_core::crash::crash_point;
use framewright_core::delivery::{NewDelivery, Next};
use framewright_core::id::{AccountId, DeliveryId, NodeId, TaskId};
use framewright_core::task::Task;

use crate::accounts::SigningSecret;
use crate::db::{Row, Stmt, Tx, TxError, args};
use crate::error::StoreError;
use crate::rows::Cells;
use crate::seal::Seal;
use crate::store::Store;

/// How long a claimed delivery is left to its node: four times the longest try.
const LEASE: Millis = MINUTE;

/// The purpose that a delivery's secret is sealed for.
const SECRET: &str = "delivery secret";

/// What a node can send now.
#[derive(Clone, Debug)]
pub struct DeliveryAsk {
    pub node: NodeId,
    pub now: Millis,
    pub limit: usize,
    /// Tries in flight to one receiver (scheme, host and port), over all nodes.
    pub per_receiver: usize,
}

/// A delivery to be tried once.
pub struct DeliveryWork {
    pub id: DeliveryId,
    pub task: TaskId,
    pub account: AccountId,
    pub url: String,
    /// Sent as `x-webhook-secret`.
    pub secret: Option<String>,
    /// The same bytes on every try.
    pub body: Vec<u8>,
    /// Tries of this round so far, without the one to come.
    pub tries: u32,
    pub created: Millis,
    /// The account's secrets to sign with, newest first.
    pub signing: Vec<SigningSecret>,
    node: NodeId,
    epoch: i64,
    sent: i64,
}

/// What one try was like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryTry {
    pub at: Millis,
    /// The receiver's status, where it answered.
    pub status: Option<u16>,
    /// The first bytes of its answer, cut and cleaned by the sender.
    pub response_head: String,
    pub duration_ms: Millis,
    pub error: Option<String>,
}

/// What became of the wish to send once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redelivered {
    Scheduled,
    NoWebhook,
    NotTerminal,
    Unknown,
}

/// As the claim of tasks: along the index from receiver to receiver, so that one with ten thousand
/// deliveries waiting costs and gets no more than any other; then place by place.
const CLAIM: &str = "WITH RECURSIVE receivers(receiver) AS ( \
        SELECT MIN(receiver) FROM deliveries WHERE status = 'pending' AND owner IS NULL \
        UNION ALL \
        SELECT (SELECT MIN(d.receiver) FROM deliveries d \
            WHERE d.status = 'pending' AND d.owner IS NULL AND d.receiver > r.receiver) \
        FROM receivers r WHERE r.receiver IS NOT NULL \
    ), ready AS ( \
        SELECT d.id, d.due, \
            ROW_NUMBER() OVER (PARTITION BY d.receiver ORDER BY d.due, d.id) \
            + (SELECT COUNT(*) FROM deliveries b WHERE b.status = 'pending' \
                AND b.owner IS NOT NULL AND b.receiver = d.receiver) AS place \
        FROM receivers r JOIN deliveries d ON d.id IN ( \
            SELECT x.id FROM deliveries x WHERE x.status = 'pending' AND x.owner IS NULL \
            AND x.receiver = r.receiver AND x.due <= $1 ORDER BY x.due, x.id LIMIT $2) \
    ) \
    UPDATE deliveries SET owner = $3, lease_until = $4, epoch = epoch + 1 \
    WHERE id IN (SELECT id FROM ready WHERE place <= $2 ORDER BY place, due, id LIMIT $5) \
    RETURNING id, task, account, url, secret, body, tries, created, epoch, sent";

/// The same where several nodes claim at once, as the claim of tasks is. Two that claim for one
/// receiver in the same moment may together pass its cap, by as much as one of them takes.
const CLAIM_AMONG_OTHERS: &str = "WITH RECURSIVE receivers(receiver) AS ( \
        SELECT MIN(receiver) FROM deliveries WHERE status = 'pending' AND owner IS NULL \
        UNION ALL \
        SELECT (SELECT MIN(d.receiver) FROM deliveries d \
            WHERE d.status = 'pending' AND d.owner IS NULL AND d.receiver > r.receiver) \
        FROM receivers r WHERE r.receiver IS NOT NULL \
    ), ready AS ( \
        SELECT d.id, d.due, d.place + (SELECT COUNT(*) FROM deliveries b \
                WHERE b.status = 'pending' AND b.owner IS NOT NULL AND b.receiver = r.receiver) \
            AS place \
        FROM receivers r CROSS JOIN LATERAL ( \
            SELECT x.id, x.due, ROW_NUMBER() OVER (ORDER BY x.due, x.id) AS place FROM ( \
                SELECT y.id, y.due FROM deliveries y \
                WHERE y.status = 'pending' AND y.owner IS NULL \
                AND y.receiver = r.receiver AND y.due <= $1 \
                ORDER BY y.due, y.id LIMIT $2 FOR UPDATE SKIP LOCKED) x) d \
        WHERE r.receiver IS NOT NULL \
    ) \
    UPDATE deliveries SET owner = $3, lease_until = $4, epoch = epoch + 1 \
    WHERE id IN (SELECT id FROM ready WHERE place <= $2 ORDER BY place, due, id LIMIT $5) \
    AND owner IS NULL \
    RETURNING id, task, account, url, secret, body, tries, created, epoch, sent";

/// Makes the delivery that a task's end owes. Its receiver is what the cap counts by.
pub(crate) fn insert(delivery: &NewDelivery, task: &Task, seal: &Seal, now: Millis) -> Stmt {
    const SQL: &str = "INSERT INTO deliveries \
        (id, task, account, url, receiver, secret, body, status, due, created) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9)";
    let secret = delivery.secret.as_deref();
    let secret = secret.map(|secret| seal.close(SECRET, delivery.id.as_str(), secret.as_bytes()));
    let args = args![
        &delivery.id,
        &task.id,
        &task.account,
        &delivery.url,
        receiver(&delivery.url),
        secret,
        delivery.body.clone(),
        delivery.due,
        now,
    ];
    Stmt::new("delivery", SQL, args).rows(1)
}

/// `https://host:port` of a URL that was checked at submit.
fn receiver(url: &str) -> String {
    let rest = url.find("://").map_or(0, |at| at + 3);
    let end = url[rest..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| rest + at);
    url[..end].to_ascii_lowercase()
}

impl Store {
    /// Leases due deliveries, at most `per_receiver` in flight per receiver.
    ///
    /// # Errors
    /// [`StoreError`]; deliveries of an unknown outcome come back when their lease ends.
    pub async fn claim_deliveries(
        &self,
        ask: &DeliveryAsk,
    ) -> Result<Vec<DeliveryWork>, StoreError> {
        const LAPSED: &str = "UPDATE deliveries SET owner = NULL \
            WHERE status = 'pending' AND owner IS NOT NULL AND lease_until <= $1";
        let claim = args![
            ask.now,
            ask.per_receiver,
            &ask.node,
            ask.now + LEASE,
            ask.limit
        ];
        let tx = Tx(vec![
            Stmt::new("lapsed leases", LAPSED, args![ask.now]),
            Stmt::new("claim deliveries", CLAIM, claim).among_others(CLAIM_AMONG_OTHERS),
        ]);
        let done = self.db().write(tx).await;
        let mut done = done.map_err(TxError::into_store_error)?;
        let rows = done.pop().unwrap_or_default().rows;
        let mut works = Vec::with_capacity(rows.len());
        for row in rows {
            let mut work = self.read_delivery(row, &ask.node)?;
            work.signing = self.signing_secrets(&work.account, ask.now).await?;
            works.push(work);
        }
        Ok(works)
    }

    /// Records a try and what follows from it, in one Tx. `false`: the lease was lost to another
    /// node, or the delivery was dropped; nothing was recorded.
    ///
    /// # Errors
    /// [`StoreError`]; the delivery is then tried again, with the same id.
    pub async fn record_try(
        &self,
        work: &DeliveryWork,
        done: &DeliveryTry,
        next: &Next,
    ) -> Result<bool, StoreError> {
        const SETTLE: &str = "UPDATE deliveries SET status = $1, due = $2, why = $3, \
            tries = tries + 1, sent = sent + 1, owner = NULL \
            WHERE id = $4 AND owner = $5 AND epoch = $6 AND status = 'pending'";
        crash_point("K17");
        let (status, due, why) = match next {
            Next::Delivered => ("delivered", done.at, None),
            Next::Again { at } => ("pending", *at, None),
            Next::Dead { why } => ("dead", done.at, Some(*why)),
        };
        let args = args![status, due, why, &work.id, &work.node, work.epoch];
        let tx = Tx(vec![
            Stmt::new("delivery", SETTLE, args).rows(1),
            insert_try(work, done),
        ]);
        match self.db().write(tx).await {
            Ok(_) => {
                crash_point("K18");
                Ok(true)
            }
            Err(TxError::Unmet(_)) => Ok(false),
            Err(other) => Err(other.into_store_error()),
        }
    }

    /// Sends the terminal webhook of a task once more: a new round of tries, the same id and bytes.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn redeliver(
        &self,
        account: &AccountId,
        id: &TaskId,
        now: Millis,
    ) -> Result<Redelivered, StoreError> {
        const SQL: &str = "UPDATE deliveries SET status = 'pending', due = $1, tries = 0, \
            why = NULL WHERE task = $2 AND account = $3 AND status <> 'dropped'";
        let Some(task) = self.task(account, id).await? else {
            return Ok(Redelivered::Unknown);
        };
        if !task.status.is_terminal() {
            return Ok(Redelivered::NotTerminal);
        }
        let changed = self
            .execute(Stmt::new("redeliver", SQL, args![now, id, account]))
            .await?;
        Ok(if changed > 0 {
            Redelivered::Scheduled
        } else {
            Redelivered::NoWebhook
        })
    }

    fn read_delivery(&self, row: Row, node: &NodeId) -> Result<DeliveryWork, StoreError> {
        let mut cells = Cells::of("deliveries", row);
        let id = cells.text("id")?;
        Ok(DeliveryWork {
            task: TaskId::stored(cells.text("task")?),
            account: AccountId::stored(cells.text("account")?),
            url: cells.text("url")?,
            secret: cells
                .maybe_text("secret")?
                .map(|sealed| self.seal().open_text(SECRET, &id, &sealed))
                .transpose()?,
            body: cells.bytes("body")?,
            tries: cells.number("tries")?,
            created: cells.int("created")?,
            epoch: cells.int("epoch")?,
            sent: cells.int("sent")?,
            signing: Vec::new(),
            node: node.clone(),
            id: DeliveryId::stored(id),
        })
    }
}

fn insert_try(work: &DeliveryWork, done: &DeliveryTry) -> Stmt {
    const SQL: &str = "INSERT INTO delivery_attempts \
        (delivery, seq, at, status, response_head, duration_ms, error) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = args![
        &work.id,
        work.sent + 1,
        done.at,
        done.status.map(i64::from),
        &done.response_head,
        done.duration_ms,
        done.error.as_ref(),
    ];
    Stmt::new("delivery attempt", SQL, args).rows(1)
}

#[cfg(test)]
mod tests {
    use super::{CLAIM, receiver};
    use crate::sqlite::plans::assert_indexed;

    #[test]
    fn a_claim_never_looks_through_the_table() {
        let tables = ["deliveries", "d ", "x ", "b "];
        let due = "deliveries_waiting (receiver=? AND due<?)";
        let in_flight = "deliveries_leased (receiver=?)";
        assert_indexed(CLAIM, &tables, &[due, in_flight]);
    }

    #[test]
    fn a_receiver_is_the_url_up_to_its_path() {
        assert_eq!(
            receiver("https://A.example:8443/x?y"),
            "https://a.example:8443"
        );
        assert_eq!(receiver("http://b.example?y"), "http://b.example");
        assert_eq!(receiver("http://c.example"), "http://c.example");
    }
}
