//! Names of things: one type per thing, so that a task's id cannot be passed for an account's.
//! Not a lookup: an id says nothing about whether its row exists.

use std::fmt;

use rand::RngCore;
use uuid::Uuid;

use crate::clock::Millis;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// A new id: UUID version 7, so that ids made later sort later; 74 random bits.
            #[must_use]
            pub fn fresh(now: Millis, rng: &mut dyn RngCore) -> Self {
                Self(uuid_v7(now, rng))
            }

            /// Takes the text of an id that the store or a peer made. Not for a client's text.
            #[must_use]
            pub fn stored(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Reads an id a client sent: the 36-character hyphenated form, either case.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                canonical_uuid(text).map(Self)
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// One client request for video.
    TaskId
);
id!(
    /// Whose keys, tasks and credits.
    AccountId
);
id!(
    /// One API key of an account (the row, never the secret).
    KeyId
);
id!(
    /// One submit to one provider; the submit key is derived from it.
    AttemptId
);
id!(
    /// One running process, random at each start.
    NodeId
);
id!(
    /// One terminal webhook owed to one URL; the `webhook-id` of every try.
    DeliveryId
);
id!(
    /// One file that a client uploaded.
    UploadId
);

fn uuid_v7(now: Millis, rng: &mut dyn RngCore) -> String {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    let millis = u64::try_from(now).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string()
}

fn canonical_uuid(text: &str) -> Option<String> {
    (text.len() == 36)
        .then(|| Uuid::try_parse(text).ok())?
        .map(|uuid| uuid.to_string())
}

#[cfg(test)]
mod tests {
    use super::TaskId;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn ids_made_later_sort_later() {
        let mut rng = StdRng::seed_from_u64(1);
        let early = TaskId::fresh(1_700_000_000_000, &mut rng);
        let late = TaskId::fresh(1_700_000_000_001, &mut rng);
        assert!(early < late);
    }

    #[test]
    fn a_clients_id_is_read_in_either_case_and_nothing_else_is() {
        let id = "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a";
        assert_eq!(TaskId::parse(id), TaskId::parse(&id.to_uppercase()));
        for bad in [
            "",
            "29e983ca7e864017a9e3ef6fe9cd5f2a",
            "{29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a}",
        ] {
            assert_eq!(TaskId::parse(bad), None, "{bad}");
        }
    }
}
