//! URLs between an upstream and this server: links by which it fetches inputs, and where an output
//! lies that it names.

use framewright_core::spec::{Role, Spec};
use framewright_core::task::Input;
use framewright_outbound::Origin;

use super::Upstream;
use crate::provider::{PrepareError, Source, Unsupported};
use crate::takes::unsupported;

impl Upstream {
    /// Refuses a spec whose inputs of these roles the vendor would have to fetch from here, where
    /// nobody can.
    ///
    /// # Errors
    /// [`Unsupported`] with the client's field.
    pub fn judge_links(&self, spec: &Spec, fetches: fn(Role) -> bool) -> Result<(), Unsupported> {
        let mut fetched = spec.inputs.iter().filter(|input| fetches(input.role));
        match fetched.next() {
            Some(input) if !self.reachable => Err(unsupported(format!(
                "{} cannot be used: the provider fetches it by URL, and this server has no public \
                 one",
                input.field
            ))),
            _ => Ok(()),
        }
    }

    /// A link to an input, good for a day.
    ///
    /// # Errors
    /// [`PrepareError::Never`] where this server has no public URL.
    pub fn link(&self, input: &Input) -> Result<String, PrepareError> {
        let link = self.inputs.link(&input.blob, self.now());
        let none = || {
            unsupported(format!(
                "the {} input ({} bytes) can go to the provider by URL only, and this server has \
                 no public one",
                input.role.word(),
                input.bytes
            ))
        };
        link.ok_or_else(|| none().into())
    }

    /// Where an output lies that the upstream names by its URL: at its own origin, which the operator
    /// configured and which may be of a private network, or somewhere that is judged like any URL
    /// from outside.
    pub fn source(&self, url: String) -> Source {
        let own = Origin::of(&url).is_ok_and(|origin| origin.to_string() == self.origin_text);
        match url::Url::parse(&url) {
            Ok(parsed) if own => Source::Own(parsed[url::Position::BeforePath..].to_owned()),
            _ => Source::Url(url),
        }
    }
}
