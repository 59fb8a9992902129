//! From a host to the socket addresses that may be dialled, with names resolved here.
//!
//! A guarded name is asked of DNS as it stands: no hosts file and no search list, which would give
//! a user names of the network behind us. Judging happens on the very answers that are dialled, so
//! a name that changes its mind (rebinding) gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use framewright_core::address::Allow;
use framewright_core::url_rules::{CheckedUrl, UrlProblem, is_elided, is_localhost, loopback};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig,
    ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use tokio::time::timeout;

use crate::error::{FetchError, SetupError};
use crate::limits::{DNS, MAX_ANSWERS};

/// How many answers are remembered, for as long as their TTL says.
const CACHE_ENTRIES: u64 = 4096;

/// The longest an answer is believed, whatever its TTL says.
const MAX_AGE: Duration = Duration::from_secs(300);

/// The longest a "no such name" is believed; short, because a receiver may just be coming up.
const MAX_NEGATIVE_AGE: Duration = Duration::from_secs(10);

/// Names to addresses, by the configured DNS server or by the system's.
pub(crate) struct Resolver {
    dns: TokioResolver,
    /// Whether configured origins, too, go to `dns` and not to the system's resolver.
    all_to_dns: bool,
}

impl Resolver {
    pub(crate) fn new(server: Option<SocketAddr>) -> Result<Self, SetupError> {
        let mut builder = match server {
            Some(server) => TokioResolver::builder_with_config(only(server), provider()),
            // Without a readable resolv.conf the C library asks this machine; so do we.
            None => TokioResolver::builder_tokio().unwrap_or_else(|_| {
                let here = SocketAddr::from(([127, 0, 0, 1], 53));
                TokioResolver::builder_with_config(only(here), provider())
            }),
        };
        options(builder.options_mut());
        let dns = builder
            .build()
            .map_err(|error| SetupError::Dns(error.to_string()))?;
        Ok(Self {
            dns,
            all_to_dns: server.is_some(),
        })
    }

    /// Every address of a URL's host, each of them judged. One denied answer refuses the name.
    pub(crate) async fn judged(
        &self,
        url: &CheckedUrl,
        allow: &Allow,
    ) -> Result<Vec<SocketAddr>, FetchError> {
        if let Some(address) = url.literal() {
            allow.judge_literal(address).map_err(FetchError::Denied)?;
            return Ok(with_port(vec![address], url.port()));
        }
        let name = url.url().host_str().unwrap_or_default();
        let addresses = self.of_name(name, allow).await?;
        for address in &addresses {
            allow.judge(*address).map_err(FetchError::Denied)?;
        }
        Ok(with_port(addresses, url.port()))
    }

    async fn of_name(&self, name: &str, allow: &Allow) -> Result<Vec<IpAddr>, FetchError> {
        if is_localhost(name) {
            // Never asked of DNS (RFC 6761, 6.3). Of the two loopbacks those count that are open,
            // or the first, to be refused by name.
            let open = loopback()
                .into_iter()
                .filter(|address| allow.judge(*address).is_ok());
            let open: Vec<IpAddr> = open.collect();
            return Ok(if open.is_empty() {
                loopback()[..1].to_vec()
            } else {
                open
            });
        }
        if is_elided(name) {
            return Err(FetchError::BadUrl(UrlProblem::Unreadable));
        }
        self.ask(&format!("{}.", name.trim_end_matches('.'))).await
    }

    /// The addresses of a configured origin's host: nothing is judged, and unless all lookups go to
    /// one server, the system decides, hosts file included.
    pub(crate) async fn unjudged(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, FetchError> {
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        if self.all_to_dns {
            return Ok(with_port(self.ask(host).await?, port));
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "a configured origin's name is the system's to resolve"
        )]
        let lookup = tokio::net::lookup_host((host, port));
        let found = timeout(DNS, lookup).await;
        let found = found.map_err(|_| FetchError::Dns("no answer in time".into()))?;
        Ok(found
            .map_err(|error| FetchError::Dns(error.to_string()))?
            .collect())
    }

    async fn ask(&self, name: &str) -> Result<Vec<IpAddr>, FetchError> {
        let answer = timeout(DNS, self.dns.lookup_ip(name)).await;
        let answer = answer.map_err(|_| FetchError::Dns("no answer in time".into()))?;
        let answer = answer.map_err(|error| FetchError::Dns(crate::scrub(&error.to_string())))?;
        let addresses: Vec<IpAddr> = answer.iter().take(MAX_ANSWERS + 1).collect();
        match addresses.len() {
            0 => Err(FetchError::Dns("no address".into())),
            1..=MAX_ANSWERS => Ok(addresses),
            _ => Err(FetchError::Dns(format!(
                "more than {MAX_ANSWERS} addresses"
            ))),
        }
    }
}

fn with_port(addresses: Vec<IpAddr>, port: u16) -> Vec<SocketAddr> {
    addresses
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .collect()
}

fn provider() -> TokioRuntimeProvider {
    TokioRuntimeProvider::default()
}

/// A configuration that asks this one server, and no search list.
fn only(server: SocketAddr) -> ResolverConfig {
    let on_its_port = |mut connection: ConnectionConfig| {
        connection.port = server.port();
        connection
    };
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
        .map(on_its_port)
        .to_vec();
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections)])
}

fn options(options: &mut ResolverOpts) {
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.use_hosts_file = ResolveHosts::Never;
    options.cache_size = CACHE_ENTRIES;
    options.positive_max_ttl = Some(MAX_AGE);
    options.negative_max_ttl = Some(MAX_NEGATIVE_AGE);
    // Two tries fit into the deadline that the whole lookup has.
    options.timeout = DNS / 2;
    options.attempts = 1;
}
