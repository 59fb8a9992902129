//! Whether a request's URLs may be used: the rules that need no network. A pass is not permission
//! to connect; the guarded client judges again when it resolves and dials.

use framewright_core::clock::Millis;
use framewright_core::id::AccountId;
use framewright_core::url_rules::check_user_url;
use url::Url;

use crate::fields::Judge;
use crate::state::Inner;

/// The judge of one request.
pub(super) struct RequestJudge<'a> {
    pub app: &'a Inner,
    pub account: &'a AccountId,
    pub more_models: &'a [String],
    pub now: Millis,
    /// Scheme, host and prefix under which this request reached us.
    pub base_url: &'a str,
}

impl Judge for RequestJudge<'_> {
    /// A signed link of ours is taken on whatever host it names: it is read from storage, so that
    /// chaining works on a laptop.
    fn media_url(&self, url: &str) -> Result<(), String> {
        let problem = match check_user_url(url, &self.app.settings.allow) {
            Ok(_) => return Ok(()),
            Err(problem) => problem,
        };
        match self.own_link(url) {
            Some(true) => Ok(()),
            Some(false) => Err(
                "must be a link of this server that is signed for your account and still valid"
                    .into(),
            ),
            None => Err(problem.to_string()),
        }
    }

    fn webhook_url(&self, url: &str) -> Result<(), String> {
        let checked =
            check_user_url(url, &self.app.settings.allow).map_err(|problem| problem.to_string())?;
        match is_within(checked.url(), self.base_url) {
            true => Err("must not be a URL of this server itself".into()),
            false => Ok(()),
        }
    }

    fn more_models(&self) -> &[String] {
        self.more_models
    }
}

impl RequestJudge<'_> {
    /// Whether a URL has the form of a link of ours, and then whether its signature holds.
    fn own_link(&self, text: &str) -> Option<bool> {
        let plain = |c: char| c.is_ascii_graphic() && c != '\\' && c != '@';
        let url = text.chars().all(plain).then(|| Url::parse(text).ok())??;
        let prefix = self.app.settings.path_prefix.trim_end_matches('/');
        let path = url.path().strip_prefix(prefix)?;
        if !matches!(url.scheme(), "http" | "https") || !path.starts_with("/files/") {
            return None;
        }
        let query = url.query().unwrap_or_default();
        Some(
            self.app
                .links
                .verify(path, query, self.account, self.now)
                .is_ok(),
        )
    }
}

/// Whether a URL leads to the host and port that `base_url` names, on any path.
fn is_within(url: &Url, base_url: &str) -> bool {
    let Ok(base) = Url::parse(base_url) else {
        return false;
    };
    url.host() == base.host() && url.port_or_known_default() == base.port_or_known_default()
}
