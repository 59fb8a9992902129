//! Signed links to files, bent in every way.

use anyhow::{Context, bail, ensure};
use url::Url;

use super::case::Case;
use super::judge::expected;
use super::wire::{Answer, ask, request};
use super::world::World;

/// A link that opens, in its parts.
struct Link {
    path: String,
    exp: String,
    kid: String,
    sig: String,
}

impl Link {
    fn read(url: &str) -> anyhow::Result<Self> {
        let url = Url::parse(url)?;
        let value = |name: &str| {
            let mut pairs = url.query_pairs();
            let found = pairs.find(|(key, _)| key == name);
            found
                .map(|(_, value)| value.into_owned())
                .with_context(|| format!("no {name} in {url}"))
        };
        Ok(Self {
            path: url.path().to_owned(),
            exp: value("exp")?,
            kid: value("kid")?,
            sig: value("sig")?,
        })
    }

    fn target(&self) -> String {
        let Self {
            path,
            exp,
            kid,
            sig,
        } = self;
        format!("{path}?exp={exp}&kid={kid}&sig={sig}")
    }
}

/// The links of the cast's finished task of four videos.
async fn links(world: &World) -> anyhow::Result<Vec<Link>> {
    let body = world.fetch(&world.cast.finished).await?;
    let urls = body["video_urls"].as_array().context("no videos")?;
    urls.iter()
        .map(|url| Link::read(url.as_str().unwrap_or_default()))
        .collect()
}

async fn get(world: &World, target: &str, header: &[(String, String)]) -> anyhow::Result<Answer> {
    ask(world.port(), &request("GET", target, header, b"")).await
}

/// Opens the first video as it is.
pub(super) async fn good(world: &World, header: &[(String, String)]) -> anyhow::Result<Answer> {
    let links = links(world).await?;
    get(world, &links[0].target(), header).await
}

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    let opened = good(world, &[]).await?;
    ensure!(opened.status == 200, "the link itself: {}", opened.text());
    let answer = bent(world, &case.note).await?;
    expected(&case.expect, &answer)?;
    let shown = answer.status == 200 && answer.body != opened.body;
    ensure!(!shown, "another file was shown");
    Ok(())
}

async fn bent(world: &World, note: &str) -> anyhow::Result<Answer> {
    let mut all = links(world).await?.into_iter();
    let (Some(mut link), Some(other)) = (all.next(), all.next()) else {
        bail!("fewer than two videos");
    };
    let Link {
        path,
        exp,
        kid,
        sig,
    } = &link;
    let target = match note {
        "signature missing" => format!("{path}?exp={exp}&kid={kid}"),
        "signature of another path" => {
            link.sig = other.sig;
            link.target()
        }
        "exp missing" => format!("{path}?kid={kid}&sig={sig}"),
        "exp 2^63" => {
            link.exp = "9223372036854775808".into();
            link.target()
        }
        "kid unknown" => {
            link.kid = "nobody".into();
            link.target()
        }
        "path with ../" => {
            let upwards = format!("{path}/../../../framewright.db");
            link.path = upwards;
            link.target()
        }
        "path of another tenant's file" => {
            link.path = Link::read(&world.cast.strangers_video)?.path;
            link.target()
        }
        _ if note.starts_with("parameter order changed") => {
            format!("{path}?sig={sig}&kid={kid}&exp={exp}")
        }
        "Host header of another site" => return hosted_elsewhere(world, &link).await,
        other => bail!("no way to bend a link: {other:?}"),
    };
    get(world, &target, &[]).await
}

async fn hosted_elsewhere(world: &World, link: &Link) -> anyhow::Result<Answer> {
    let target = link.target();
    let bytes = format!("GET {target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    ask(world.port(), bytes.as_bytes()).await
}

/// Expiries around the ends of 32-bit time, in seconds and in milliseconds: none opens the file.
pub(super) async fn far_expiries(world: &World) -> anyhow::Result<()> {
    for exp in [
        "2147483648",
        "4294967296",
        "4294967296000",
        "253402300800",
        "-1",
    ] {
        let mut all = links(world).await?;
        let mut link = all.remove(0);
        link.exp = exp.into();
        let answer = get(world, &link.target(), &[]).await?;
        expected("4xx", &answer).with_context(|| format!("exp={exp}"))?;
    }
    Ok(())
}
