//! The domain of Framewright as values and rules: no IO.
