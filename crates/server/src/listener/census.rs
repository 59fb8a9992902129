//! How many connections are open, in all and per address. A count lives in a guard that goes with
//! its connection, so none can be forgotten.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts and limits the open connections of one listener.
#[derive(Debug)]
pub(super) struct Census {
    total: Arc<Semaphore>,
    per_address: usize,
    /// Proxies carry many users on one address and are not limited by it.
    proxies: Vec<IpNet>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// The right to one open connection.
#[derive(Debug)]
pub(super) struct Seat {
    census: Arc<Census>,
    address: IpAddr,
    _total: OwnedSemaphorePermit,
}

impl Census {
    pub(super) fn new(total: usize, per_address: usize, proxies: Vec<IpNet>) -> Arc<Self> {
        let total = Arc::new(Semaphore::new(total.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self {
            total,
            per_address,
            proxies,
            open: Mutex::default(),
        })
    }

    /// Waits for room in the total. Taken *before* accepting, so that the overflow stays in the
    /// kernel's queue and costs us no file descriptor.
    pub(super) async fn room(&self) -> OwnedSemaphorePermit {
        let total = Arc::clone(&self.total);
        total
            .acquire_owned()
            .await
            .expect("the semaphore of the census is never closed")
    }

    /// Seats a connection from `address`; `None` when that address has its share already.
    pub(super) fn seat(
        self: &Arc<Self>,
        address: IpAddr,
        total: OwnedSemaphorePermit,
    ) -> Option<Seat> {
        let proxy = self
            .proxies
            .iter()
            .any(|net| net.contains(&address.to_canonical()));
        let address = household(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.per_address && !proxy {
            return None;
        }
        *count += 1;
        Some(Seat {
            census: Arc::clone(self),
            address,
            _total: total,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self
            .census
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// What one customer of a network usually holds: an IPv4 address, or an IPv6 /64.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & (!0_u128 << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seated(census: &Arc<Census>, address: &str) -> Option<Seat> {
        let room = census.room().await;
        census.seat(address.parse().expect("an address"), room)
    }

    #[tokio::test]
    async fn one_address_gets_its_share_and_gets_it_back() {
        let census = Census::new(10, 2, vec![]);
        let first = seated(&census, "192.0.2.1").await;
        let _second = seated(&census, "::ffff:192.0.2.1").await;
        assert!(seated(&census, "192.0.2.1").await.is_none());
        assert!(seated(&census, "192.0.2.2").await.is_some());
        drop(first);
        assert!(seated(&census, "192.0.2.1").await.is_some());
    }

    #[tokio::test]
    async fn an_ipv6_network_counts_as_one_address() {
        let census = Census::new(10, 1, vec![]);
        let _first = seated(&census, "2001:db8::1").await;
        assert!(seated(&census, "2001:db8::2").await.is_none());
        assert!(seated(&census, "2001:db8:0:1::1").await.is_some());
    }

    #[tokio::test]
    async fn a_trusted_proxy_is_not_limited_by_its_address() {
        let census = Census::new(10, 1, vec!["10.0.0.0/8".parse().expect("a network")]);
        let _first = seated(&census, "10.0.0.1").await;
        assert!(seated(&census, "10.0.0.1").await.is_some());
    }

    #[tokio::test]
    async fn nothing_is_left_when_all_have_gone() {
        let census = Census::new(1, 1, vec![]);
        drop(seated(&census, "192.0.2.1").await);
        assert!(census.open.lock().expect("not poisoned").is_empty());
        assert_eq!(census.total.available_permits(), 1);
    }
}
