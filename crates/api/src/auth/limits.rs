//! How often one key may ask and one address may guess: token buckets in memory, on the clock that
//! was passed in. Not a cap of queues or accounts: those are the store's, and hold across nodes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use framewright_core::clock::Clock;
use framewright_core::id::{AccountId, KeyId};
use framewright_store::KeyRow;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::error::ApiError;
use crate::parts::Rate;

/// Buckets kept at once; above it, those that are full again are dropped.
const MAX_BUCKETS: usize = 100_000;

/// Our clock, as the limiter wants it.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let uptime = u64::try_from(self.0.uptime()).unwrap_or(0);
        Nanos::from(Duration::from_millis(uptime))
    }
}

type Buckets<K> = RateLimiter<K, DashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// One kind of limit, by key.
struct Limit<K: std::hash::Hash + Eq + Clone> {
    buckets: Buckets<K>,
    clock: Ticks,
}

impl<K: std::hash::Hash + Eq + Clone> Limit<K> {
    fn new(quota: Quota, clock: &Arc<dyn Clock>) -> Self {
        let clock = Ticks(Arc::clone(clock));
        let buckets = RateLimiter::dashmap_with_clock(quota, clock.clone());
        Self { buckets, clock }
    }

    fn take(&self, key: &K, msg: &str) -> Result<(), ApiError> {
        if self.buckets.len() > MAX_BUCKETS {
            self.buckets.retain_recent();
        }
        self.buckets.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            ApiError::TooMany {
                msg: msg.to_owned(),
                retry_after_s: wait.as_secs_f64().ceil().max(1.0) as u64,
            }
        })
    }
}

/// All limits.
pub(super) struct Limits {
    keys: Option<Limit<KeyId>>,
    /// Accounts with a rate of their own, by that rate: as many limits as rates were ever set.
    accounts: RwLock<HashMap<u32, Arc<Limit<AccountId>>>>,
    strangers: Limit<IpAddr>,
    clock: Arc<dyn Clock>,
}

impl Limits {
    pub(super) fn new(keys: Option<Rate>, strangers: Rate, clock: &Arc<dyn Clock>) -> Self {
        Self {
            keys: keys.map(|rate| Limit::new(per_second(rate), clock)),
            accounts: RwLock::default(),
            strangers: Limit::new(per_second(strangers), clock),
            clock: Arc::clone(clock),
        }
    }

    /// Counts a request of a known key, for the key and for its account.
    pub(super) fn request(&self, caller: &KeyRow) -> Result<(), ApiError> {
        if let Some(limit) = &self.keys {
            limit.take(
                &caller.id,
                "this key asks too often; wait as Retry-After says",
            )?;
        }
        match caller.account.caps.requests_per_minute {
            None => Ok(()),
            Some(rate) => {
                let limit = self.of_rate(u32::try_from(rate).unwrap_or(u32::MAX));
                let msg = "this account asks too often; wait as Retry-After says";
                limit.take(&caller.account.id, msg)
            }
        }
    }

    /// The limit of all accounts with this rate, in requests per minute.
    fn of_rate(&self, rate: u32) -> Arc<Limit<AccountId>> {
        let known = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(limit) = known.get(&rate) {
            return Arc::clone(limit);
        }
        drop(known);
        let mut all = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let quota = Quota::per_minute(at_least_one(rate));
        Arc::clone(
            all.entry(rate)
                .or_insert_with(|| Arc::new(Limit::new(quota, &self.clock))),
        )
    }

    /// Counts the look-up of a key that was not seen valid lately.
    pub(super) fn stranger(&self, address: IpAddr) -> Result<(), ApiError> {
        let msg = "too many unknown keys from this address; wait as Retry-After says";
        self.strangers.take(&network(address), msg)
    }
}

fn per_second(rate: Rate) -> Quota {
    Quota::per_second(at_least_one(rate.per_second)).allow_burst(at_least_one(rate.burst))
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// What one user of the internet has: an IPv4 address, or an IPv6 network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::network;
    use std::net::IpAddr;

    #[test]
    fn one_ipv6_customer_is_one_stranger() {
        let of = |text: &str| network(text.parse::<IpAddr>().expect("a valid address"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:1.2.3.4"), of("1.2.3.4"));
    }
}
