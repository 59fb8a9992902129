//! What the account pays us: a hold at submit, settled once at the end. Not what the operator pays
//! vendors: that is `attempt::Spend`.

/// How a hold ends: `capture + release` is the hold, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    pub capture: i64,
    pub release: i64,
}

/// Settles a hold of `price` credits for `stored` of `slots` outputs: per stored output its share,
/// rounded up, never above the hold.
#[must_use]
pub fn settle(price: i64, slots: u8, stored: u8) -> Settlement {
    let slots = i64::from(slots.max(1));
    let share = (price + slots - 1) / slots;
    let capture = (share * i64::from(stored)).min(price);
    Settlement {
        capture,
        release: price - capture,
    }
}

#[cfg(test)]
mod tests {
    use super::{Settlement, settle};
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn nobody_pays_for_what_they_did_not_get() {
        assert_eq!(
            settle(10, 4, 0),
            Settlement {
                capture: 0,
                release: 10
            }
        );
        assert_eq!(
            settle(10, 4, 1),
            Settlement {
                capture: 3,
                release: 7
            }
        );
        assert_eq!(
            settle(10, 4, 4),
            Settlement {
                capture: 10,
                release: 0
            }
        );
    }

    proptest! {
        #[test]
        fn a_hold_is_always_settled_whole(price in 0..1_000_000_i64, slots in 1..5_u8, stored in 0..5_u8) {
            let settled = settle(price, slots, stored.min(slots));
            prop_assert_eq!(settled.capture + settled.release, price);
            prop_assert!(settled.capture >= 0 && settled.release >= 0);
        }
    }
}
